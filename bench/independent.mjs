// Whether `tandem bench` tells the latencies that others measure: the same readings at the same rate
// over as many connections, by h2load over REST and by npm's ws over WebSocket, in turns with it.
//   node bench/independent.mjs [--turns N] [--out FILE]
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

import { option, quantile, save, short, summary, table, withSpread } from "./figures.mjs";
import { freshFolder, Hub, machine, tandem } from "./hub.mjs";

const { WebSocket } = createRequire(new URL("../tests/package.json", import.meta.url))("ws");
const run = promisify(execFile);

const kTurns = option("turns", 5);
const kOut = option("out", "bench/results/independent.json");
const kSenders = 32;
const kSeconds = 4;
const kPerSecond = 150; // What bench sends of a fleet as small as this.
const kEach = kPerSecond / kSenders;
const kShares = { p50: 0.5, p90: 0.9, p99: 0.99 };
const kJitter = 0.1;

const body = JSON.stringify({ s1: 412.25, note1: "x".repeat(95) });

const about = machine();
const hub = await Hub.start();
const folder = freshFolder();
const bodyFile = join(folder, "body.json");
writeFileSync(bodyFile, body);
const keys = await hub.devices(kSenders, { prefix: "alone" });

/** µs of each request, from h2load's own log. */
async function byH2load() {
  const log = join(folder, "h2load.log");
  // Connections begin one after another, so that they do not all send at the same moment.
  const words = ["--h1", "-c", kSenders, "-t", 1, "-r", 1, "--rate-period",
    `${Math.floor(1000 / kPerSecond)}ms`, "--rps", kEach,
    "-n", kPerSecond * kSeconds, "-d", bodyFile, "-H", `authorization: Bearer ${hub.key}`,
    "-H", "content-type: application/json", "--log-file", log];
  const urls = keys.map((_, at) => `${hub.url}/v1/devices/alone-${at}/telemetry`);
  writeFileSync(log, "");
  await run("h2load", [...words.map(String), ...urls]);
  return readFileSync(log, "utf8").trim().split("\n").map((line) => {
    const [, status, us] = line.split("\t").map(Number);
    if (status !== 200) throw new Error(`h2load was answered ${status}`);
    return us;
  });
}

function open(key) {
  const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/v1/stream`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return new Promise((done, refuse) => {
    socket.once("message", () => done(socket)); // Its hello.
    socket.once("error", refuse);
  });
}

/** µs of each message, from when it is handed to the socket until its reply is there. */
async function byWs() {
  const sockets = await Promise.all(keys.map(open));
  const times = [];
  const until = performance.now() + kSeconds * 1000;
  await Promise.all(sockets.map((socket, at) => new Promise((done, refuse) => {
    const sent = new Map();
    let number = 0;
    let over = false;
    socket.on("error", refuse);
    socket.on("message", (bytes) => {
      const now = performance.now();
      const { id, status } = JSON.parse(bytes);
      if (status !== 200) return refuse(new Error(`ws was answered ${status}`));
      times.push((now - sent.get(id)) * 1000);
      sent.delete(id);
      if (over && sent.size === 0) done();
    });
    const beat = () => {
      if (performance.now() > until) {
        over = true;
        return sent.size === 0 && done();
      }
      number += 1;
      const message = `{"id":${number},"op":"telemetry.write","path":{"device":"me"},"body":${body}}`;
      sent.set(number, performance.now());
      socket.send(message);
      setTimeout(beat, 1000 / kEach * (1 - kJitter + 2 * kJitter * Math.random()));
    };
    setTimeout(beat, 1000 / kEach * at / kSenders);
  })));
  for (const socket of sockets) socket.terminate();
  return times;
}

async function byBench() {
  const words = ["bench", "--json", "--url", hub.url, "--key", hub.key, "--no-tls", "--rounds", 1,
    "--slot", "1s", "--devices", kSenders, "--every", "5s", "--payload", body.length];
  // 1: something else disturbed it; its figures are there nevertheless.
  const { stdout } = await run(tandem, words.map(String), { maxBuffer: 1e9 })
    .catch((error) => (error.code === 1 ? error : Promise.reject(error)));
  return JSON.parse(stdout).ways.filter((each) => each.part === "up");
}

const found = { "REST, kept alive": {}, "WebSocket, JSON": {} };
const kinds = { "REST, kept alive": ["h2load", byH2load], "WebSocket, JSON": ["npm ws", byWs] };
const put = (way, who, figures) => {
  for (const [name, value] of Object.entries(figures)) {
    ((found[way][who] ??= {})[name] ??= []).push(value);
  }
};
for (let turn = 0; turn < kTurns; ++turn) {
  for (const [way, [who, measure]] of Object.entries(kinds)) {
    const times = await measure();
    put(way, who, Object.fromEntries(
      Object.entries(kShares).map(([name, share]) => [name, quantile(times, share)])));
  }
  const ways = await byBench();
  for (const way of Object.keys(found)) {
    const latency = ways.find((each) => each.way === way).latency_us;
    put(way, "tandem bench",
      Object.fromEntries(Object.keys(kShares).map((name) => [name, latency[name]])));
  }
  console.error(`turn ${turn + 1} of ${kTurns}`);
}
await hub.stop();

const rows = Object.entries(found).flatMap(([way, clients]) =>
  Object.entries(clients).map(([who, figures]) => [
    `${way}: ${who}`, ...Object.keys(kShares).map((name) => withSpread(summary(figures[name])))]));
for (const [way, clients] of Object.entries(found)) {
  const other = Object.keys(clients).find((who) => who !== "tandem bench");
  rows.push([`${way}: bench less ${other}`, ...Object.keys(kShares).map((name) => {
    const apart = clients["tandem bench"][name].map((each, at) => each - clients[other][name][at]);
    return withSpread(summary(apart));
  })]);
}
console.log(`${kTurns} turns, ${kSenders} connections, ${short(kPerSecond)} readings a second, µs`);
console.log(table(["", ...Object.keys(kShares)], rows));
save(kOut, { machine: about, turns: kTurns, connections: kSenders, per_second: kPerSecond, found });
process.exit(0);
