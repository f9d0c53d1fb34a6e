// How many readings a hub takes in, way by way, and what each costs it. See README.md.
//   node bench/ingest.mjs [--rounds N] [--seconds N] [--connections N] [--window N]
//                         [--in DIR] [--out FILE]
import { readFileSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { cborMessage, jsonBody, jsonMessage, Thermometer } from "./bodies.mjs";
import { RestConnection, SocketConnection } from "./clients.mjs";
import { Floor } from "./disk.mjs";
import { option, quantile, save } from "./figures.mjs";
import { freshFolder, Hub, machine, stayOn, tandem } from "./hub.mjs";
import { print } from "./ingest_report.mjs";

const kRounds = option("rounds", 5);
const kSeconds = option("seconds", 1.5);
const kConnections = option("connections", 16);
const kWindow = option("window", 8);
const kBulk = 100;
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/ingest.json");
const kWarmUpSeconds = 0.3;
const kAlone = 60; // Messages of one device that waits for each answer, in each round.

const kHubCore = 0;
const kClientCore = 1;

const kWays = [
  { name: "REST, 1 reading", door: "rest", readings: 1, window: 1 },
  { name: "WebSocket, 1 reading", door: "json", readings: 1, window: 1 },
  { name: `REST, 1 reading, ${kWindow} pipelined`, door: "rest", readings: 1, window: kWindow },
  { name: `WebSocket, 1 reading, window ${kWindow}`, door: "json", readings: 1, window: kWindow },
  { name: `REST, ${kBulk} readings`, door: "rest", readings: kBulk, window: 1 },
  { name: `WebSocket, ${kBulk} readings`, door: "json", readings: kBulk, window: 1 },
  { name: `WebSocket CBOR, ${kBulk} readings`, door: "cbor", readings: kBulk, window: 1 },
];

/** One device's connection and what it sends next. */
class Sender {
  #id = 0;
  #thermometer = new Thermometer();

  static async open(hub, key, way) {
    const sender = new Sender();
    sender.way = way;
    const connection =
      way.door === "rest"
        ? new RestConnection(hub.port, key)
        : new SocketConnection(hub.port, key, way.door);
    sender.connection = await connection.open();
    return sender;
  }

  next() {
    const { door, readings } = this.way;
    this.#id += 1;
    if (door === "rest") return jsonBody(this.#thermometer, readings);
    const message = door === "cbor" ? cborMessage : jsonMessage;
    return message(this.#thermometer, readings, this.#id);
  }

  run(more) {
    return this.connection.run(() => this.next(), this.way.window, more);
  }
}

/** Opens the connections of all ways; each way has devices of its own. */
async function open(hub) {
  const keys = await hub.devices(kWays.length * kConnections + 2);
  const senders = await Promise.all(
    kWays.map((way) =>
      Promise.all(Array.from({ length: kConnections }, () => Sender.open(hub, keys.pop(), way))),
    ),
  );
  const alone = await Promise.all([0, 1].map((at) => Sender.open(hub, keys.pop(), kWays[at])));
  return { hub, senders, alone };
}

function bytesWritten(hub) {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${hub.pid}/io`, "utf8"))[1]);
}

/** All connections of a way at once for some seconds. */
async function measure({ hub, senders }, at, seconds) {
  const way = kWays[at];
  const [cpu, own, written] = [hub.cpu(), process.cpuUsage(), bytesWritten(hub)];
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const more = () => performance.now() < deadline;
  const counts = await Promise.all(senders[at].map((sender) => sender.run(more)));
  const took = (performance.now() - start) / 1000;
  const messages = counts.reduce((sum, each) => sum + each, 0);
  const [cpuAfter, client] = [hub.cpu(), process.cpuUsage(own)];
  return {
    messages,
    messages_per_second: messages / took,
    readings_per_second: (messages * way.readings) / took,
    us_per_message: ((cpuAfter.all - cpu.all) / messages) * 1e6,
    us_per_reading: ((cpuAfter.all - cpu.all) / messages / way.readings) * 1e6,
    us_per_reading_loop: ((cpuAfter.loop - cpu.loop) / messages / way.readings) * 1e6,
    bytes_written_per_reading: (bytesWritten(hub) - written) / messages / way.readings,
    hub_busy: (cpuAfter.all - cpu.all) / took,
    client_busy: (client.user + client.system) / 1e6 / took,
  };
}

async function time(act) {
  const start = performance.now();
  await act();
  return performance.now() - start;
}


/** One device that waits for each answer, against the disk itself: milliseconds, interleaved. */
async function measureAlone({ alone }, floor, times) {
  const send = (at) => {
    let left = 1;
    return alone[at].run(() => left-- > 0);
  };
  const acts = [
    ["rest", () => send(0)],
    ["websocket", () => send(1)],
    ["fdatasync", () => floor.write()],
  ];
  for (let turn = 0; turn < kAlone * acts.length; turn += 1) {
    // Each follows each of the others as often: a disk may be quicker right after a flush.
    const forward = Math.floor(turn / acts.length) % 2 === 0;
    const [name, act] = acts[forward ? turn % acts.length : acts.length - 1 - (turn % acts.length)];
    times[name].push(await time(act));
  }
}

const load = () => loadavg()[0].toFixed(2);
const started = performance.now();
const about = machine(kUnder);
stayOn(kClientCore);
console.error(`${tandem}; load average ${load()}`);

const stores = ["embedded", "memory"];
const hubs = {};
for (const store of stores) {
  hubs[store] = await open(await Hub.start({ store, core: kHubCore, under: kUnder }));
}
const results = kWays.map(() => ({ embedded: [], memory: [] }));
const times = { fdatasync: [], rest: [], websocket: [] };
const warmUp = { fdatasync: [], rest: [], websocket: [] };
const floor = new Floor(kUnder);
let sent = 0; // Readings to the embedded store by the connections of the ways.

for (let round = 0; round <= kRounds; round += 1) {
  // The first one warms up. Which store is first changes from round to round.
  const order = round % 2 === 0 ? stores : [...stores].reverse();
  for (let at = 0; at < kWays.length; at += 1) {
    for (const store of order) {
      const result = await measure(hubs[store], at, round === 0 ? kWarmUpSeconds : kSeconds);
      if (round > 0) results[at][store].push(result);
      if (store === "embedded") sent += result.messages * kWays[at].readings;
    }
  }
  await measureAlone(hubs.embedded, floor, round > 0 ? times : warmUp);
  console.error(`round ${round} of ${kRounds}; load average ${load()}`);
}
floor.close();

const { hub } = hubs.embedded;
const took = (performance.now() - started) / 1000;
const measured = {
  machine: { ...about, load_average_after: loadavg(), seconds: took },
  settings: { rounds: kRounds, seconds: kSeconds, connections: kConnections },
  ways: kWays.map((way, at) => ({ ...way, ...results[at] })),
  alone_ms: Object.fromEntries(
    Object.entries(times).map(([name, all]) => [
      name,
      { p50: quantile(all, 0.5), p99: quantile(all, 0.99), count: all.length },
    ]),
  ),
  disk: { readings: sent, bytes: statSync(join(hub.data, "telemetry.db")).size },
  resident: { embedded: hub.memory(), memory: hubs.memory.hub.memory() },
};
print(measured);
save(kOut, measured);

for (const { senders, alone } of Object.values(hubs)) {
  for (const sender of [...senders.flat(), ...alone]) sender.connection.close();
}
await Promise.all(Object.values(hubs).map((each) => each.hub.stop()));
process.exit(0);
