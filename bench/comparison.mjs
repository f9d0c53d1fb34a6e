// The table of docs/comparison.md: REST and WebSocket, a figure or a test of ours in each cell.
//   node bench/comparison.mjs            measures, 3 minutes, and writes the table
//   node bench/comparison.mjs --again    writes the table from what was measured last
//   node bench/comparison.mjs --check    fails where the table is not that
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { quantile, save, short } from "./figures.mjs";
import { machine, tandem } from "./hub.mjs";

const kResults = "bench/results/comparison.json";
const kPage = "docs/comparison.md";
const kBegin = "<!-- written by bench/comparison.mjs -->";
const kEnd = "<!-- until here -->";
const kBatch = 100;
const kWorkload = {
  name: "comparison",
  devices: 150,
  every: "1s",
  payload: 60,
  batch: kBatch,
  "commands-per-day": 100,
  "command-payload": 12,
  dashboards: 8,
};
const kPresets = ["home", "factory", "environment", "vehicle", "metering"];

function json(...words) {
  return JSON.parse(execFileSync(tandem, [...words, "--json"], { encoding: "utf8" }));
}

function measure() {
  const about = machine();
  const folder = mkdtempSync(join(tmpdir(), "tandem-comparison-"));
  const file = join(folder, "report.json");
  const words = Object.entries(kWorkload).flatMap(([name, value]) => [`--${name}`, String(value)]);
  try {
    execFileSync(tandem, ["bench", ...words, "--out", file], { stdio: ["ignore", "ignore", "inherit"] });
    const { sound, checks, ways, rounds, devices, per_second: rate } = JSON.parse(readFileSync(file));
    if (!sound) throw new Error(`not sound: ${JSON.stringify(checks.filter(({ good }) => !good))}`);
    const advice = Object.fromEntries(
      kPresets.map((preset) => [preset, json("advise", "--preset", preset).doors]),
    );
    return { machine: about, settings: { ...kWorkload, rounds, devices, rate }, ways, advice };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bytes of 10,000 connections that say nothing, each: bench/idle.mjs. */
function idle() {
  const { rounds, settings } = JSON.parse(readFileSync("bench/results/idle.json"));
  const each = (what) =>
    quantile(
      rounds.map((round) => (round[what].own - round.before_crowd.own) / settings.crowd),
      0.5,
    );
  return { rest: each("kept"), socket: each("crowd"), subscribed: each("crowd_subscribed") };
}

function operations() {
  const spec = (name) => JSON.parse(readFileSync(`spec/${name}.json`));
  const rest = Object.values(spec("openapi").paths)
    .flatMap((path) => Object.values(path))
    .map(({ operationId: id }) => id)
    .filter(Boolean);
  const socket = Object.keys(spec("asyncapi").operations);
  const both = rest.filter((id) => socket.includes(id.replace(".", "_")));
  return { rest: rest.length, both: both.length };
}

/** The rows of the table, and what is said below it. */
function lines({ machine: about, settings, ways, advice }) {
  const find = (part, way) => {
    const found = ways.find((each) => each.part === part && each.way === way);
    if (!found) throw new Error(`no figures of ${part}, ${way}`);
    const figure = (name) => found.figures[name].value;
    return { figure, ms: (name) => short(figure(name) / 1000) };
  };
  const [fresh, kept, batched] = ["REST, a connection per request", "REST, kept alive", "REST, batched"]
    .map((way) => find("up", way)); // prettier-ignore
  const [socket, cbor, acks, packed, deflated] = [
    "WebSocket, JSON",
    "WebSocket, CBOR",
    "WebSocket, batched acks",
    "WebSocket, batched",
    "WebSocket, batched, deflate",
  ].map((way) => find("up", way));
  const each = (way, name) => short(way.figure(name) / kBatch);
  const bytes = (way) => short(way.figure("bytes"));
  const cpu = (way) => short(way.figure("hub_cpu_us"));
  const [poll, long, events, pushed] = ["short poll", "long poll", "server-sent events", "WebSocket"]
    .map((way) => find("down", way)); // prettier-ignore
  const [, seenLong, seenEvents, seen] = ["short poll", "long poll", "server-sent events", "WebSocket"]
    .map((way) => find("fan-out", way)); // prettier-ignore
  const both = (way) => `${way.ms("p50_us")}, ${way.ms("p99_us")} ms`;
  const layers = (way) =>
    ["payload_bytes", "framing_bytes", "tls_bytes", "tcp_ip_bytes"]
      .map((name) => short(way.figure(name)))
      .join(" + ");
  const memory = idle();
  const kilobytes = (count) => `${short(count / 1000)} KB`;
  const ops = operations();
  const purposes = (wanted) =>
    ["readings", "commands", "configuration", "dashboards"]
      .map((purpose) => [purpose, kPresets.filter((preset) => wanted(advice[preset][purpose]))])
      .filter(([, presets]) => presets.length > 0)
      .map(([purpose, presets]) => `${purpose}: ${presets.join(", ")}`)
      .join("; ");
  const overSocket = (door) => door === "ws";
  const table = [
    ["", "REST", "WebSocket"],
    ["---", "---", "---"],
    [
      "communication",
      "asks and is answered; long poll 60 s; server-sent events (`stream_read_test`)",
      "both speak at any time (`subscription_test`)",
    ],
    ["operations", `${ops.rest}`, `${ops.both} of them, answered alike (\`parity_test\`)`],
    [
      "connection: opening, with TLS 1.3",
      `${kept.ms("setup_us")} ms until the first answer`,
      `${socket.ms("setup_us")} ms until \`hello\``,
    ],
    [
      "connection: kept",
      "75 s without a request (`http.idle_time`)",
      "as long as pings go, one in 10 to 240 s (`upgrade_test`)",
    ],
    [
      "data: a reading of 60 B and its answer",
      `${bytes(kept)} B; on a new connection ${bytes(fresh)} B`,
      `${bytes(socket)} B; CBOR ${bytes(cbor)}, acks in batches ${bytes(acks)}`,
    ],
    ["data: payload + framing + TLS + TCP/IP", layers(kept), layers(socket)],
    [
      `data: ${kBatch} in a message, each`,
      `${each(batched, "bytes")} B`,
      `${each(packed, "bytes")} B; deflate ${each(deflated, "bytes")}`,
    ],
    ["latency: reading until its answer, p50, p99", both(kept), both(socket)],
    [
      "latency: command until the device has it",
      `long poll ${both(long)}; server-sent events ${both(events)}; asked for every 250 ms ${both(poll)}`,
      both(pushed),
    ],
    [
      "latency: reading until a dashboard has it",
      `server-sent events ${both(seenEvents)}; long poll ${both(seenLong)}`,
      both(seen),
    ],
    [
      "scalability: readings a second, hub and clients on these cores",
      `${short(kept.figure("flat_out_per_second"))}; in batches ${short(batched.figure("flat_out_per_second") * kBatch)}`,
      `${short(socket.figure("flat_out_per_second"))}; in batches ${short(packed.figure("flat_out_per_second") * kBatch)}`,
    ],
    [
      "scalability: held at once",
      "10,000 kept connections ([idle](measurements.md#a-hub-with-nothing-to-do))",
      "15,000 sockets for ten minutes ([a crowd](measurements.md#a-crowd))",
    ],
    [
      "resources: hub's CPU for a reading",
      `${cpu(kept)} µs; on a new connection ${cpu(fresh)}`,
      `${cpu(socket)} µs; CBOR ${cpu(cbor)}, acks in batches ${cpu(acks)}`,
    ],
    [
      `resources: the same, ${kBatch} in a message`,
      `${each(batched, "hub_cpu_us")} µs`,
      `${each(packed, "hub_cpu_us")} µs; deflate ${each(deflated, "hub_cpu_us")}`,
    ],
    [
      "resources: memory of a quiet connection",
      `${kilobytes(memory.rest)}`,
      `${kilobytes(memory.socket)}; with a subscription ${kilobytes(memory.subscribed)}`,
    ],
    [
      "security",
      "the key in a header, in a URL refused; CORS by exact origins (`bad_input_test`, `hijack_test`)",
      "the same key, or a ticket bound to its origin; a cookie opens nothing (`upgrade_test`); closed within a second when the key ends (`revocation_test`)",
    ],
    [
      "compatibility",
      "curl and a shell are a device (`shell_device_test`); passes proxies that buffer events (`doctor_test`)",
      "needs proxies that let the upgrade and silence pass: `tandem doctor` tells (`doctor_test`)",
    ],
    [
      "use: what `tandem advise` takes for its presets",
      purposes((door) => !overSocket(door)),
      purposes(overSocket),
    ],
  ];
  const ratio = (one, other, name) => short(one.figure(name) / other.figure(name));
  const date = about.date.slice(0, 10);
  return [
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `\`node bench/comparison.mjs\` of ${date}, commit ${about.commit}, ${about.cores} cores of ${about.cpu}, loopback`,
    `with TLS; medians of ${settings.rounds} rounds. Memory: \`node bench/idle.mjs\`, 10,000 connections without TLS.`,
    `Bytes are of both directions, counted by the kernel. At ${short(settings.rate)} messages a second each wakes the hub, and`,
    "has a sync of the disk nearly to itself: a busy hub takes less for each ([readings in](measurements.md#readings-in)).",
    "",
    `What it says: for a single small reading on an open connection REST takes ${ratio(kept, socket, "bytes")} times the bytes and`,
    `${ratio(kept, socket, "hub_cpu_us")} times the CPU of WebSocket; a new connection for each is ${ratio(fresh, kept, "bytes")} times the bytes and`,
    `${ratio(fresh, kept, "hub_cpu_us")} times the CPU of one that is kept. A hundred readings in a message take`,
    `${short((kept.figure("hub_cpu_us") * kBatch) / batched.figure("hub_cpu_us"))} times less CPU each over REST and ${short((socket.figure("hub_cpu_us") * kBatch) / packed.figure("hub_cpu_us"))} times less over WebSocket.`,
  ];
}

function pageWith(results) {
  const page = readFileSync(kPage, "utf8");
  const [begin, end] = [page.indexOf(kBegin), page.indexOf(kEnd)];
  if (begin < 0 || end < begin) throw new Error(`${kPage} has no place for the table`);
  const before = page.slice(0, begin + kBegin.length);
  return { page, made: `${before}\n\n${lines(results).join("\n")}\n\n${page.slice(end)}` };
}

const last = process.argv.includes("--check") || process.argv.includes("--again");
const results = last ? JSON.parse(readFileSync(kResults)) : measure();
const { page, made } = pageWith(results);
if (process.argv.includes("--check")) {
  if (page !== made) throw new Error(`${kPage} is not what node bench/comparison.mjs --again writes`);
  console.log(`${kPage} is what was measured`);
} else {
  if (!last) save(kResults, results);
  writeFileSync(kPage, made);
  console.log(lines(results).join("\n"));
}
