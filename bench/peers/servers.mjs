// The servers that are compared, each on a free port of 127.0.0.1 and on one core. Settings and
// data are in a directory that goes with the program; each server is ended by its process id.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { freshFolder } from "../hub.mjs";
import { certificate } from "./certificate.mjs";

const kStartMs = 10_000;
const kStopMs = 5_000;

const here = dirname(fileURLToPath(import.meta.url));
const built = resolve(process.env.TANDEM_BENCH ?? "build/release/bench");
const echoServer = resolve(process.env.ECHO_SERVER ?? join(built, "echo_server"));
export const load = join(built, "load");

/** What the engine is asked not to count, as a measurement asks what it can do. */
const kOpenLimits = ["--limit", "http.requests_per_connection=1000000000"];
const tandem = (...words) => [echoServer, "--listen", "127.0.0.1:0", ...kOpenLimits, ...words];

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function installed(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, program)).find(existsSync) ?? program;
}

function freePort() {
  return new Promise((done, refuse) => {
    const server = createServer().once("error", refuse);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

const isRoot = process.getuid?.() === 0;

// One process instead of a master and a worker: what is measured and ended is one id.
const nginxSettings = (folder, port) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log crit;
events { worker_connections 20000; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((each) => `${each}_temp_path ${folder}/${each};`)
    .join("\n  ")}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 204; }
  }
}
`;

// Mosquitto 2.0.11 does not start on WebSockets alone.
const mosquittoSettings = (port, other) => `
${isRoot ? "user root" : ""}
listener ${other} 127.0.0.1
listener ${port} 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
log_dest none
set_tcp_nodelay true
`;

const natsSettings = (port, other) => `
listen: "127.0.0.1:${other}"
websocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }
`;

/** Writes what a server that is told its port reads, and gives the command. */
async function configured(program, settings, command) {
  const folder = freshFolder();
  const port = await freePort();
  const file = join(folder, `${program}.conf`);
  writeFileSync(file, settings(folder, port, await freePort()));
  return { command: [installed(program), ...command(file, folder)], port };
}

const kServers = {
  "floor, WebSocket": () => ({ command: [join(built, "floor"), "--ws"] }),
  "floor, fan-out": () => ({ command: [join(built, "floor"), "--fanout"] }),
  "floor, POST": () => ({ command: [join(built, "floor"), "--http"] }),
  tandem: () => ({ command: tandem() }),
  "tandem with io_uring": () => ({ command: tandem("--backend", "io_uring") }),
  "tandem over TLS": () => {
    const { file, key } = certificate();
    return { command: tandem("--tls-cert", file, "--tls-key", key) };
  },
  beast: () => ({ command: [join(built, "peers/beast")] }),
  libwebsockets: () => ({ command: [join(built, "peers/lws")] }),
  ws: () => ({ command: [process.execPath, join(here, "ws.mjs")] }),
  nginx: () =>
    configured("nginx", nginxSettings, (file, folder) => [
      ...["-c", file, "-p", folder, "-e", join(folder, "error.log")],
    ]),
  mosquitto: () =>
    configured(
      "mosquitto",
      (_, port, other) => mosquittoSettings(port, other),
      (file) => ["-c", file],
    ),
  nats: () =>
    configured(
      "nats-server",
      (_, port, other) => natsSettings(port, other),
      (file) => ["-c", file],
    ),
};

function connects(port) {
  return new Promise((done) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.once("connect", () => socket.destroy());
  });
}

export class Server {
  #child;

  /** Starts it on a core and waits until it listens; fails when it does not. */
  static async start(name, core) {
    const server = new Server();
    const { command, port } = await kServers[name]();
    if (!existsSync(command[0])) throw new Error(`${command[0]} is not there`);
    // All the sockets that it may have; `exec` keeps the process id.
    const shell = 'ulimit -n "$(ulimit -Hn)"; exec taskset -c "$@"';
    const words = ["-c", shell, "sh", String(core), ...command];
    server.#child = spawn("sh", words, { stdio: ["ignore", "pipe", "ignore"] });
    running.add(server.#child);
    server.#child.once("exit", () => running.delete(server.#child));
    try {
      server.port = await (port === undefined ? server.#said() : server.#answers(port));
    } catch (error) {
      server.#child.kill("SIGKILL");
      throw new Error(`${name}: ${error.message}`);
    }
    return server;
  }

  get pid() {
    return this.#child.pid;
  }

  /** The port that it says it listens on. */
  #said() {
    return new Promise((done, refuse) => {
      let text = "";
      const late = setTimeout(() => refuse(new Error("does not listen")), kStartMs);
      this.#child.once("exit", (code) => refuse(new Error(`has ended with ${code}`)));
      this.#child.stdout.setEncoding("utf8").on("data", (more) => {
        text += more;
        const found = /^listening on (?:\S+:)?(\d+)\n/m.exec(text);
        if (found === null) return;
        clearTimeout(late);
        done(Number(found[1]));
      });
    });
  }

  /** The port that it was told, once it answers there. */
  async #answers(port) {
    const deadline = performance.now() + kStartMs;
    while (!(await connects(port))) {
      if (this.#child.exitCode !== null) throw new Error(`has ended with ${this.#child.exitCode}`);
      if (performance.now() > deadline) throw new Error("does not listen");
      await new Promise((done) => setTimeout(done, 20));
    }
    return port;
  }

  async stop() {
    if (!running.has(this.#child)) return;
    const ended = new Promise((done) => this.#child.once("exit", done));
    const late = setTimeout(() => this.#child.kill("SIGKILL"), kStopMs);
    this.#child.kill("SIGTERM");
    await ended;
    clearTimeout(late);
  }
}
