// The embedded store beside VictoriaMetrics, InfluxDB, PostgreSQL and SQLite with a row for each
// reading: CPU, bytes and how long questions take. See README.md.
//   node bench/store.mjs [--devices N] [--days N] [--rounds N] [--questions N] [--in DIR]
//                        [--out FILE]
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { ask } from "./ask.mjs";
import { option, quantile, save, short, summary, table, withSpread } from "./figures.mjs";
import { freshFolder, Hub, machine, stayOn, tandem } from "./hub.mjs";
import { bytesIn, InfluxDb, Postgres, VictoriaMetrics } from "./store_peers.mjs";

const kDevices = option("devices", 200);
const kDays = option("days", 8);
const kRounds = option("rounds", 5);
const kQuestions = option("questions", 40);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/store.json");
const kClientCore = 1;
const kDayMs = 86_400_000;
const kRows = kDays * 288; // One every five minutes.
const kFirstMs = 1_700_000_000_000;
const kFleet = Math.min(100, kDevices);
const kWarm = 2_000; // questions for last values that are in memory
// Ten times the history: so many devices, in parts of which the last is behind nine tenths.
const kOld = { devices: 50, rows: 10 * kRows, parts: 20 };

const writer = resolve(dirname(tandem), "bench/store");
const run = (...words) => execFileSync("taskset", ["-c", "0", writer, ...words]).toString();

/** What store.cc writes: a process that puts each part in its place before it takes the next. */
class Written {
  constructor(name, kind, data) {
    Object.assign(this, { name, kind, data });
  }
  async take(part) {
    if (this.writing === undefined) {
      const words = ["-c", "0", writer, this.kind, "--data", this.data];
      this.writing = spawn("taskset", words, { stdio: ["pipe", "pipe", "inherit"] });
      this.lines = createInterface({ input: this.writing.stdout })[Symbol.asyncIterator]();
    }
    this.writing.stdin.write(`${part}.lines\n`);
    const { value } = await this.lines.next();
    return JSON.parse(value);
  }
  /** Closes the store. */
  async close() {
    const ended = once(this.writing, "exit");
    this.writing.stdin.end();
    await ended;
  }
  async stop() {}
}

/** The embedded store; questions go to a hub on it, over REST in JSON. */
class Tandem extends Written {
  static async make() {
    const hub = await Hub.start({ core: 0, under: kUnder });
    await hub.devices(kDevices, { keys: false });
    await hub.stop();
    return Object.assign(new Tandem("Tandem", "chunks", hub.data), { hub });
  }
  async begin() {
    await this.hub.begin();
    this.headers = { authorization: `Bearer ${this.hub.key}` };
  }
  #get(device, words) {
    return ask(`${this.hub.url}/v1/devices/${device}/${words}`, { headers: this.headers });
  }
  #read(device, { from, to }, more = "") {
    const span = `from=${Math.round(from)}&to=${Math.round(to)}`;
    return this.#get(device, `telemetry?series=temperature&${span}&limit=10000${more}`);
  }
  last(device) {
    return this.#get(device, "latest");
  }
  raw(device, span) {
    return this.#read(device, span);
  }
  buckets(device, span) {
    return this.#read(device, span, "&step=60000&aggregate=avg");
  }
  async fleet(devices, { from, to }) {
    const base =
      `${this.hub.url}/v1/telemetry?devices=${devices.join(",")}&series=temperature` +
      `&from=${Math.round(from)}&to=${Math.round(to)}&step=3600000&aggregate=avg`;
    const pages = [];
    let next = "";
    do {
      const page = await ask(base + (next && `&cursor=${next}`), { headers: this.headers });
      pages.push(page);
      next = JSON.parse(page).next;
    } while (next);
    return pages;
  }
  stop() {
    return this.hub.stop();
  }
}

async function write(stores, folder) {
  const results = new Map(stores.map(({ name }) => [name, []]));
  for (let round = 0; round < kRounds; ++round) {
    const order = round % 2 === 0 ? stores : [...stores].reverse();
    const taken = [];
    for (const store of order) {
      taken.push([store.name, await store.take(join(folder, `part-${round}`))]);
    }
    const known = taken.find(([, result]) => result.readings !== undefined)[1].readings;
    for (const [name, result] of taken) results.get(name).push({ ...result, readings: known });
    console.error(`round ${round + 1} of ${kRounds}; load average ${loadavg()[0].toFixed(2)}`);
  }
  return results;
}

const kAsked = {
  last: "last value",
  raw: "24 h of one series, as they are",
  buckets: "24 h in buckets of 1 min",
  fleet: `${kFleet} devices, 7 days in buckets of 1 h`,
};

/** How many values an answer has, whoever gave it; PostgreSQL's are not shown to us. */
function valuesIn(told) {
  const pages = typeof told === "string" ? [told] : told;
  if (!Array.isArray(pages)) return undefined;
  const lists = pages.flatMap((text) => {
    const { series, readings, buckets, devices, data, results } = JSON.parse(text);
    if (readings ?? buckets) return [readings ?? buckets];
    if (devices) return Object.values(devices).map((each) => each.series.temperature ?? []);
    if (data) return data.result.map(({ values, value }) => values ?? [value]);
    if (results) return (results[0].series ?? []).map(({ values }) => values);
    return [[series.temperature].filter(Boolean)];
  });
  return lists.reduce((sum, { length }) => sum + length, 0);
}

async function timed(act) {
  const began = performance.now();
  const told = await act();
  return { ms: told?.ms ?? performance.now() - began, told };
}

/** Every question to every store in turns; a first one of each is not counted. */
async function question(stores) {
  const end = kFirstMs + kDays * kDayMs;
  const day = { from: end - kDayMs, to: end };
  const week = { from: end - Math.min(7, kDays) * kDayMs, to: end };
  const fleet = Array.from({ length: kFleet }, (_, at) => `bench-${at}`);
  const times = Object.fromEntries(
    stores.map(({ name }) => [name, { last: [], raw: [], buckets: [], fleet: [] }]),
  );
  const counts = { last: [], raw: [], buckets: [], fleet: [] };
  for (let at = 0; at <= kQuestions; ++at) {
    const device = `bench-${(at * 7) % kDevices}`;
    for (const store of stores) {
      for (const what of Object.keys(kAsked)) {
        if (what === "fleet" && at > Math.max(3, kQuestions / 4)) continue;
        const span = what === "fleet" ? week : day;
        const asked = await timed(() => store[what](what === "fleet" ? fleet : device, span));
        if (at > 0) times[store.name][what].push(asked.ms);
        else counts[what].push(valuesIn(asked.told));
      }
    }
  }
  return { times, counts };
}

/** How long a last value takes that is in memory. */
async function warm(store) {
  const times = [];
  for (let at = 0; at < kWarm + kDevices; ++at) {
    const { ms } = await timed(() => store.last(`bench-${at % kDevices}`));
    if (at >= kDevices) times.push(ms);
  }
  return times;
}

/** What a reading costs a store that has had none before, and one that has had so many. */
async function history(under) {
  const made = join(under, "old");
  mkdirSync(made);
  const words = Object.entries(kOld).flatMap(([name, value]) => [`--${name}`, String(value)]);
  run("make", "--out", made, ...words);
  const store = new Written("old", "chunks", join(under, "old-store"));
  const costs = [];
  for (let part = 0; part < kOld.parts; ++part) {
    const { cpu_s: cpu, readings } = await store.take(join(made, `part-${part}`));
    costs.push((cpu / readings) * 1e6);
  }
  await store.close();
  return costs;
}

function print({ stores, times, settings, warm_ms: warmMs, history_us: costs }) {
  const { readings } = settings;
  const ours = stores[0];
  const per = (store, name, index) => store.rounds[index][name] / store.rounds[index].readings;
  const ratio = (store) =>
    summary(store.rounds.map((_, at) => per(store, "cpu_s", at) / per(ours, "cpu_s", at)));
  const figures = (store, name, scale) =>
    withSpread(summary(store.rounds.map((_, at) => per(store, name, at))), scale);
  const head = ["store", "CPU, s a million", "× Tandem", "written, B", "on disk, B a reading"];
  const rows = stores.map((store) => [
    store.name,
    figures(store, "cpu_s", 1e6),
    store === ours ? "1" : withSpread(ratio(store)),
    Number.isFinite(store.rounds[0].written) ? figures(store, "written", 1) : "–",
    short(store.bytes / readings),
  ]);
  console.log(`${short(readings)} readings of ${settings.devices} devices; median (least–most)`);
  console.log(`\n${table(head, rows)}\n`);
  const asked = Object.keys(times);
  const quantiles = Object.entries(kAsked).map(([what, title]) => [
    title,
    ...asked.map((name) => short(quantile(times[name][what], 0.5))),
  ]);
  console.log(table(["question, p50 in ms", ...asked], quantiles));
  const [half, most] = [0.5, 0.99].map((share) => short(quantile(warmMs, share)));
  console.log(`\nlast value in memory: p50 ${half} ms, p99 ${most} ms`);
  // The first part pays for what is new: each is compared with the next two.
  const [young, old] = [costs.slice(1, 3), costs.slice(-2)].map((some) => quantile(some, 0.5));
  const times10 = short(old / young);
  console.log(`a reading behind ten times the history: ${times10} × the CPU (${short(old)} µs)`);
}

const started = performance.now();
const about = machine(kUnder);
const folder = freshFolder(kUnder);
stayOn(kClientCore);
const parts = join(folder, "parts");
mkdirSync(parts);
const shape = ["--devices", kDevices, "--rows", kRows, "--parts", kRounds].map(String);
run("make", "--out", parts, ...shape);

const ours = await Tandem.make();
const floor = new Written("SQLite, row a reading", "rows", join(folder, "rows"));
const peers = [];
for (const Peer of [VictoriaMetrics, InfluxDb, Postgres]) {
  if (Peer.found()) peers.push(new Peer(folder));
  else console.error(`${Peer.name} is not installed: tools/setup bench`);
}
for (const peer of peers) await peer.start();
const all = [ours, ...peers, floor];
const results = await write(all, parts);
for (const store of [ours, floor]) await store.close();
const readings = results.get("Tandem").reduce((sum, { readings: some }) => sum + some, 0);
const tandemBytes = bytesIn(join(ours.data, "telemetry.db"));
const log = bytesIn(join(ours.data, "log"));
await ours.begin();
const { times, counts } = await question([ours, ...peers]);
const warmMs = await warm(ours);
for (const each of all) await each.stop();
const bytes = (store) => {
  if (store === ours) return tandemBytes;
  return bytesIn(store === floor ? floor.data : store.data ?? store.folder);
};
const costs = await history(folder);
const seconds = (performance.now() - started) / 1000;
const measured = {
  machine: { ...about, load_average_after: loadavg(), seconds },
  settings: { devices: kDevices, days: kDays, rounds: kRounds, readings },
  stores: all.map((store) => ({
    name: store.name,
    bytes: bytes(store),
    rounds: results.get(store.name),
  })),
  log_bytes: log,
  values_in_answers: counts,
  times,
  warm_ms: warmMs,
  history_us: costs,
};
print(measured);
console.log(`the log beside it, kept for a day: ${short(log / readings)} bytes a reading`);
save(kOut, measured);
process.exit(0);
