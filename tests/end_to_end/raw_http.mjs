// HTTP/1.1 by hand, for bytes that no client would send: a connection, and what came back on it.
import { connect } from "node:net";

import { Lookout } from "./wait.mjs";

const kAnswerMs = 10_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
// RFC 9110 sections 6.4.1, 15.3.5, 15.4.5.
const isBodiless = (status) => status < 200 || status === 204 || status === 304;

/**
 * Splits bytes into answers, `{status, headers, body}` each, and what is left. `heads`: they are
 * answers to HEAD, which have no body whatever their head says.
 */
export function readAnswers(bytes, { heads = false } = {}) {
  const answers = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return { answers, rest };
    const [line, ...fields] = rest.toString("latin1", 0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(line)?.[1]);
    if (Number.isNaN(status)) return { answers, rest };
    const headers = {};
    for (const field of fields) {
      const colon = field.indexOf(":");
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
    }
    const length = heads || isBodiless(status) ? 0 : Number(headers["content-length"]);
    const begin = end + 4;
    if (!(rest.length >= begin + length)) return { answers, rest };
    answers.push({ status, headers, body: rest.subarray(begin, begin + length) });
    rest = rest.subarray(begin + length);
  }
}

/** A TCP connection that says what came and how it ended, and waits for either. */
export class RawConnection {
  #socket;
  #chunks = [];
  #lookout = new Lookout();
  /** The other side has sent all that it will, or the connection broke. */
  ended = false;
  /** Why it broke, where it did. */
  error = null;

  constructor(port, { heads = false, host = "127.0.0.1", localAddress } = {}) {
    this.heads = heads;
    this.#socket = connect({ port, host, localAddress, allowHalfOpen: true, noDelay: true });
    this.connected = new Promise((done) => {
      this.#socket.once("connect", done);
      this.#socket.once("close", done);
    });
    this.#socket.on("data", (bytes) => {
      this.#chunks.push(bytes);
      this.#lookout.notice();
    });
    this.#socket.on("end", () => this.#over());
    this.#socket.on("close", () => this.#over());
    this.#socket.on("error", (error) => (this.error = error));
  }

  #over() {
    this.ended = true;
    this.#lookout.notice();
  }

  get bytes() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }
  /** `{answers, rest}`; 100 Continue is left out. */
  get said() {
    const { answers, rest } = readAnswers(this.bytes, this);
    return { answers: answers.filter(({ status }) => status !== 100), rest };
  }

  /** Bytes as one write; nothing happens once the other side has ended. */
  write(bytes) {
    if (!this.ended && bytes.length > 0) this.#socket.write(bytes);
  }
  /** Every byte as a write of its own, others having their turn in between. */
  async trickle(bytes) {
    await this.connected;
    for (let at = 0; at < bytes.length && !this.ended; ++at) {
      this.write(bytes.subarray(at, at + 1));
      await new Promise((done) => setImmediate(done));
    }
  }
  /** No more will be sent (FIN); what comes is still heard. */
  end() {
    this.#socket.end();
  }
  close() {
    this.#socket.destroy();
  }

  /** Whether the other side ended the connection in time. */
  untilEnded(ms = kAnswerMs) {
    return this.#lookout.until(() => this.ended, ms);
  }
  /** Whether so many answers came, or the end, in time. */
  untilAnswers(count, ms = kAnswerMs) {
    return this.#lookout.until(() => this.ended || this.said.answers.length >= count, ms);
  }
}

/** Sends one request on a connection of its own; its answer. */
export async function askOnce(port, bytes, options) {
  const connection = new RawConnection(port, options);
  connection.write(bytes);
  const came = await connection.untilAnswers(1);
  const answer = connection.said.answers[0];
  connection.close();
  if (!came || answer === undefined) throw new Error(`no answer; ${connection.error?.message}`);
  return answer;
}
