// The stores that store.mjs compares, each started on a directory of its own at a free port, on one
// core, and ended by its process id.
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";

import { ask } from "./ask.mjs";

const kLinesAtOnce = 5_000;
const kRowsAtOnce = 20_000; // About as many readings as that many lines have.
const kTicks = 100; // sysconf(_SC_CLK_TCK)
const kStartMs = 30_000;
const kSettleMs = 30_000;
const kCore = "0";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Seconds on a core: of a process, its children, and those that have ended. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0) / kTicks;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  if (children === "") return own;
  return children.split(" ").reduce((sum, child) => {
    try {
      return sum + cpuOf(child);
    } catch {
      return sum; // It has just ended and is in its parent's figure the next time.
    }
  }, own);
}
const writtenBy = (pid) =>
  Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))[1]);

export const bytesIn = (folder) =>
  Number(execFileSync("du", ["-s", "-B1", folder], { encoding: "utf8" }).split("\t")[0]);

/** A store that is a process and listens. */
class Server {
  written = () => writtenBy(this.child.pid);

  constructor(name, folder) {
    this.name = name;
    this.folder = join(folder, name);
    mkdirSync(this.folder);
  }
  launch(program, words, env = {}) {
    const child = spawn("taskset", ["-c", kCore, program, ...words], {
      env: { ...process.env, ...env },
      stdio: "ignore",
      cwd: this.folder,
    });
    running.add(child);
    this.child = child;
    child.once("exit", (code) => {
      running.delete(child);
      if (!this.ending) console.error(`${this.name} ended with ${code}`);
    });
  }
  async answers(probe) {
    for (const end = performance.now() + kStartMs; ; ) {
      try {
        return await probe();
      } catch (error) {
        if (performance.now() > end) throw error;
        await pass(100);
      }
    }
  }
  cpu() {
    return cpuOf(this.child.pid);
  }
  /** Waits until it does nothing any more: less than a tick in half a second, twice. */
  async settle() {
    const end = performance.now() + kSettleMs;
    for (let calm = 0, before = this.cpu(); calm < 4 && performance.now() < end; ) {
      await pass(500);
      const now = this.cpu();
      calm = now - before <= 1.5 / kTicks ? calm + 1 : 0;
      before = now;
    }
  }
  /** Writes a part and lets it settle: what that took. */
  async take(part) {
    const [cpu, written, began] = [this.cpu(), this.written(), performance.now()];
    await this.write(part);
    const wall_s = (performance.now() - began) / 1000;
    const acknowledged = this.cpu() - cpu;
    await this.settle();
    const result = { cpu_s: this.cpu() - cpu, cpu_acknowledged_s: acknowledged, wall_s };
    return { ...result, written: this.written() - written };
  }
  async stop() {
    this.ending = true;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    await ended;
  }
}

async function post(url, part) {
  const lines = readFileSync(`${part}.lines`, "utf8").split("\n");
  for (let at = 0; at < lines.length; at += kLinesAtOnce) {
    const body = lines.slice(at, at + kLinesAtOnce).join("\n");
    if (body !== "") await ask(url, { method: "POST", body });
  }
}

const query = (url, values) => ask(`${url}?${new URLSearchParams(values)}`);
const seconds = (ms) => String(ms / 1000);

export class VictoriaMetrics extends Server {
  static found = () => existsSync("/usr/bin/victoria-metrics");

  constructor(folder) {
    super("VictoriaMetrics", folder);
  }
  async start() {
    this.url = `http://127.0.0.1:${await freePort()}`;
    const words = ["-storageDataPath=data", `-httpListenAddr=${this.url.slice(7)}`];
    words.push("-retentionPeriod=100y", "-search.latencyOffset=0s");
    this.launch("victoria-metrics", words);
    await this.answers(() => ask(`${this.url}/health`));
  }
  write(part) {
    return post(`${this.url}/write`, part);
  }
  async settle() {
    await ask(`${this.url}/internal/force_flush`);
    await super.settle();
  }
  #range(query_, from, to, step) {
    const values = { query: query_, start: seconds(from + step), end: seconds(to), nocache: "1" };
    return query(`${this.url}/api/v1/query_range`, { ...values, step: `${step / 1000}s` });
  }
  last(device, { to }) {
    const what = `last_over_time(sensor_temperature{device="${device}"}[1h])`;
    return query(`${this.url}/api/v1/query`, { query: what, time: seconds(to) });
  }
  raw(device, { to }) {
    const what = `sensor_temperature{device="${device}"}[24h]`;
    return query(`${this.url}/api/v1/query`, { query: what, time: seconds(to) });
  }
  buckets(device, { from, to }) {
    const what = `avg_over_time(sensor_temperature{device="${device}"}[1m])`;
    return this.#range(what, from, to, 60_000);
  }
  fleet(devices, { from, to }) {
    const what = `avg_over_time(sensor_temperature{device=~"${devices.join("|")}"}[1h])`;
    return this.#range(what, from, to, 3_600_000);
  }
}

export class InfluxDb extends Server {
  static found = () => existsSync("/usr/bin/influxd");

  constructor(folder) {
    super("InfluxDB", folder);
  }
  async start() {
    this.url = `http://127.0.0.1:${await freePort()}`;
    this.launch("influxd", ["run", "-config", "/dev/null"], {
      INFLUXDB_REPORTING_DISABLED: "true",
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${await freePort()}`,
      INFLUXDB_META_DIR: join(this.folder, "meta"),
      INFLUXDB_DATA_DIR: join(this.folder, "data"),
      INFLUXDB_DATA_WAL_DIR: join(this.folder, "wal"),
      INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION: "2s",
      INFLUXDB_MONITOR_STORE_ENABLED: "false",
      INFLUXDB_HTTP_BIND_ADDRESS: this.url.slice(7),
      INFLUXDB_HTTP_LOG_ENABLED: "false",
    });
    await this.answers(() => ask(`${this.url}/ping`));
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = "q=CREATE DATABASE bench";
    await ask(`${this.url}/query`, { method: "POST", headers, body });
  }
  write(part) {
    return post(`${this.url}/write?db=bench&precision=ns`, part);
  }
  async settle() {
    await pass(4_000); // It writes what is in memory 2 s after the last reading.
    await super.settle();
  }
  #select(what, where, { from, to }, more = "") {
    const time = `time >= ${from}ms AND time < ${to}ms`;
    const q = `SELECT ${what} FROM sensor WHERE ${where} AND ${time} ${more}`;
    return query(`${this.url}/query`, { db: "bench", epoch: "ms", q });
  }
  last(device, span) {
    return this.#select("last(temperature)", `device = '${device}'`, span);
  }
  raw(device, span) {
    return this.#select("temperature", `device = '${device}'`, span);
  }
  buckets(device, span) {
    const more = "GROUP BY time(1m) fill(none)";
    return this.#select("mean(temperature)", `device = '${device}'`, span, more);
  }
  fleet(devices, span) {
    const where = `device =~ /^(${devices.join("|")})$/`;
    return this.#select("mean(temperature)", where, span, "GROUP BY time(1h), device fill(none)");
  }
}

const kPostgres = (() => {
  const root = "/usr/lib/postgresql";
  const [version] = existsSync(root) ? readdirSync(root).sort().reverse() : [];
  return version === undefined ? null : join(root, version, "bin");
})();
const asPostgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];

/** A row for each reading, by COPY, which is the fastest way in. Latencies are those of psql. */
export class Postgres extends Server {
  static found = () => kPostgres !== null && process.getuid() === 0;
  written = () => NaN; // Its processes come and go.

  constructor(folder) {
    super("PostgreSQL", folder);
    this.data = join(this.folder, "data");
    this.pieces = join(this.folder, "pieces");
    mkdirSync(this.pieces);
    chmodSync(folder, 0o755);
    execFileSync("chown", ["postgres", this.folder]);
  }
  async start() {
    const initdb = [join(kPostgres, "initdb"), "-D", this.data, "-A", "trust", "-N"];
    execFileSync("setpriv", [...asPostgres, ...initdb], { stdio: "ignore", cwd: this.folder });
    const words = [...asPostgres, join(kPostgres, "postgres"), "-D", this.data, "-h", ""];
    this.launch("setpriv", [...words, "-k", this.folder]);
    await this.answers(() => this.#sql("SELECT 1"));
    this.#sql(`CREATE TABLE reading (series int, time bigint, value double precision,
      PRIMARY KEY (series, time))`);
  }
  #sql(text) {
    const words = ["-X", "-q", "-h", this.folder, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-A"];
    const options = { encoding: "utf8", input: text, stdio: ["pipe", "pipe", "pipe"] };
    return execFileSync("psql", words, { ...options, maxBuffer: 2 ** 28 });
  }
  async write(part) {
    const rows = readFileSync(`${part}.csv`, "utf8").trimEnd().split("\n");
    const copies = [];
    for (let at = 0; at < rows.length; at += kRowsAtOnce) {
      const piece = join(this.pieces, String(at));
      writeFileSync(piece, rows.slice(at, at + kRowsAtOnce).join("\n") + "\n");
      copies.push(`COPY reading FROM '${piece}' (FORMAT csv);`);
    }
    this.#sql(copies.join("\n"));
  }
  async settle() {
    this.#sql("CHECKPOINT");
    await super.settle();
  }
  #timed(text) {
    const said = this.#sql(`SELECT 1;\n\\o /dev/null\n\\timing on\n${text};\n`);
    return { ms: Number(/^Time: ([\d.]+) ms/m.exec(said)[1]) };
  }
  #series = (device) => Number(device.split("-")[1]) * 5;
  #where(devices, { from, to }) {
    const ids = devices.map(this.#series).join(",");
    return `series IN (${ids}) AND time >= ${from}000 AND time < ${to}000`;
  }
  last(device) {
    const where = `series = ${this.#series(device)}`;
    return this.#timed(`SELECT value FROM reading WHERE ${where} ORDER BY time DESC LIMIT 1`);
  }
  raw(device, span) {
    const where = this.#where([device], span);
    return this.#timed(`SELECT time, value FROM reading WHERE ${where} ORDER BY time`);
  }
  #grouped(devices, span, step) {
    const bucket = `time / ${step}`;
    const where = this.#where(devices, span);
    const what = `SELECT series, ${bucket}, avg(value) FROM reading WHERE ${where}`;
    return this.#timed(`${what} GROUP BY series, ${bucket} ORDER BY 1, 2`);
  }
  buckets(device, span) {
    return this.#grouped([device], span, 60_000_000);
  }
  fleet(devices, span) {
    return this.#grouped(devices, span, 3_600_000_000);
  }
}
