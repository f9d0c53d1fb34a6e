// bench/echo_server, started with the options that cases want: the hub's own engine, which sends every
// message back.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { freshFolder, runNow, start } from "../hub.mjs";
import { within } from "../wait.mjs";
import { Peer } from "./client.mjs";
import { text } from "./frames.mjs";

const kStartMs = 20_000;
const kStopMs = 15_000;
// Far above what a message takes, however slowly its bytes are written: the limit has cases of its own.
const kOpenLimits = { "ws.message_time": 120 };

export const echoServer = process.env.ECHO_SERVER;

/** A certificate for localhost that lasts two days: `{cert, key, ca}`. */
export function makeCertificate() {
  const folder = freshFolder();
  const made = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const { code, err } = runNow("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ..."-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(" "),
    ...["-out", made.cert, "-keyout", made.key],
  ]);
  if (code !== 0) throw new Error(`openssl: ${err}`);
  return { ...made, ca: readFileSync(made.cert) };
}

export class EchoServer {
  #child;
  #standing;

  /** Starts it: `tls` is a certificate, `deflate` whether it compresses, `set` are limits by name. */
  static async start({ tls, deflate = false, set = {} } = {}) {
    const server = new EchoServer();
    const words = ["--listen", "127.0.0.1:0"];
    if (tls) words.push("--tls-cert", tls.cert, "--tls-key", tls.key);
    if (deflate) words.push("--deflate");
    for (const [name, value] of Object.entries({ ...kOpenLimits, ...set }))
      words.push("--limit", `${name}=${value}`);
    server.#child = start(echoServer, words);
    const said = (line) => line.startsWith("listening on ");
    const line = await server.#child.lines.find(said, kStartMs, "the echo server to listen");
    server.port = Number(new URL(line.slice("listening on ".length)).port);
    server.ca = tls?.ca;
    server.pid = server.#child.process.pid;
    return server;
  }

  /** Whether somebody who has been there all the time is still answered. */
  async alive() {
    this.#standing ??= Peer.open(this);
    const peer = await this.#standing;
    const before = peer.events.length;
    await peer.write(text("alive"));
    const came = await peer.untilEvents(before + 1);
    const [kind, payload] = peer.events[before] ?? [];
    if (!came || kind !== "text" || payload.toString() !== "alive") {
      throw new Error("the server does not answer others any more");
    }
  }

  async stop() {
    (await this.#standing)?.destroy();
    this.#child.process.kill("SIGTERM");
    const { code, signal } = await within(kStopMs, "the echo server's end", this.#child.ended);
    if (code !== 0) throw new Error(`the echo server ended with ${code ?? signal}`);
  }
}
