// The REST door, as the tests use it: one connection, kept alive, in JSON or in CBOR.
import { Client } from "undici";

import { decode, encode } from "./cbor.mjs";

const kTypes = { json: "application/json", cbor: "application/cbor" };

export class RestClient {
  #client;
  /** How often the connection was lost. */
  losses = 0;

  constructor(url, key, { encoding = "json", pipelining = 1, ca, headers = {} } = {}) {
    this.key = key;
    this.encoding = encoding;
    this.headers = headers;
    this.#client = new Client(url, {
      pipelining,
      headersTimeout: 90_000,
      bodyTimeout: 90_000,
      keepAliveTimeout: 60_000,
      connect: { ca },
    });
    this.#client.on("disconnect", () => (this.losses += 1));
  }

  /**
   * Asks. `body` is a value to encode, or bytes to send as they are. Gives status, headers and the
   * decoded body; `null` where there is none, text where it is neither JSON nor CBOR.
   */
  async ask(method, path, body, headers = {}) {
    const sent = { accept: kTypes[this.encoding], ...this.headers, ...headers };
    if (this.key) sent.authorization ??= `Bearer ${this.key}`;
    let bytes = null;
    if (body !== undefined) {
      sent["content-type"] ??= kTypes[this.encoding];
      bytes = body instanceof Uint8Array ? body : this.#encode(body);
    }
    for (const name of Object.keys(sent)) if (sent[name] === null) delete sent[name];
    // What the tests send may be sent again: a reading has an identity.
    const answer = await this.#client.request({
      method,
      path,
      headers: sent,
      body: bytes,
      idempotent: true,
      blocking: false,
    });
    const raw = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body: read(raw, answer.headers) };
  }

  /** The same for what has to succeed. */
  async must(method, path, body, headers) {
    const answer = await this.ask(method, path, body, headers);
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }

  get(path, headers) {
    return this.must("GET", path, undefined, headers);
  }

  #encode(value) {
    return this.encoding === "cbor" ? encode(value) : Buffer.from(JSON.stringify(value));
  }

  close() {
    this.#client.destroy().catch(() => {});
  }
}

function read(raw, headers) {
  if (raw.length === 0) return null;
  const type = headers["content-type"] ?? "";
  if (type.includes("cbor")) return decode(raw);
  return type.includes("json") ? JSON.parse(raw.toString()) : raw.toString();
}
