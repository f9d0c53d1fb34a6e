// How long it takes through the hub and back, with nothing else to do: a command from REST to a
// device's socket and its result back, and a reading from REST to who listens. See README.md.
//   node bench/latency.mjs [--turns N] [--in DIR] [--out FILE]
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";

import { ask } from "./ask.mjs";
import { Floor } from "./disk.mjs";
import { option, quantile, save, short, table } from "./figures.mjs";
import { Hub, machine, stayOn } from "./hub.mjs";

const { WebSocket } = createRequire(new URL("../tests/package.json", import.meta.url))("ws");

const kTurns = option("turns", 1_000);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/latency.json");
const kWarmUp = 50;
const kHubCore = 0;
const kClientCore = 1;

const agent = new Agent({ keepAlive: true });
const json = (key, method, body, headers = {}) => ({
  method,
  body,
  agent,
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
});

/** Somebody who tells when a number has come. */
class Ear {
  #waiting = null;
  hear(value) {
    if (this.#waiting?.value === value) this.#waiting.done();
  }
  next(value) {
    return new Promise((done) => (this.#waiting = { value, done }));
  }
}

function socket(hub, key, onMessage, first) {
  return new Promise((done, refuse) => {
    const made = new WebSocket(`${hub.url.replace(/^http/, "ws")}/v1/stream`, {
      headers: { authorization: `Bearer ${key}` },
    });
    made.on("error", refuse);
    made.on("message", (bytes) => {
      const message = JSON.parse(bytes);
      if (message.hello && first) made.send(JSON.stringify(first));
      if (message.id === 1 || (message.hello && !first)) done(made);
      onMessage(message, made);
    });
  });
}

function sse(hub, key, onData) {
  return new Promise((done, refuse) => {
    const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
    const asked = request(`${hub.url}/v1/stream?devices=bench-1`, { headers }, (answer) => {
      let rest = "";
      answer.setEncoding("utf8").on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (line.startsWith("id: ")) done();
          if (line.startsWith("data: ")) onData(JSON.parse(line.slice(6)));
        }
      });
    });
    asked.on("error", refuse);
    asked.end();
  });
}

/** A hub with a device on a socket that does what it is told, and two who listen to another. */
async function open(store) {
  const hub = await Hub.start({ store, core: kHubCore, under: kUnder });
  const [device, meter] = await hub.devices(2);
  await socket(hub, device, ({ cmd }, made) => {
    if (!cmd) return;
    const path = { device: "me", command: cmd.id };
    made.send(JSON.stringify({ op: "commands.finish", path, body: { status: "done" } }));
  });
  const ears = { ws: new Ear(), sse: new Ear() };
  const hear = (ear, { ev = [] }) => ev.forEach(({ v }) => ear.hear(v));
  const wish = { id: 1, op: "stream.subscribe", body: { devices: ["bench-1"] } };
  await socket(hub, hub.key, (message) => hear(ears.ws, message), wish);
  await sse(hub, hub.key, (message) => hear(ears.sse, message));
  let number = 0;
  const reading = async (ear) => {
    number += 1;
    const heard = ear.next(number);
    const stored = ask(`${hub.url}/v1/me/telemetry`, json(meter, "POST", `{"n":${number}}`));
    await heard;
    return { stored };
  };
  const commands = `${hub.url}/v1/devices/bench-0/commands`;
  return {
    hub,
    acts: {
      command: () =>
        ask(commands, json(hub.key, "POST", '{"name":"blink"}', { prefer: "wait=5" })),
      ws: () => reading(ears.ws),
      sse: () => reading(ears.sse),
    },
  };
}

async function timed(act) {
  const began = performance.now();
  const after = await act();
  const took = performance.now() - began;
  await after?.stored;
  return took;
}

const about = machine(kUnder);
stayOn(kClientCore);
const stores = { embedded: await open("embedded"), memory: await open("memory") };
const floor = new Floor(kUnder);
const acts = { fdatasync: () => floor.write() };
for (const [store, { acts: own }] of Object.entries(stores)) {
  for (const [name, act] of Object.entries(own)) acts[`${store} ${name}`] = act;
}
const times = Object.fromEntries(Object.keys(acts).map((name) => [name, []]));
const names = Object.keys(acts);
for (let turn = 0; turn < kTurns + kWarmUp; turn += 1) {
  for (const name of turn % 2 === 0 ? names : names.toReversed?.() ?? [...names].reverse()) {
    const took = await timed(acts[name]);
    if (turn >= kWarmUp) times[name].push(took);
  }
}
floor.close();
for (const { hub } of Object.values(stores)) await hub.stop();

const at = (name, share) => quantile(times[name], share);
const kRows = [
  ["fdatasync", "4 KiB and fdatasync"],
  ["embedded command", "command and result, durable"],
  ["memory command", "command and result, in memory"],
  ["embedded ws", "reading to a WebSocket, durable"],
  ["memory ws", "reading to a WebSocket, in memory"],
  ["embedded sse", "reading to server-sent events, durable"],
  ["memory sse", "reading to server-sent events, in memory"],
];
console.log(`${kTurns} of each in turns; load average ${loadavg()[0].toFixed(2)}\n`);
console.log(
  table(
    ["ms", "p50", "p90", "p99"],
    kRows.map(([name, title]) => [title, ...[0.5, 0.9, 0.99].map((p) => short(at(name, p)))]),
  ),
);
const bound = 3 * at("fdatasync", 0.99) + 1;
console.log(`\ncommand, p99: ${short(at("embedded command", 0.99))} ms, at most ${short(bound)}`);
save(kOut, { machine: { ...about, load_average_after: loadavg() }, turns: kTurns, times });
process.exit(0);
