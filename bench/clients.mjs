// Two clients over bare sockets. They know as much of HTTP/1.1 and RFC 6455 as the hub's answers to
// readings need: a load generator has to cost less than what it loads. All replies that come in one
// piece are answered with one write, as a busy client's would be.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

/** A connection with `window` messages under way. Subclasses say what a message and a reply are. */
class Connection {
  #rest = null;
  #done = null;
  #refuse = null;
  #failure = null;
  underWay = 0;

  constructor(port) {
    this.port = port;
  }

  /** Connects; resolves with the socket. Errors after that end the program: nothing is retried. */
  dial() {
    return new Promise((done, refuse) => {
      const socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
      socket.once("connect", () => done(socket));
      socket.once("error", refuse);
      this.socket = socket;
      this.#rest = null;
    });
  }

  listen(socket) {
    socket.on("data", (bytes) => this.#hear(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      if (socket === this.socket) this.#fail(new Error("the hub has closed the connection"));
    });
  }

  // Also what happens between two runs is told, by the next one.
  #fail(error) {
    this.#failure ??= error;
    this.#refuse?.(this.#failure);
  }

  /**
   * Sends what `next()` gives, with up to `window` unanswered, for as long as `more()` is true;
   * resolves with the number of replies when the last one is there.
   */
  run(next, window, more) {
    this.next = next;
    this.more = more;
    this.replies = 0;
    this.window = window;
    return new Promise((done, refuse) => {
      this.#done = done;
      this.#refuse = refuse;
      if (this.#failure !== null) refuse(this.#failure);
      else this.fill();
    });
  }

  fill() {
    if (this.more()) {
      const pieces = [];
      while (this.underWay < this.window && this.mayISend()) {
        pieces.push(this.wrap(this.next()));
        this.underWay += 1;
      }
      if (pieces.length === 1) this.socket.write(pieces[0]);
      else if (pieces.length > 1) this.socket.write(Buffer.concat(pieces));
    } else if (this.underWay === 0 && this.#done !== null) {
      const done = this.#done;
      this.#done = null;
      done(this.replies);
    }
  }

  mayISend() {
    return true;
  }

  #hear(bytes) {
    try {
      const all = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
      let at = 0;
      for (;;) {
        const end = this.take(all, at);
        if (end < 0) break;
        at = end;
      }
      this.#rest = at < all.length ? all.subarray(at) : null;
      this.fill();
    } catch (error) {
      this.#fail(error);
      this.socket.destroy();
    }
  }

  answered() {
    this.underWay -= 1;
    this.replies += 1;
  }

  close() {
    const socket = this.socket;
    this.socket = null;
    socket?.destroy();
  }
}

// The hub ends a connection after that many requests (docs/reference/limits.md).
const kRequestsPerConnection = 10_000;
const kHeadEnd = Buffer.from("\r\n\r\n");

export class RestConnection extends Connection {
  #sent = 0;

  constructor(port, key) {
    super(port);
    this.head =
      "POST /v1/me/telemetry HTTP/1.1\r\n" +
      `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${key}\r\n` +
      "Content-Type: application/json\r\nContent-Length: ";
  }

  async open() {
    const socket = await this.dial();
    this.#sent = 0;
    this.listen(socket);
    return this;
  }

  mayISend() {
    if (this.#sent === kRequestsPerConnection) return false;
    this.#sent += 1;
    return true;
  }

  wrap(body) {
    return Buffer.from(`${this.head}${body.length}\r\n\r\n${body}`, "latin1");
  }

  take(all, at) {
    const headEnd = all.indexOf(kHeadEnd, at);
    if (headEnd < 0) return -1;
    const head = all.latin1Slice(at, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    const status = head.slice(9, 12);
    const end = headEnd + 4 + (length === null ? 0 : Number(length[1]));
    if (end > all.length) return -1;
    if (status !== "200") throw new Error(`REST: ${all.latin1Slice(at, end)}`);
    this.answered();
    if (this.#sent === kRequestsPerConnection && this.underWay === 0) {
      const old = this.socket;
      this.socket = null;
      old.destroy();
      this.open().then(() => this.fill());
    }
    return end;
  }
}

const kOpcode = { json: 0x1, cbor: 0x2 };
const kClose = 0x8;
const kPing = 0x9;
const kOk = { json: Buffer.from('"status":200'), cbor: Buffer.from("fstatus\x18\xc8", "latin1") };

export class SocketConnection extends Connection {
  constructor(port, key, encoding) {
    super(port);
    this.key = key;
    this.encoding = encoding;
  }

  /** Resolves when the hub has said hello. */
  async open() {
    const socket = await this.dial();
    socket.write(
      "GET /v1/stream HTTP/1.1\r\n" +
        `Host: 127.0.0.1:${this.port}\r\nAuthorization: Bearer ${this.key}\r\n` +
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
        `Sec-WebSocket-Protocol: tandem.v1.${this.encoding}\r\n\r\n`,
    );
    await new Promise((done, refuse) => {
      let got = Buffer.alloc(0);
      const hear = (bytes) => {
        got = Buffer.concat([got, bytes]);
        const end = got.indexOf(kHeadEnd);
        if (end < 0) return;
        if (!got.latin1Slice(0, 12).endsWith("101")) return refuse(new Error(got.latin1Slice()));
        // The first frame, the hello: as long as its second byte says, or the two after that.
        const frame = got.subarray(end + 4);
        if (frame.length < 4) return;
        const short = frame[1] < 126;
        const size = short ? 2 + frame[1] : 4 + frame.readUInt16BE(2);
        if (frame.length < size) return;
        socket.off("data", hear);
        done();
      };
      socket.on("data", hear);
      socket.once("error", refuse);
    });
    this.listen(socket);
    return this;
  }

  /** A final masked frame (RFC 6455, section 5.2) of less than 64 KiB. */
  wrap(payload) {
    const size = payload.length;
    const long = size > 125;
    const frame = Buffer.allocUnsafe((long ? 8 : 6) + size);
    frame[0] = 0x80 | kOpcode[this.encoding];
    frame[1] = 0x80 | (long ? 126 : size);
    if (long) frame.writeUInt16BE(size, 2);
    const start = frame.length - size;
    const mask = (Math.random() * 0x1_0000_0000) >>> 0;
    frame.writeUInt32BE(mask, start - 4);
    if (typeof payload === "string") frame.latin1Write(payload, start);
    else payload.copy(frame, start);
    for (let at = 0; at < size; at += 1) frame[start + at] ^= frame[start - 4 + (at & 3)];
    return frame;
  }

  take(all, at) {
    if (all.length - at < 2) return -1;
    let start = at + 2;
    let size = all[at + 1];
    if (size === 126) {
      if (all.length - at < 4) return -1;
      size = all.readUInt16BE(at + 2);
      start = at + 4;
    }
    if (all.length < start + size) return -1;
    const opcode = all[at] & 0x0f;
    const payload = all.subarray(start, start + size);
    if (opcode === kOpcode[this.encoding]) {
      if (payload.indexOf(kOk[this.encoding]) < 0) {
        throw new Error(`WebSocket: ${payload.latin1Slice()}`);
      }
      this.answered();
    } else if (opcode === kClose) {
      throw new Error(`WebSocket closed: ${payload.latin1Slice(2)}`);
    } else if (opcode === kPing && this.underWay === 0) {
      // An empty pong; under way, frames of ours say that we live.
      this.socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
    }
    return start + size;
  }
}
