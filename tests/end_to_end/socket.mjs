// The WebSocket door, as the tests use it: calls that are answered by number, and everything that
// comes unasked in the order in which it came.
import WebSocket from "ws";

import { decode, encode } from "./cbor.mjs";
import { Mailbox, within } from "./wait.mjs";

const kReplyMs = 30_000;

export class SocketClient {
  #socket;
  #waiting = new Map();
  #next = 1;
  #opened;
  #closed;

  /** What subscriptions sent: events in order, each with the number of its subscription. */
  events = new Mailbox();
  /** Commands for the device that this socket is. */
  commands = new Mailbox();
  /** Everything else that nobody asked for: hello, gap receipts, refusals without a number. */
  notices = new Mailbox();

  /** `own`: the client's certificate, `{cert, key}`. */
  constructor(url, key, { encoding = "json", ca, headers = {}, protocols, own } = {}) {
    this.encoding = encoding;
    if (key) headers = { authorization: `Bearer ${key}`, ...headers };
    this.#socket = new WebSocket(url, protocols ?? [`tandem.v1.${encoding}`], {
      headers,
      ca,
      ...own,
      perMessageDeflate: false,
    });
    this.#socket.on("message", (bytes, binary) => this.#hear(bytes, binary));
    // `refused` has the hub's answer where there is no socket.
    this.#opened = new Promise((done, refuse) => {
      this.#socket.once("open", done);
      this.#socket.once("unexpected-response", (request, answer) => {
        const chunks = [];
        // The connection may break once the answer is there; that is no news any more.
        for (const each of [request, answer]) each.on("error", refuse);
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const error = new Error(`no socket: ${answer.statusCode} ${Buffer.concat(chunks)}`);
          error.status = answer.statusCode;
          error.body = Buffer.concat(chunks).toString();
          refuse(error);
          this.#socket.terminate();
        });
      });
      this.#socket.on("error", refuse);
    });
    this.#opened.catch(() => {});
    this.#closed = new Promise((done) => {
      this.#socket.on("close", (code, reason) => {
        const how = { code, reason: reason.toString() };
        const error = new Error(`the socket was closed with ${code} ${how.reason}`);
        for (const { refuse } of this.#waiting.values()) refuse(error);
        this.#waiting.clear();
        for (const box of [this.events, this.commands, this.notices]) box.end(error);
        done(how);
      });
    });
  }

  opened() {
    return within(kReplyMs, "the socket to open", this.#opened);
  }
  get protocol() {
    return this.#socket.protocol;
  }
  get open() {
    return this.#socket.readyState === WebSocket.OPEN;
  }
  /** How the hub closed it: `{code, reason}`. */
  closed(ms, what = "the socket to be closed") {
    return within(ms, what, this.#closed);
  }

  /** Calls an operation; resolves with the reply, whatever its status. */
  call(op, { path, query, headers, body } = {}) {
    const id = this.#next++;
    return this.ask({ id, op, path, query, headers, body });
  }
  /** Sends a message that carries a number and waits for what answers it. */
  ask(message) {
    return this.await(message.id, () => this.send(message));
  }
  /** Calls `send` and waits for the reply with this number. */
  await(id, send) {
    const reply = new Promise((done, refuse) => this.#waiting.set(id, { done, refuse }));
    send();
    return within(kReplyMs, `the reply to message ${id}`, reply);
  }
  /** The same for what has to succeed; gives the reply's body. */
  async must(op, call) {
    const reply = await this.call(op, call);
    if (reply.status > 299) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return reply.body ?? null;
  }
  fresh() {
    return this.#next++;
  }

  send(message) {
    this.sendRaw(this.encoding === "cbor" ? encode(message) : JSON.stringify(message));
  }
  /** Text goes as a text frame and bytes as a binary one, unless `binary` says otherwise. */
  sendRaw(payload, binary = typeof payload !== "string") {
    this.#socket.send(payload, { binary });
  }

  close() {
    this.#socket.terminate();
  }

  #hear(bytes, binary) {
    const message = binary ? decode(bytes) : JSON.parse(bytes.toString());
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (waiting !== undefined) {
      this.#waiting.delete(message.id);
      waiting.done(message);
    } else if (message.ev !== undefined) {
      if (message.gap !== undefined) this.notices.add(message);
      for (const event of message.ev) this.events.add({ ...event, sub: message.sub });
    } else if (message.cmd !== undefined) {
      this.commands.add(message.cmd);
    } else {
      this.notices.add(message);
    }
  }
}
