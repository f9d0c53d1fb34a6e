// Servers that are not ours, on free ports of the loopback: nginx, HAProxy, and an echo over npm's
// ws. Each ends with its test, by its process id.
import { existsSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";

import { freshFolder, start } from "./hub.mjs";
import { eventually, within } from "./wait.mjs";

// Debian keeps both where only root looks.
const [kNginx, kHaproxy] = ["/usr/sbin/nginx", "/usr/sbin/haproxy"];
const kStartMs = 20_000;

/** For `test(…, { skip })`: why it cannot run here, or false. */
export const withoutProxies = [kNginx, kHaproxy].every((each) => existsSync(each))
  ? false
  : "needs nginx and HAProxy: tools/setup attack";

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const opens = (port) =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.once("connect", () => socket.destroy());
  });

async function running(t, program, words, port) {
  const child = start(program, words);
  t.after(async () => {
    child.process.kill("SIGKILL");
    await child.ended;
  });
  const listens = eventually(kStartMs, `${program} to listen`, () => opens(port));
  const ended = child.ended.then(() => {
    throw new Error(`${program} ended: ${child.err}`);
  });
  await Promise.race([listens, ended]);
  return child;
}

/** nginx with one server of those words. Gives its port and folder. */
export async function startNginx(t, server, http = "") {
  const folder = freshFolder("tandem-nginx");
  const port = await freePort();
  const kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (each) => `${each}_temp_path ${join(folder, each)};`,
  );
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off; master_process off;
     pid ${join(folder, "pid")}; error_log ${join(folder, "error.log")};
     ${process.getuid() === 0 ? "user root;" : ""}
     events { worker_connections 512; }
     http {
       ${kept.join("\n")}
       access_log ${join(folder, "access.log")};
       ${http}
       server { listen 127.0.0.1:${port}; ${server} }
     }`,
  );
  await running(t, kNginx, ["-p", folder, "-c", file, "-e", "stderr"], port);
  return { port, folder, log: join(folder, "access.log") };
}

/** HAProxy with a frontend at a free port and a backend `hub`; `lines` go into its defaults. */
export async function startHaproxy(t, hubPort, { defaults = "", frontend = "", backend = "" }) {
  const folder = freshFolder("tandem-haproxy");
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    `defaults
       mode http
       timeout connect 2s
       ${defaults}
     frontend door
       bind 127.0.0.1:${port}
       ${frontend}
       default_backend hub
     backend hub
       ${backend}
       server hub 127.0.0.1:${hubPort}
`,
  );
  await running(t, kHaproxy, ["-db", "-f", file], port);
  return { port };
}

/** An echo over npm's ws, a process of its own. Gives its port and its process id. */
export async function startEcho(t) {
  const child = start(process.execPath, [new URL("ws_echo.mjs", import.meta.url).pathname]);
  t.after(async () => {
    child.process.kill("SIGKILL");
    await child.ended;
  });
  const line = await within(
    kStartMs,
    "the echo to listen",
    child.lines.find((each) => each.startsWith("port "), kStartMs, "the echo's port"),
  );
  return { port: Number(line.slice("port ".length)), pid: child.process.pid };
}
