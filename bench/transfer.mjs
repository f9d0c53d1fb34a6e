// What it takes to bring a hub's readings out and in: `tandem export` and `tandem import` of one
// file, in each of its forms. See README.md.
//   node bench/transfer.mjs [--rounds N] [--readings N] [--devices N] [--in DIR] [--out FILE]
import { execFileSync, spawn } from "node:child_process";
import { closeSync, createReadStream, openSync, statSync, writeSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { option, save, short, summary, table, withSpread } from "./figures.mjs";
import { freshFolder, Hub, machine, stayOn, tandem } from "./hub.mjs";

const kRounds = option("rounds", 1);
const kReadings = option("readings", 1_000_000);
const kDevices = option("devices", 10);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/transfer.json");
const kSeries = 2; // A line each time.
const kLines = Math.floor(kReadings / kSeries / kDevices) * kDevices;
const kTaken = kLines * kSeries;

const kHubCore = 0;
const kProgramCore = 1;

/** Writes what a hub of such devices would export: a reading of each series a second. */
function makeFile(file) {
  const descriptor = openSync(file, "w");
  const each = kLines / kDevices;
  writeSync(descriptor, '{"kind":"export","version":1}\n');
  for (let device = 0; device < kDevices; device += 1) {
    const id = `bench-${device}`;
    const lines = [`{"kind":"device","id":"${id}"}`];
    for (let at = 0; at < each; at += 1) {
      const time = 1_700_000_000_000 + at * 1000;
      // A day's slow course, and a hum upon it.
      const warmth = (15 + 10 * Math.sin((at + device) / 13_750) + (at % 7) / 10).toFixed(1);
      lines.push(`{"${id}":{"t":${time},"v":{"temperature":${warmth},"power":${at % 400}}}}`);
    }
    writeSync(descriptor, lines.join("\n") + "\n");
  }
  const counts = { kind: "end", devices: kDevices, twins: 0, series: 0, readings: kTaken };
  writeSync(descriptor, JSON.stringify(counts) + "\n");
  closeSync(descriptor);
}

/** Runs the program on this process's core: what it printed last, as JSON, and how long it used a core. */
function run(words, env) {
  // The shell counts its child's processor time, to the millisecond.
  const all = ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", tandem, ...words];
  return new Promise((done, refuse) => {
    const child = spawn("bash", all, { env: { ...process.env, ...env } });
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("close", (code) => {
      if (code !== 0) return refuse(new Error(`tandem ${words[0]} ended with ${code}: ${err}`));
      const [user, system] = err.trim().split("\n").at(-1).split(" ").map(Number);
      done({ said: JSON.parse(out.trim().split("\n").at(-1)), cpu: user + system });
    });
  });
}

/** Runs one way; what it took, the hub's part included. Fails where not every reading is moved. */
async function take(hub, words, env = {}) {
  const hubBefore = hub.cpu().all;
  const start = performance.now();
  const { said, cpu } = await run(words, env);
  const seconds = (performance.now() - start) / 1000;
  const hubCpu = hub.cpu().all - hubBefore;
  if (said.readings !== kTaken || said.whole === false) {
    throw new Error(`tandem ${words.join(" ")}: ${JSON.stringify(said)}`);
  }
  return { seconds, hub_cpu: hubCpu, program_cpu: cpu };
}

/** How many lines a file has: what is written has to be all there. */
async function countLines(file) {
  let count = 0;
  for await (const _ of createInterface({ input: createReadStream(file) })) count += 1;
  return count;
}

const kWays = [
  ["`import`, into an empty hub", "import"],
  ["the same again, with a key over TCP", "again"],
  ["`export`", "export"],
  ["`export --format csv`", "export_csv"],
  ["`export --gzip`", "export_gzip"],
  ["`import` of CSV, into an empty hub", "import_csv"],
];

async function round(source, folder) {
  const got = {};
  const hub = await Hub.start({ core: kHubCore, under: kUnder });
  const data = ["--data", hub.data];
  got.import = await take(hub, ["import", source, ...data]);
  const key = { TANDEM_URL: hub.url, TANDEM_KEY: hub.key };
  got.again = await take(hub, ["import", source], key);
  const text = join(folder, "back.ndjson");
  const rows = join(folder, "back.csv");
  const zipped = join(folder, "back.ndjson.gz");
  got.export = await take(hub, ["export", text, "--force", ...data]);
  got.export_csv = await take(hub, ["export", rows, "--force", "--format", "csv", ...data]);
  got.export_gzip = await take(hub, ["export", zipped, "--force", "--gzip", ...data]);
  got.hub_most = hub.memory().most;
  await hub.stop();
  // The header, the devices and the end; the header of CSV.
  for (const [file, expected] of [
    [text, 1 + kDevices + kLines + 1],
    [rows, 1 + kTaken],
  ]) {
    const lines = await countLines(file);
    if (lines !== expected) throw new Error(`${file}: ${lines} lines instead of ${expected}`);
  }
  execFileSync("gzip", ["--test", zipped]);
  got.bytes = { ndjson: statSync(text).size, csv: statSync(rows).size, gzip: statSync(zipped).size };

  const other = await Hub.start({ core: kHubCore, under: kUnder });
  got.import_csv = await take(other, ["import", rows, "--data", other.data]);
  got.hub_most = Math.max(got.hub_most, other.memory().most);
  await other.stop();
  return got;
}

stayOn(kProgramCore);
const about = machine(kUnder);
const folder = freshFolder(kUnder);
const source = join(folder, "source.ndjson");
makeFile(source);
const rounds = [];
for (let at = 0; at < kRounds; at += 1) {
  rounds.push(await round(source, folder));
  console.error(`round ${at + 1} of ${kRounds}`);
}

const of = (act) => {
  const all = summary(rounds.map(act));
  return kRounds === 1 ? short(all.median) : withSpread(all);
};
console.log(
  `\n${short(kTaken)} readings of ${kDevices} devices, ${kSeries} series each, in ` +
    `${short(kLines)} lines; ${kRounds === 1 ? "once" : `median of ${kRounds} (least–most)`}\n`,
);
console.log(
  table(
    ["", "s", "readings/s", "hub, s of CPU", "program, s of CPU"],
    kWays.map(([name, way]) => [
      name,
      of((each) => each[way].seconds),
      of((each) => kTaken / each[way].seconds),
      of((each) => each[way].hub_cpu),
      of((each) => each[way].program_cpu),
    ]),
  ),
);
const mega = (bytes) => `${short(bytes / 1e6)} MB`;
const { bytes } = rounds[0];
console.log(
  `\nlines ${mega(bytes.ndjson)}, CSV ${mega(bytes.csv)}, gzip ${mega(bytes.gzip)}; ` +
    `the hub held ${mega(Math.max(...rounds.map((each) => each.hub_most)))} at most`,
);
console.log(`load average ${about.load_average[0]} before, ${loadavg()[0].toFixed(2)} after`);
save(kOut, {
  machine: { ...about, load_average_after: loadavg() },
  settings: { rounds: kRounds, readings: kTaken, devices: kDevices, series: kSeries },
  rounds,
});
process.exit(0);
