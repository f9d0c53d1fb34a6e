// The hub that is measured: started on a directory of its own, and what the system knows of it.
// Whatever was started is ended by its process id, also when a measurement fails.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";

export const tandem = resolve(process.env.TANDEM ?? "build/release/tandem");

const kStartMs = 20_000;
const kStopMs = 20_000;
// A measurement asks what the hub can do, not what it allows.
const kOpenLimits = [
  "readings_per_second",
  "readings_burst",
  "requests_per_second",
  "requests_burst",
  "ws.messages_per_second",
  "ws.messages_burst",
  "ws.device_connects",
  "ws.connects",
].flatMap((name) => ["--limit", `${name}=1000000000`]);

const running = new Set();
const folders = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A directory on the disk that is measured; it goes when the program ends. */
export function freshFolder(under = tmpdir()) {
  const folder = mkdtempSync(join(under, "tandem-bench-"));
  folders.add(folder);
  return folder;
}

/** Keeps this process, its threads included, on one core. */
export function stayOn(core) {
  execFileSync("taskset", ["-a", "-p", "-c", String(core), String(process.pid)], {
    stdio: "ignore",
  });
}

export class Hub {
  #child;
  #key;

  /**
   * Starts a hub and waits until it listens. `core` keeps it on one core, null on all.
   * `store` is `embedded`, on a fresh directory, or `memory`.
   */
  static async start({ store = "embedded", core = null, under } = {}) {
    const hub = new Hub();
    hub.store = store;
    hub.core = core;
    if (store === "embedded") {
      hub.data = join(freshFolder(under), "data");
      const made = execFileSync(tandem, ["init", "--data", hub.data], { encoding: "utf8" });
      hub.#key = JSON.parse(made).admin_key;
    }
    return await hub.begin();
  }

  /** Starts it; after stop() again, on the same data. `ready_ms` is how long that took. */
  async begin() {
    const words = ["serve", "--listen", "127.0.0.1:0", "--log-level", "warning"];
    words.push("--store", this.store, ...kOpenLimits);
    if (this.data !== undefined) words.push("--data", this.data);
    const command = [tandem, ...words];
    if (this.core !== null) command.unshift("taskset", "-c", String(this.core));
    const start = performance.now();
    this.#child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
    running.add(this.#child);
    const said = await this.#listening();
    this.ready_ms = performance.now() - start;
    this.url = said.find((line) => line.startsWith("listening on ")).slice("listening on ".length);
    this.port = Number(new URL(this.url).port);
    // A store in memory tells its administrator when it starts.
    this.#key ??= JSON.parse(said.find((line) => line.startsWith("{"))).admin_key;
    return this;
  }

  #listening() {
    return new Promise((done, refuse) => {
      let text = "";
      const late = setTimeout(() => refuse(new Error("the hub does not listen")), kStartMs);
      this.#child.stdout.setEncoding("utf8").on("data", (more) => {
        text += more;
        if (!/^listening on .*\n/m.test(text)) return;
        clearTimeout(late);
        done(text.split("\n"));
      });
      const child = this.#child;
      child.on("exit", (code) => {
        running.delete(child);
        refuse(new Error(`the hub ended with ${code}`));
      });
    });
  }

  /** The administrator's. */
  get key() {
    return this.#key;
  }
  get pid() {
    return this.#child.pid;
  }

  /**
   * Seconds on a core since the start, thread by thread; the first thread serves the connections,
   * the others store. From schedstat, which counts nanoseconds where stat counts ticks of 10 ms.
   */
  cpu() {
    const threads = readdirSync(`/proc/${this.pid}/task`).map(Number);
    const seconds = threads
      .sort((one, other) => one - other)
      .map((thread) => {
        const text = readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, "utf8");
        return Number(text.split(" ")[0]) / 1e9;
      });
    const [loop, ...others] = seconds;
    const rest = others.reduce((sum, each) => sum + each, 0);
    return { loop, rest, all: loop + rest };
  }

  /** Memory in bytes: resident, the part of it that is the hub's own, and the most it has had. */
  memory() {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    const field = (name) => {
      const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status);
      return Number(found[1]) * 1024;
    };
    return { resident: field("VmRSS"), own: field("RssAnon"), most: field("VmHWM") };
  }

  async ask(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** Makes `count` devices, with a key each unless told otherwise: the keys. */
  async devices(count, { prefix = "bench", keys = true } = {}) {
    const made = new Array(count);
    let next = 0;
    const some = async () => {
      for (let at = next++; at < count; at = next++) {
        const id = `${prefix}-${at}`;
        await this.ask("POST", "/v1/devices", { id });
        if (keys) made[at] = (await this.ask("POST", `/v1/devices/${id}/keys`, {})).key;
      }
    };
    await Promise.all(Array.from({ length: 16 }, some));
    return made;
  }

  /** Ends it as a failing machine would. */
  async kill() {
    const ended = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await ended;
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once("exit", done));
    const late = setTimeout(() => this.#child.kill("SIGKILL"), kStopMs);
    this.#child.kill("SIGTERM");
    await ended;
    clearTimeout(late);
  }
}

function firstLine(program, ...words) {
  try {
    return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .split("\n")[0]
      .trim();
  } catch {
    return "unknown";
  }
}

/** What a figure depends on beside the hub. */
export function machine(folder = tmpdir()) {
  return {
    date: new Date().toISOString(),
    command: ["node", ...process.argv.slice(1)].join(" ").replaceAll(process.cwd() + "/", ""),
    commit: firstLine("git", "rev-parse", "--short", "HEAD"),
    cores: cpus().length,
    cpu: cpus()[0].model,
    memory_bytes: totalmem(),
    kernel: release(),
    node: process.version,
    filesystem: firstLine("stat", "-f", "-c", "%T", folder),
    load_average: loadavg().map((each) => Number(each.toFixed(2))),
  };
}
