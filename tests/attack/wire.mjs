// Raw connections, by the thousand: what is sent is bytes, and what comes back is kept up to a
// size.
import { connect } from "node:net";

import { within } from "../end_to_end/wait.mjs";

const kConnectMs = 20_000;
const kLongMs = 3_600_000;
const kKeptBytes = 64 * 1024;

/** An address of 127.0.0.0/8, another for each number. */
export const sourceAddress = (number) =>
  `127.${1 + ((number >> 16) & 0x7f)}.${(number >> 8) & 0xff}.${2 + (number % 250)}`;

/** Lets `ms` of an attack pass. Not for waiting for something: that is what `within` is for. */
export const pass = (ms) => new Promise((done) => setTimeout(done, ms));

/** One connection. Nothing of it throws: how it ends is in `closed`, `error` and `closedAt`. */
export class Peer {
  #parts = [];
  #kept = 0;
  #looks = new Set();
  received = 0;
  error = null;
  closedAt = null;

  /** `from`: the local address. `reads`: false leaves everything in the kernel. */
  constructor({ port, host = "127.0.0.1", from, reads = true, socket }) {
    this.socket = socket ?? connect({ port, host, localAddress: from, noDelay: true });
    this.began = performance.now();
    if (reads) this.socket.on("data", (bytes) => this.#hear(bytes));
    else this.socket.pause();
    this.opened = new Promise((done) => {
      this.socket.once(socket?.getPeerCertificate ? "secureConnect" : "connect", () => done(true));
      this.socket.once("close", () => done(false));
    });
    this.closed = new Promise((done) => {
      this.socket.once("end", () => this.#over());
      this.socket.on("error", (error) => (this.error = error.code ?? error.message));
      this.socket.once("close", () => {
        this.#over();
        done(this);
      });
    });
  }

  #over() {
    this.closedAt ??= performance.now();
    for (const look of [...this.#looks]) look();
  }
  #hear(bytes) {
    this.received += bytes.length;
    if (this.#kept < kKeptBytes) this.#parts.push(bytes.subarray(0, kKeptBytes - this.#kept));
    this.#kept += bytes.length;
    for (const look of [...this.#looks]) look();
  }

  /** The first 64 KiB of what has come. */
  get bytes() {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0];
  }
  get text() {
    return this.bytes.toString("latin1");
  }
  /** The status of the first answer, 0 without one. */
  get status() {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }
  get open() {
    return this.closedAt === null;
  }
  /** How long it took until the other side ended it. */
  get lasted() {
    return (this.closedAt ?? performance.now()) - this.began;
  }

  write(bytes) {
    if (this.open && this.socket.writable) this.socket.write(bytes);
  }
  /** Writes all of `pieces`, an iterable of buffers, no faster than they are taken. */
  async pour(pieces) {
    let sent = 0;
    for (const piece of pieces) {
      if (!this.open || !this.socket.writable) break;
      sent += 1;
      if (this.socket.write(piece)) continue;
      await Promise.race([new Promise((done) => this.socket.once("drain", done)), this.closed]);
    }
    return sent;
  }

  /** Waits until `look(peer)` is true, or it is closed. False after `ms`. */
  until(look, ms) {
    return new Promise((done) => {
      const finish = (how) => {
        clearTimeout(timer);
        this.#looks.delete(check);
        done(how);
      };
      const timer = setTimeout(() => finish(false), ms);
      const check = () => {
        if (look(this)) finish(true);
        else if (!this.open) finish(false);
      };
      this.#looks.add(check);
      check();
    });
  }
  /** Waits for the other side to end it; whether it has within `ms`. */
  async ends(ms) {
    return (await this.until(() => false, ms)) || !this.open;
  }

  destroy() {
    this.socket.destroy();
  }
}

/** `count` things made by `make(number)`, `atOnce` of them at a time. */
export async function crowd(count, make, atOnce = 200) {
  const made = new Array(count);
  let next = 0;
  const work = async () => {
    while (next < count) {
      const at = next++;
      made[at] = await make(at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
  return made;
}

/** `count` raw connections from as many addresses, each of which has sent `first(number)`. */
export function crowdOf(hub, count, first, options = {}) {
  const { atOnce = 200, reads = true, spread = true, host } = options;
  const port = Number(new URL(hub.url).port);
  return crowd(
    count,
    async (number) => {
      const from = spread ? sourceAddress(number) : undefined;
      const peer = new Peer({ port, host, from, reads });
      await within(kConnectMs, "a connection", peer.opened);
      if (first !== undefined) peer.write(first(number));
      return peer;
    },
    atOnce,
  );
}

export const statuses = (peers) => {
  const counts = {};
  for (const { status } of peers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

// ---------------------------------------------------------------- HTTP

/** A request as text. `headers`: a list of lines. */
export function request(method, target, { host = "127.0.0.1", key, headers = [], body = "" } = {}) {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers];
  if (key !== undefined) lines.push(`Authorization: Bearer ${key}`);
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

// ---------------------------------------------------------------- WebSocket, RFC 6455

export const op = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** The start of a masked frame whose mask is zero; `length` may be a lie. Section 5.2. */
export function frameHead(opcode, length, { fin = true } = {}) {
  const size = BigInt(length);
  const first = (fin ? 0x80 : 0) | opcode;
  const mask = Buffer.alloc(4);
  if (size < 126n) return Buffer.concat([Buffer.from([first, 0x80 | Number(size)]), mask]);
  if (size < 0x10000n) {
    const head = Buffer.from([first, 0x80 | 126, 0, 0]);
    head.writeUInt16BE(Number(size), 2);
    return Buffer.concat([head, mask]);
  }
  const head = Buffer.from([first, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(size, 2);
  return Buffer.concat([head, mask]);
}

export function frame(opcode, payload = "", options) {
  const bytes = Buffer.from(payload);
  return Buffer.concat([frameHead(opcode, bytes.length, options), bytes]);
}

export const message = (value) => frame(op.text, JSON.stringify(value));

/** A request for an upgrade. */
export const upgrade = (key, more = [], host) =>
  request("GET", "/v1/stream", {
    key,
    host,
    headers: [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ...more,
    ],
  });

/** The frames of a server, in what follows the head of its answer: `[{opcode, payload}]`. */
export function framesIn(bytes) {
  const frames = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at >= 4 && at + 2 <= bytes.length) {
    const opcode = bytes[at] & 0x0f;
    let length = bytes[at + 1] & 0x7f;
    let head = 2;
    if (length === 126 && at + 4 <= bytes.length) {
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127 && at + 10 <= bytes.length) {
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (at + head + length > bytes.length) break;
    frames.push({ opcode, payload: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return frames;
}

/** The code of the server's close frame; 0 without one. */
export function closeCode(peer) {
  const found = framesIn(peer.bytes).find(({ opcode }) => opcode === op.close);
  return found === undefined ? 0 : found.payload.readUInt16BE(0);
}

/** Answers the server's pings until it is closed, so that it stays. */
export function answerPings(peer) {
  let answered = 0;
  peer.until(() => {
    const pings = framesIn(peer.bytes).filter(({ opcode }) => opcode === op.ping);
    for (; answered < pings.length; ++answered) peer.write(frame(op.pong, pings[answered].payload));
    return false;
  }, kLongMs);
}

/** Whether the server has said `text` in some frame. */
export const hasSaid = (peer, text) => peer.text.includes(text);

/** `count` WebSockets that are somebody's: `key(number)` says whose. */
export async function webSockets(hub, count, key, options = {}) {
  const peers = await crowdOf(hub, count, (number) => upgrade(key(number)), options);
  if (options.reads === false) return peers;
  await Promise.all(peers.map((peer) => peer.until(() => hasSaid(peer, '"hello"'), kConnectMs)));
  return peers;
}
