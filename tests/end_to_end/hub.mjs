// A hub of the built program on a directory of its own, and what the tests ask of it again and
// again. Whatever was started is ended by its process id, also when a test fails.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { RestClient } from "./rest.mjs";
import { SocketClient } from "./socket.mjs";
import { Mailbox, within } from "./wait.mjs";

const kStartMs = 20_000;
const kStopMs = 15_000;

/** The program under test. */
export const tandem = resolve(process.env.TANDEM ?? "build/release/tandem");

const running = new Set();
const folders = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A fresh directory that goes when the tests end. */
export function freshFolder(name = "tandem") {
  const folder = mkdtempSync(join(tmpdir(), `${name}-e2e-`));
  folders.add(folder);
  return folder;
}

/** Runs a program to its end: `{code, out, err}`. For those that need nothing of this process. */
export function runNow(program, words, { env = {}, input = "", ms = 30_000 } = {}) {
  const done = spawnSync(program, words, {
    env: { ...process.env, ...env },
    input,
    encoding: "utf8",
    timeout: ms,
  });
  if (done.error) throw new Error(`${program} ${words[0]}: ${done.error.message}`);
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** The same for programs that this process serves while they run. */
export async function runBeside(program, words, { env = {}, input, ms = 30_000 } = {}) {
  const child = start(program, words, env);
  if (input !== undefined) child.process.stdin.end(input);
  const { code } = await within(ms, `the end of ${program} ${words[0]}`, child.ended);
  return { code, out: child.out, err: child.err };
}

/** Starts a program; `lines` has what it prints, line by line, and `ended` how it ends. */
export function start(program, words, env = {}) {
  const child = spawn(program, words, { env: { ...process.env, ...env } });
  running.add(child);
  const made = { process: child, lines: new Mailbox(), out: "", err: "" };
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    made.out += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) made.lines.add(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (made.err += text));
  made.ended = new Promise((done) => {
    child.on("error", (error) => {
      running.delete(child);
      made.lines.end(error);
      done({ code: null, signal: null, error });
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      const how = code === null ? signal : `exit code ${code}`;
      made.lines.end(new Error(`${program} ${words[0]} ended with ${how}: ${made.err}`));
      done({ code, signal });
    });
  });
  return made;
}

// Far above what a test sends: limits have tests of their own.
const kOpenLimits = {
  readings_per_second: 1e9,
  readings_burst: 1e9,
  requests_per_second: 1e9,
  requests_burst: 1e9,
  "requests.in_flight": 1e9,
  "requests.in_flight_all": 1e9,
  "ws.messages_per_second": 1e9,
  "ws.messages_burst": 1e9,
  "ws.device_connects": 1e9,
  "ws.connects": 1e9,
};

export class Hub {
  #child = null;
  #admin = null;
  #sockets = new Set();
  /** Whether it has been told to end: connections that break are no failure then. */
  ending = false;

  /** `under`: what the program is run by, as `["taskset", "-c", "0"]`; it has to become it. */
  constructor({ data, admin, words = [], limits, listen = "127.0.0.1:0", tls, under = [] }) {
    this.data = data;
    this.listen = listen;
    this.admin = admin;
    this.limits = limits ?? kOpenLimits;
    this.words = words;
    this.under = under;
    this.tls = tls;
  }

  /** Starts, or starts again on the same data. Resolves when it listens. */
  async start() {
    const words = ["serve", "--data", this.data, "--listen", this.listen, ...this.words];
    // TANDEM_LOOPS: the same tests on a hub with so many event loops.
    const loops = process.env.TANDEM_LOOPS;
    if (loops && !words.includes("--loops")) words.push("--loops", loops);
    for (const [name, value] of Object.entries(this.limits))
      words.push("--limit", `${name}=${value}`);
    if (this.tls) words.push("--tls-cert", this.tls.cert, "--tls-key", this.tls.key);
    this.ending = false;
    const [program, ...rest] = [...this.under, tandem, ...words];
    this.#child = start(program, rest);
    const line = await this.#child.lines.find(
      (each) => each.startsWith("listening on "),
      kStartMs,
      "the hub to listen",
    );
    this.url = line.slice("listening on ".length);
    this.pid = this.#child.process.pid;
    this.#child.ended.then(({ code, signal }) => {
      if (!this.ending) console.error(`the hub ended with ${code ?? signal}:\n${this.log}`);
    });
    return this;
  }

  get wsUrl() {
    return this.url.replace(/^http/, "ws") + "/v1/stream";
  }
  get host() {
    return new URL(this.url).host;
  }
  get log() {
    return this.#child.err;
  }
  get ended() {
    return this.#child.ended;
  }

  /** A REST client with the administrator's key, kept open. */
  get rest() {
    this.#admin ??= this.client(this.admin.admin_key);
    return this.#admin;
  }
  client(key, options = {}) {
    const made = new RestClient(this.url, key, { ca: this.tls?.ca, ...options });
    this.#sockets.add(made);
    return made;
  }
  async socket(key, { query = "", ...options } = {}) {
    const made = new SocketClient(this.wsUrl + query, key, { ca: this.tls?.ca, ...options });
    this.#sockets.add(made);
    await made.opened();
    return made;
  }
  /** A socket of the administrator's that follows what `filter` says. */
  async follow(filter, options = {}) {
    const socket = await this.socket(this.admin.admin_key, options);
    const reply = await socket.call("stream.subscribe", { body: filter });
    if (reply.status !== 200) throw new Error(`subscribe: ${JSON.stringify(reply)}`);
    return socket;
  }

  /** Makes a device with a key: `{id, key, keyId}`. */
  async device(id, fields = {}) {
    await this.rest.must("POST", "/v1/devices", { id, ...fields });
    return { id, ...(await this.key(id)) };
  }
  async key(id) {
    const made = await this.rest.must("POST", `/v1/devices/${id}/keys`, {});
    return { key: made.body.key, keyId: made.body.id };
  }

  /** Runs `tandem` with `--data` of this hub. */
  cli(...words) {
    return runBeside(tandem, [...words, "--data", this.data]);
  }
  /** Runs `tandem` as a client of this hub with a key. */
  remote(key, ...words) {
    return runBeside(tandem, words, { env: { TANDEM_URL: this.url, TANDEM_KEY: key } });
  }

  signal(name) {
    this.#child.process.kill(name);
  }
  /** Ends it as an operator would. Resolves with `{code, signal}`. */
  async stop(name = "SIGTERM") {
    if (this.#child === null) return { code: null, signal: null };
    this.ending = true;
    this.signal(name);
    const how = await within(kStopMs, `the hub to end after ${name}`, this.#child.ended);
    this.closeClients();
    return how;
  }
  kill() {
    return this.stop("SIGKILL");
  }
  closeClients() {
    for (const each of this.#sockets) each.close();
    this.#sockets.clear();
    this.#admin = null;
  }
}

/** Makes a data directory with its administrator: what `tandem init` prints, and the directory. */
export function initialise(data = join(freshFolder(), "data")) {
  const made = runNow(tandem, ["init", "--data", data]);
  if (made.code !== 0) throw new Error(`tandem init: ${made.err}`);
  return { data, admin: JSON.parse(made.out) };
}

/** The same as a copy of one that was made before: several times as fast, and of the same secrets. */
let made;
function initialised() {
  made ??= initialise();
  const data = join(freshFolder(), "data");
  cpSync(made.data, data, { recursive: true });
  return { data, admin: made.admin };
}

/** A running hub that ends with the test `t`. */
export async function startHub(t, options = {}) {
  const hub = new Hub({ ...initialised(), ...options });
  t.after(async () => {
    hub.closeClients();
    await hub.stop("SIGTERM").catch(() => hub.kill());
  });
  return await hub.start();
}
