// What a hub that has nothing to do keeps in memory, and how soon it is ready. See README.md.
//   node bench/idle.mjs [--rounds N] [--devices N] [--sockets N] [--crowd N]
//                        [--in DIR] [--out FILE]
import { connect } from "node:net";
import { loadavg, tmpdir } from "node:os";

import { SocketConnection } from "./clients.mjs";
import { option, save, short, summary, table, withSpread } from "./figures.mjs";
import { Hub, machine } from "./hub.mjs";

const kRounds = option("rounds", 5);
const kDevices = option("devices", 1000);
const kSockets = option("sockets", 500);
// Of one app: what a socket is by itself, with nothing of a device.
const kCrowd = option("crowd", 10_000);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/idle.json");
// Long enough for what follows an opening: presence is stored, buffers are given back.
const kSettleMs = 300;

const settle = () => new Promise((done) => setTimeout(done, kSettleMs));
const subscribe = () => '{"id":1,"op":"stream.subscribe","body":{}}';

async function open(hub, keys) {
  const sockets = [];
  for (const key of keys) sockets.push(await new SocketConnection(hub.port, key, "json").open());
  return sockets;
}

/** A connection that has asked once and is kept. */
function askOnce(hub) {
  return new Promise((done, refuse) => {
    const socket = connect(hub.port, "127.0.0.1");
    socket.on("error", refuse);
    socket.once("data", () => done(socket));
    socket.write(
      `GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:${hub.port}\r\n` +
        `Authorization: Bearer ${hub.key}\r\n\r\n`,
    );
  });
}

async function subscribeAll(sockets) {
  for (const socket of sockets) {
    let left = 1;
    await socket.run(subscribe, 1, () => left-- > 0);
  }
  await settle();
}

const about = machine(kUnder);
const rounds = [];
for (let round = 0; round < kRounds; round += 1) {
  const got = {};
  const hub = await Hub.start({ under: kUnder });
  got.ready_ms_fresh = hub.ready_ms;
  await settle();
  got.fresh = hub.memory();
  const keys = await hub.devices(kDevices);
  await settle();
  got.devices_made = hub.memory();

  await hub.stop();
  await hub.begin();
  got.ready_ms_devices = hub.ready_ms;
  await settle();
  got.devices = hub.memory();

  const cpu = hub.cpu().all;
  const idleFrom = performance.now();
  await new Promise((done) => setTimeout(done, 1000));
  got.idle_cpu_share = (hub.cpu().all - cpu) / ((performance.now() - idleFrom) / 1000);

  const sockets = await open(hub, keys.slice(0, kSockets));
  await settle();
  got.sockets = hub.memory();
  await subscribeAll(sockets);
  got.subscribed = hub.memory();
  for (const socket of sockets) socket.close();
  await settle();
  got.closed = hub.memory();
  await hub.stop();

  await hub.begin();
  await settle();
  got.before_crowd = hub.memory();
  const kept = [];
  for (let at = 0; at < kCrowd; at += 1) kept.push(await askOnce(hub));
  await settle();
  got.kept = hub.memory();
  for (const socket of kept) socket.destroy();
  await hub.stop();

  await hub.begin();
  await settle();
  const crowd = await open(hub, Array(kCrowd).fill(hub.key));
  await settle();
  got.crowd = hub.memory();
  await subscribeAll(crowd);
  got.crowd_subscribed = hub.memory();
  for (const socket of crowd) socket.close();
  await hub.stop();
  rounds.push(got);
  console.error(`round ${round + 1} of ${kRounds}`);
}

const of = (act) => summary(rounds.map(act));
const mega = (name, field = "resident") => withSpread(of((each) => each[name][field]), 1e-6);
const between = (more, less, count) =>
  withSpread(of((each) => (each[more].own - each[less].own) / count));

console.log(`\nEmbedded store; median of ${kRounds} fresh hubs (least–most)\n`);
console.log(
  table(
    ["idle hub", "resident MB", "of it its own MB"],
    [
      ["fresh, no device", mega("fresh"), mega("fresh", "own")],
      [`${kDevices} devices just made`, mega("devices_made"), mega("devices_made", "own")],
      [`started again with ${kDevices} devices`, mega("devices"), mega("devices", "own")],
      [`and ${kSockets} WebSockets of devices`, mega("sockets"), mega("sockets", "own")],
      ["each with a subscription", mega("subscribed"), mega("subscribed", "own")],
      ["all closed", mega("closed"), mega("closed", "own")],
    ],
  ),
);
console.log("");
console.log(
  table(
    ["each", "bytes"],
    [
      ["device, after a start", between("devices", "fresh", kDevices)],
      ["WebSocket of a device", between("sockets", "devices", kSockets)],
      ["with a subscription", between("subscribed", "devices", kSockets)],
      [`REST connection that is kept, ${kCrowd} of them`, between("kept", "before_crowd", kCrowd)],
      [`WebSocket of an app, ${kCrowd} of them`, between("crowd", "before_crowd", kCrowd)],
      ["with a subscription", between("crowd_subscribed", "before_crowd", kCrowd)],
    ],
  ),
);
console.log(
  `\nstart to listening: ${withSpread(of((each) => each.ready_ms_fresh))} ms fresh, ` +
    `${withSpread(of((each) => each.ready_ms_devices))} ms with ${kDevices} devices\n` +
    `CPU while idle: ${withSpread(of((each) => each.idle_cpu_share * 100))} % of a core`,
);
console.log(`load average ${about.load_average[0]} before, ${loadavg()[0].toFixed(2)} after`);
save(kOut, {
  machine: { ...about, load_average_after: loadavg() },
  settings: { rounds: kRounds, devices: kDevices, sockets: kSockets, crowd: kCrowd },
  rounds,
});
process.exit(0);
