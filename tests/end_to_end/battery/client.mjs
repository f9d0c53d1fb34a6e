// A WebSocket client that sends what it is told to, byte by byte if need be, and notes what comes.
import { createHash, randomBytes } from "node:crypto";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";

import { Lookout } from "../wait.mjs";
import { FrameReader } from "./reader.mjs";

const kWaitMs = 10_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
// RFC 6455 section 1.3.
const kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
// How many writes before others have their turn.
const kWritesAtOnce = 16;

/** The parameters of permessage-deflate that a server's answer names, or null without it. */
export function readAgreement(header) {
  if (header === undefined) return null;
  const [name, ...parameters] = header.split(";").map((each) => each.trim());
  if (name !== "permessage-deflate") return { broken: header };
  const agreed = {};
  for (const each of parameters) {
    const [, key, value] = /^([\w-]+)(?:=(\w+))?$/.exec(each) ?? [null, `broken ${each}`];
    if (key in agreed) return { broken: header };
    agreed[key] = value === undefined ? true : Number(value);
  }
  return agreed;
}

export class Peer {
  #socket;
  #reader = null;
  #head = Buffer.alloc(0);
  #lookout = new Lookout();
  #writes = 0;
  events = [];
  /** The server has sent all that it will, or the connection broke. */
  ended = false;
  error = null;
  /** What the handshake was answered: `{status, headers}`. */
  answer = null;

  /** Opens a socket; `extensions` is offered, a list in fields of their own, `fields` are more lines. */
  static async open(server, { extensions, path = "/", fields = [] } = {}) {
    const peer = new Peer(server);
    const key = randomBytes(16).toString("base64");
    const offers = [extensions ?? []].flat();
    peer.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
        offers.map((each) => `Sec-WebSocket-Extensions: ${each}\r\n`).join("") +
        fields.map((each) => `${each}\r\n`).join("") +
        "\r\n",
    );
    const came = await peer.#lookout.until(() => peer.answer !== null || peer.ended, kWaitMs);
    if (!came || peer.answer === null) throw new Error(`no handshake: ${peer.error?.message}`);
    const accept = createHash("sha1").update(`${key}${kGuid}`).digest("base64");
    if (peer.answer.status === 101 && peer.answer.headers["sec-websocket-accept"] !== accept) {
      throw new Error("Sec-WebSocket-Accept is wrong");
    }
    return peer;
  }

  constructor({ port, ca }) {
    const where = { port, host: "127.0.0.1", allowHalfOpen: true };
    this.#socket = ca ? connectTls({ ...where, ca, servername: "localhost" }) : connectPlain(where);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => this.#hear(bytes));
    this.#socket.on("end", () => this.#over());
    this.#socket.on("close", () => this.#over());
    this.#socket.on("error", (error) => (this.error = error));
  }

  get agreed() {
    return readAgreement(this.answer.headers["sec-websocket-extensions"]);
  }
  /** How many messages came compressed. */
  get compressed() {
    return this.#reader?.compressed ?? 0;
  }

  #over() {
    this.ended = true;
    this.#lookout.notice();
  }

  #hear(bytes) {
    if (this.#reader === null) bytes = this.#hearHead(bytes);
    if (bytes !== null) this.events.push(...this.#reader.read(bytes));
    this.#lookout.notice();
  }

  #hearHead(bytes) {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return null;
    const [line, ...fields] = this.#head.toString("latin1", 0, end).split("\r\n");
    const headers = Object.fromEntries(
      fields.map((each) => {
        const colon = each.indexOf(":");
        return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()];
      }),
    );
    this.answer = { status: Number(line.split(" ")[1]), headers };
    const agreed = this.agreed;
    this.#reader = new FrameReader(agreed && { windowBits: agreed.server_max_window_bits ?? 15 });
    return this.#head.subarray(end + 4);
  }

  /** Bytes in pieces of this size, each a write of its own; whole without one. */
  async write(bytes, size = Math.max(bytes.length, 1)) {
    for (let at = 0; at < bytes.length && !this.ended; at += size) {
      this.#socket.write(bytes.subarray(at, at + size));
      if (++this.#writes % kWritesAtOnce === 0) await new Promise((done) => setImmediate(done));
    }
  }
  /** Does not read any more, and so never learns that the other side has ended. */
  deafen() {
    this.#socket.pause();
  }
  destroy() {
    this.#socket.destroy();
  }

  /** Whether so many events came, or the end, in time. */
  untilEvents(count, ms = kWaitMs) {
    return this.#lookout.until(() => this.ended || this.events.length >= count, ms);
  }
  /** Whether the server ended the connection in time. */
  untilEnded(ms = kWaitMs) {
    return this.#lookout.until(() => this.ended, ms);
  }
}
