// What every attack has in common: a hub on a core of its own, healthy clients and the attacker on
// another, a quiet phase to compare with, and one line of JSON that says what was promised, what
// was seen, and what of it is broken.
//
// A row is `{id, what, hub, run, ...}`; `attacks(rows)` runs those that the command line names, or
// all. Run alone as `node tests/attack/<file>.mjs [ID...]`, all together as run.mjs says.
import { execFileSync, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { fileURLToPath } from "node:url";

import { Hub, initialise } from "../end_to_end/hub.mjs";
import { anonymousKib, cpuSeconds, openFiles } from "../end_to_end/measure.mjs";
import { eventually, within } from "../end_to_end/wait.mjs";
import { crowd, pass } from "./wire.mjs";

const kWarmUpMs = 1_000;
const kBaselineMs = 4_000;
const kAfterMs = 1_500;
const kTellMs = 30_000;
const kHealthyRates = { ws: 100, rest: 50 };
// So much dearer than before may an answer be: the greater of both.
const kHealthyFactor = 2;
const kHealthyMoreMs = 20;
// The setting up asks faster than anybody may, and who attacks has the key of who is healthy;
// everything else is as it is shipped.
const kSetUpLimits = {
  requests_per_second: 1e9,
  requests_burst: 1e9,
  "requests.in_flight": 1e9,
  "ws.device_connects": 1e9,
  "ws.connects": 1e9,
};
const kDevicesAtOnce = 32;
// Skipped, as ctest knows it.
export const kSkipped = 77;

// The first two that this process may use; with one, all share it.
const kCores = (() => {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, list] = /^Cpus_allowed_list:\s+(\S+)/m.exec(status);
  const cores = list.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => String(first + at));
  });
  return cores.length > 1 ? { hub: cores[0], others: cores[1] } : null;
})();
/** The words that keep what is started with them where the clients are. */
export const besideTheHub = () => onCore(kCores?.others);
const onCore = (core) => (kCores === null ? [] : ["taskset", "-c", core]);

/** A row that cannot be tried here: `why` says what is missing. */
export class Skip extends Error {}

/** Skips where one of `programs` is not installed: tools/setup attack. */
export function needPrograms(...programs) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
  for (const program of programs) {
    if (!folders.some((folder) => existsSync(`${folder}/${program}`))) {
      throw new Skip(`${program} is not installed`);
    }
  }
}

/** The least of what a process may open, of this one and of a hub that is started from it. */
export function filesAllowed() {
  const limits = readFileSync("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)[1]);
}

// ---------------------------------------------------------------- the healthy

class Healthy {
  #child;
  #ended;
  #waiting = new Map();

  static async begin(arena) {
    const healthy = new Healthy();
    healthy.#child = fork(fileURLToPath(new URL("healthy.mjs", import.meta.url)), {
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    const child = healthy.#child;
    process.once("exit", () => child.kill("SIGKILL"));
    pin(child.pid, kCores?.others);
    prefer(child.pid);
    child.on("message", (told) => {
      const [[kind, value]] = Object.entries(told);
      healthy.#waiting.get(kind)?.(value);
    });
    healthy.#ended = new Promise((done) => child.once("exit", (code) => done(code)));
    const ready = healthy.#heard("ready");
    child.send({
      begin: {
        pid: arena.hub.pid,
        url: arena.hub.url,
        wsUrl: arena.hub.wsUrl,
        ca: arena.hub.tls?.ca?.toString(),
        admin: arena.hub.admin.admin_key,
        rates: kHealthyRates,
        ids: { ws: arena.devices.ws.id, rest: arena.devices.rest.id },
        keys: { ws: arena.devices.ws.key, rest: arena.devices.rest.key },
      },
    });
    await ready;
    return healthy;
  }

  #heard(kind) {
    const answer = new Promise((done) => this.#waiting.set(kind, done));
    const died = this.#ended.then((code) => {
      throw new Error(`the healthy clients ended with ${code}`);
    });
    return within(kTellMs, `the healthy clients to say ${kind}`, Promise.race([answer, died]));
  }
  async phase(name) {
    const heard = this.#heard("phase");
    this.#child.send({ phase: name });
    await heard;
  }
  /** Ends them; gives what each phase was like. */
  async end() {
    const heard = this.#heard("reports");
    this.#child.send({ end: true });
    return await heard;
  }
  kill() {
    this.#child.kill("SIGKILL");
  }
}

/** The attacker must not take the core from those who measure: they go first, or it goes last. */
export function prefer(pid) {
  try {
    setPriority(pid, Math.max(-20, getPriority() - 10));
  } catch {
    setPriority(Math.min(19, getPriority() + 10));
  }
}

/** Keeps a process, its threads included, on one core. */
function pin(pid, core) {
  if (core === undefined) return;
  execFileSync("taskset", ["-a", "-p", "-c", core, String(pid)], { stdio: "ignore" });
}

// ---------------------------------------------------------------- one attack

const round = (value, digits = 1) =>
  value === null || value === undefined ? null : Number(value.toFixed(digits));

export class Arena {
  figures = {};
  broken = [];
  devices = {};
  #healthy = null;

  constructor(row) {
    this.row = row;
  }

  get port() {
    return Number(new URL(this.hub.url).port);
  }

  /** Notes a figure; `promised` says what it may be: `{most}`, `{least}` or `{is}`. */
  figure(name, value, promised = {}) {
    this.figures[name] = typeof value === "number" ? round(value) : value;
    const said = `${name} is ${JSON.stringify(this.figures[name])}`;
    const { most, least, is } = promised;
    if (most !== undefined && !(value <= most))
      this.broken.push(`${said}, promised ≤ ${round(most)}`);
    if (least !== undefined && !(value >= least)) {
      this.broken.push(`${said}, promised ≥ ${round(least)}`);
    }
    if (is !== undefined && JSON.stringify(value) !== JSON.stringify(is)) {
      this.broken.push(`${said}, promised ${JSON.stringify(is)}`);
    }
  }

  async start() {
    const { hub = {} } = this.row;
    const {
      words = [],
      limits = {},
      under = [],
      ...more
    } = typeof hub === "function" ? await hub() : hub;
    this.hub = new Hub({
      ...initialise(),
      words: ["--log-level", "error", ...words],
      limits: { ...kSetUpLimits, ...limits },
      under: [...under, ...onCore(kCores?.hub)],
      ...more,
    });
    await this.hub.start();
    for (const name of ["ws", "rest"])
      this.devices[name] = await this.hub.device(`healthy-${name}`);
  }

  /** `count` devices with a key each: `[{id, key}]`. */
  makeDevices(count, prefix = "crowd") {
    const clients = Array.from({ length: kDevicesAtOnce }, () =>
      this.hub.client(this.hub.admin.admin_key),
    );
    return crowd(
      count,
      async (number) => {
        const client = clients[number % clients.length];
        const id = `${prefix}-${number}`;
        await client.must("POST", "/v1/devices", { id });
        const made = await client.must("POST", `/v1/devices/${id}/keys`, {});
        return { id, key: made.body.key, keyId: made.body.id };
      },
      kDevicesAtOnce,
    );
  }

  // What the hub has open, holds and works: looked at from outside.
  get open() {
    return openFiles(this.hub.pid) - this.filesBefore;
  }
  get heldKib() {
    return anonymousKib(this.hub.pid);
  }
  get cpu() {
    return cpuSeconds(this.hub.pid);
  }
  get alive() {
    try {
      return process.kill(this.hub.pid, 0);
    } catch {
      return false;
    }
  }
  /** A figure of /metrics, 0 where there is none yet. */
  async metric(name) {
    const { body } = await this.hub.rest.get("/metrics");
    const line = body.split("\n").find((each) => each.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }
  /** What readings take that were taken and are in no chunk yet: the store's, with a bound of its own. */
  async rowsKib() {
    return (await this.metric("tandem_store_memory_bytes")) / 1024;
  }
  /** Waits until the hub has closed all but `most` of what it has opened since; whether it did. */
  closesDownTo(most, ms) {
    return eventually(ms, "the hub to close", () => this.open <= most).then(
      () => true,
      () => false,
    );
  }

  async healthyBegin(phase = null) {
    this.#healthy = await Healthy.begin(this);
    if (phase !== null) await this.#healthy.phase(phase);
  }
  phase(name) {
    return this.#healthy.phase(name);
  }
  async healthyEnd() {
    const reports = await this.#healthy.end();
    this.#healthy = null;
    return reports;
  }

  /** Everything but the start and the end of the hub. */
  async play() {
    await this.row.prepare?.(this);
    if (this.row.alone) return await this.row.run(this);
    await this.healthyBegin();
    await pass(kWarmUpMs);
    await this.phase("baseline");
    await pass(this.row.baselineMs ?? kBaselineMs);
    this.filesBefore = openFiles(this.hub.pid);
    const rows = await this.rowsKib();
    await this.phase("attack");
    await this.row.run(this);
    await this.phase("after");
    const moreRows = Math.max(0, (await this.rowsKib()) - rows);
    await pass(kAfterMs);
    this.judge(await this.healthyEnd(), moreRows);
  }

  judge({ baseline, attack, after }, rowsKib = 0) {
    const bounds = this.row.healthy ?? {};
    const { factor = kHealthyFactor, moreMs = kHealthyMoreMs } = bounds;
    let worst = null;
    for (const [kind, { p99, count }] of Object.entries(attack.latency)) {
      const before = baseline.latency[kind].p99;
      const most = Math.max(factor * before, before + moreMs);
      if (count === 0) this.broken.push(`no ${kind} answer during the attack`);
      const excess = (p99 ?? Infinity) - most;
      if (worst === null || excess > worst.excess) worst = { kind, p99, before, most, excess };
    }
    const kindOf = attack.latency[worst.kind];
    const all = Object.entries(attack.latency).map(([kind, { p99 }]) => [kind, round(p99)]);
    this.figure("healthy_worst", worst.kind);
    this.figure("healthy_p99_ms_of", Object.fromEntries(all));
    this.figure("healthy_p50_ms", kindOf.p50);
    this.figure("healthy_p99_ms", worst.p99, { most: worst.most });
    this.figure("healthy_max_ms", kindOf.most);
    this.figure("baseline_p50_ms", baseline.latency[worst.kind].p50);
    this.figure("baseline_p99_ms", worst.before);
    const counts = Object.values(attack.latency).map(({ count }) => count);
    this.figure(
      "healthy_answers",
      counts.reduce((sum, count) => sum + count),
    );
    this.figure("healthy_errors", attack.errors + after.errors, { is: 0 });
    this.figure("healthy_disconnects", attack.disconnects + after.disconnects, { is: 0 });
    const said = [...attack.said, ...after.said];
    if (said.length > 0) this.figure("healthy_said", said.slice(0, 5));
    const { rssDeltaKib: most } = this.row.promises ?? {};
    this.figure("rows_kib", rowsKib);
    const grown = attack.peakKib - attack.beganKib - rowsKib;
    this.figure("rss_delta_kib", Math.max(0, grown), { most });
    this.figure("rss_after_kib", after.endKib - attack.beganKib);
    this.figure("hub_cpu_percent_baseline", baseline.cpu * 100);
    this.figure("hub_cpu_percent", attack.cpu * 100, { most: this.row.promises?.cpuPercent });
    this.figure("hub_cpu_percent_after", after.cpu * 100);
    this.figure("attack_s", attack.seconds);
  }

  async finish() {
    this.#healthy?.kill();
    if (this.hub === undefined) return;
    this.hub.closeClients();
    await this.hub.stop("SIGTERM").catch(() => this.hub.kill());
  }
}

// ---------------------------------------------------------------- all rows of a file

const kLatency = /^(healthy|others)_p99_ms(_before)? is /;

// Another program may have had the core for a moment. A hub that is slow is slow again: where
// nothing but latency was beyond its bound, the second attempt counts, and both are told.
async function attempt(row) {
  const first = await attemptOnce(row);
  const { line, onlyLatency } = first;
  if (!onlyLatency) return told(line);
  const { line: second } = await attemptOnce(row);
  return told({ ...second, first_attempt: line.broken });
}

function told(line) {
  console.log(JSON.stringify(line));
  return line.ok;
}

async function attemptOnce(row) {
  const arena = new Arena(row);
  const began = performance.now();
  let skipped;
  try {
    row.needs?.();
    await arena.start();
    await arena.play();
  } catch (error) {
    if (error instanceof Skip) skipped = error.message;
    else arena.broken.push(`the attack ended early: ${error.message}`);
    if (process.env.TANDEM_ATTACK_STACK) console.error(error.stack);
  } finally {
    if (arena.hub?.pid !== undefined && !arena.alive) arena.broken.push("the hub has ended");
    await arena.finish().catch((error) => arena.broken.push(error.message));
  }
  const ok = arena.broken.length === 0;
  const line = { id: row.id, ok, ...arena.figures };
  if (skipped !== undefined) line.skipped = skipped;
  if (!ok) line.broken = arena.broken;
  line.took_s = round((performance.now() - began) / 1000);
  return { line, onlyLatency: !ok && arena.broken.every((each) => kLatency.test(each)) };
}

/** Runs the rows that the command line names, or all that are no extra ones, and ends. */
export async function attacks(rows) {
  const named = process.argv.slice(2);
  if (named.includes("--list")) {
    for (const { id, what, extra } of rows) console.log(JSON.stringify({ id, what, extra }));
    return;
  }
  pin(process.pid, kCores?.others);
  const wanted = rows.filter(({ id, extra }) => (named.length === 0 ? !extra : named.includes(id)));
  let good = true;
  for (const row of wanted) good = (await attempt(row)) && good;
  process.exit(good ? 0 : 1);
}
