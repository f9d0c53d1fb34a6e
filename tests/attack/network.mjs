// What takes a network that is not loopback: a pulled cable, and limits of an address. Needs root:
// a network namespace of its own with a pair of virtual interfaces, which go at the end.
import { runNow, start } from "../end_to_end/hub.mjs";
import { within } from "../end_to_end/wait.mjs";
import { Skip, attacks } from "./harness.mjs";

const kNamespace = `tandem-cable-${process.pid}`;
const kInterface = { hub: `tdmh${process.pid % 100_000}`, device: `tdmd${process.pid % 100_000}` };
// For measurements between networks (RFC 2544); no network of anybody's.
const kAddress = { hub: "198.18.77.1", device: "198.18.77.2" };
const kOfflineMs = 50_000;
const kPingMs = 20_000;

function must(...words) {
  const { code, err } = runNow(words[0], words.slice(1));
  if (code !== 0) throw new Error(`${words.join(" ")}: ${err.trim()}`);
}
const inside = (...words) => must("ip", "netns", "exec", kNamespace, ...words);

let made = false;

/** Makes the namespace; says so where this machine does not let us. */
function needs() {
  if (made) return;
  if (process.getuid() !== 0) throw new Skip("needs root for a network namespace");
  try {
    must("ip", "netns", "add", kNamespace);
    // The interfaces by name: connections that hang keep the namespace alive for minutes.
    process.once("exit", () => {
      runNow("ip", ["link", "del", kInterface.hub]);
      runNow("ip", ["netns", "del", kNamespace]);
    });
    inside("nft", "add", "table", "inet", "probe");
    inside("nft", "delete", "table", "inet", "probe");
    const { hub, device } = kInterface;
    must("ip", "link", "add", hub, "type", "veth", "peer", "name", device, "netns", kNamespace);
    must("ip", "addr", "add", `${kAddress.hub}/30`, "dev", hub);
    must("ip", "link", "set", hub, "up");
    inside("ip", "addr", "add", `${kAddress.device}/30`, "dev", device);
    inside("ip", "link", "set", device, "up");
    made = true;
  } catch (error) {
    throw new Skip(`no network namespace here: ${error.message}`);
  }
}

/** A Node.js on the other side that runs `script`. */
function onTheOtherSide(script, env) {
  const node = [process.execPath, "--input-type=module", "-e", script];
  return start("ip", ["netns", "exec", kNamespace, ...node], env);
}
const here = (file) => JSON.stringify(new URL(file, import.meta.url).href);

function pullCable() {
  inside("nft", "add", "table", "inet", "cable");
  for (const hook of ["input", "output"]) {
    const chain = ["add", "chain", "inet", "cable", hook];
    inside("nft", ...chain, `{ type filter hook ${hook} priority 0; policy drop; }`);
  }
}

/** A device behind the cable, which says when it is connected. */
async function deviceBehind(arena, device) {
  const script = `
    import { SocketClient } from ${here("../end_to_end/socket.mjs")};
    const socket = new SocketClient(process.env.URL, process.env.KEY);
    await socket.opened();
    await socket.notices.find(({ hello }) => hello, 10_000, "hello");
    console.log("connected");
    setInterval(() => {}, 1_000);`;
  const running = onTheOtherSide(script, { URL: arena.hub.wsUrl, KEY: device.key });
  await running.lines.find((line) => line === "connected", 20_000, "the device behind the cable");
  return running;
}

async function pulled(arena) {
  const device = await arena.hub.device("behind");
  const watcher = await arena.hub.follow({ devices: [device.id], kinds: ["presence"] });
  const running = await deviceBehind(arena, device);
  const online = ({ d, v }) => d === device.id && v.online;
  await watcher.events.find(online, 5_000, "the device to be online");
  const open = arena.open;
  const began = performance.now();
  pullCable();
  const offline = ({ d, v }) => d === device.id && !v.online;
  await watcher.events
    .find(offline, kOfflineMs + 10_000, "the device to be offline")
    .catch(() => {});
  const seen = watcher.events.items.some(offline);
  arena.figure("offline_after_s", seen ? (performance.now() - began) / 1000 : null, {
    least: kPingMs / 1_000,
    most: kOfflineMs / 1_000,
  });
  arena.figure("hub_closed_it", await arena.closesDownTo(open - 1, 7_000), { is: true });
  running.process.kill("SIGKILL");
  await running.ended;
  watcher.close();
}

function plugIn() {
  inside("nft", "delete", "table", "inet", "cable");
}

/** Follows readings with npm's ws and comes back by itself; says each number. */
const kFollower = `
  import WebSocket from ${here("../node_modules/ws/wrapper.mjs")};
  let start = process.env.CURSOR;
  const headers = { authorization: "Bearer " + process.env.KEY };
  function follow() {
    const socket = new WebSocket(process.env.URL, { headers, handshakeTimeout: 2_000 });
    let heard;
    const silence = () => {
      clearTimeout(heard);
      heard = setTimeout(() => socket.terminate(), 2_000);
    };
    silence();
    socket.on("open", () => {
      const body = { devices: ["pump"], start };
      socket.send(JSON.stringify({ id: 1, op: "stream.subscribe", body }));
    });
    socket.on("message", (bytes) => {
      silence();
      const { sub, cur, ev = [], gap } = JSON.parse(bytes);
      if (sub === undefined) return;
      if (gap) console.log("gap");
      for (const { v } of ev) console.log(v);
      start = cur;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(heard);
      setTimeout(follow, 300);
    });
  }
  follow();`;

const kBeats = 150;
const kBeatMs = 100;

/** A subscriber whose cable is out for some seconds has everything once. */
async function unplugged(arena) {
  const pump = await arena.hub.device("pump");
  const rest = arena.hub.client(pump.key);
  const { cur } = (await arena.hub.rest.must("GET", "/v1/stream")).body;
  const running = onTheOtherSide(kFollower, {
    URL: arena.hub.wsUrl,
    KEY: arena.hub.admin.admin_key,
    CURSOR: cur,
  });
  for (let n = 1; n <= kBeats; ++n) {
    await rest.must("POST", "/v1/me/telemetry", { n });
    if (n === 20) await running.lines.find((line) => line === "20", 20_000, "the first events");
    if (n === 30) pullCable();
    if (n === 100) plugIn();
    await new Promise((done) => setTimeout(done, kBeatMs));
  }
  await running.lines.find((line) => line === String(kBeats), 20_000, "the last event");
  running.process.kill("SIGKILL");
  await running.ended;
  const heard = running.out.trim().split("\n");
  const wanted = Array.from({ length: kBeats }, (_, at) => String(at + 1));
  arena.figure("events", heard.length, { least: kBeats, most: kBeats });
  arena.figure("in_order_and_once", heard.join() === wanted.join(), { is: true });
}

// docs: of one address, before anybody has said who they are.
const kOfAddress = { connections: 256, pending: 10 };
const kStrangers = 400;

/** What one address is allowed that says nothing, and that says nothing of who it is. */
async function oneAddress(arena) {
  const script = `
    import { crowdOf, pass, statuses, upgrade } from ${here("wire.mjs")};
    const hub = { url: process.env.URL };
    const count = ${kStrangers};
    const options = { spread: false, host: "${kAddress.hub}" };
    const open = (peers) => peers.filter((peer) => peer.open).length;
    const silent = await crowdOf(hub, count, undefined, options);
    await pass(1_000);
    const told = { silent_open: open(silent) };
    silent.forEach((peer) => peer.destroy());
    await pass(1_000);
    const asked = upgrade(undefined, [], options.host);
    const pending = await crowdOf(hub, 100, () => asked, options);
    await pass(1_000);
    told.pending = statuses(pending);
    console.log(JSON.stringify(told));
    process.exit(0);`;
  const running = onTheOtherSide(script, { URL: arena.hub.url });
  await within(20_000, "the strangers to end", running.ended);
  if (running.out === "") throw new Error(running.err);
  const { silent_open, pending } = JSON.parse(running.out);
  arena.figure("silent_open", silent_open, { most: kOfAddress.connections });
  arena.figure("upgrades", pending);
  arena.figure("pending", pending[101] ?? 0, { most: kOfAddress.pending });
}

await attacks([
  {
    id: "T-30",
    what: "a device whose cable is pulled is offline within 50 seconds",
    needs,
    hub: { listen: `${kAddress.hub}:0`, words: ["--insecure-listen"] },
    run: pulled,
  },
  {
    id: "T-30-resume",
    what: "a subscriber whose cable is pulled for seven seconds has every event once",
    needs,
    hub: { listen: `${kAddress.hub}:0`, words: ["--insecure-listen"] },
    run: unplugged,
  },
  {
    id: "T-22-address",
    what: "one address may have 256 connections, and 10 sockets, that have not said whose they are",
    needs,
    hub: { listen: `${kAddress.hub}:0`, words: ["--insecure-listen"] },
    run: oneAddress,
  },
]);
