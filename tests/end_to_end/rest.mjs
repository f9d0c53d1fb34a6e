// The REST door, as the tests use it: one connection, kept alive, in JSON, CBOR or XML.
import { Client } from "undici";

import { decode, encode } from "./cbor.mjs";
import { codings, types } from "./formats.mjs";
import { fromXml, problemFromXml, toXml } from "./markup.mjs";

const kEncoders = { json: (value) => Buffer.from(JSON.stringify(value)), cbor: encode, xml: toXml };

export class RestClient {
  #client;
  /** How often the connection was lost. */
  losses = 0;

  /** `from`: the local address. `own`: the client's certificate, `{cert, key}`. */
  constructor(url, key, { encoding = "json", pipelining = 1, ca, headers = {}, from, own } = {}) {
    this.key = key;
    this.encoding = encoding;
    this.headers = headers;
    this.#client = new Client(url, {
      pipelining,
      headersTimeout: 90_000,
      bodyTimeout: 90_000,
      keepAliveTimeout: 60_000,
      localAddress: from,
      connect: { ca, ...own },
    });
    this.#client.on("disconnect", () => (this.losses += 1));
  }

  /**
   * Asks. `body` is a value to encode, or bytes to send as they are. Gives status, headers and the
   * decoded body, and its bytes as `raw`, their coding undone; `body` is `null` where there is
   * none, text where it is neither JSON nor CBOR nor XML.
   */
  async ask(method, path, body, headers = {}) {
    let bytes = null;
    if (body !== undefined) {
      headers = { "content-type": types[this.encoding], ...headers };
      bytes = body instanceof Uint8Array ? body : kEncoders[this.encoding](body);
    }
    // What the tests send may be sent again: a reading has an identity.
    const answer = await this.#client.request({
      method,
      path,
      headers: this.#sent(headers),
      body: bytes,
      idempotent: true,
      blocking: false,
    });
    const raw = uncoded(Buffer.from(await answer.body.arrayBuffer()), answer.headers);
    const decoded = read(raw, answer.headers);
    return { status: answer.statusCode, headers: answer.headers, body: decoded, raw };
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

  /** Asks for what is too long to be kept: `body` is a stream, to be read or destroyed. */
  async open(path, headers = {}) {
    const answer = await this.#client.request({
      method: "GET",
      path,
      headers: this.#sent(headers),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  }

  /** What is sent with every request, then the request's own; null takes one away. */
  #sent(headers) {
    const sent = { accept: types[this.encoding], ...this.headers, ...headers };
    if (this.key) sent.authorization ??= `Bearer ${this.key}`;
    for (const name of Object.keys(sent)) if (sent[name] === null) delete sent[name];
    return sent;
  }

  close() {
    this.#client.destroy().catch(() => {});
  }
}

function uncoded(raw, headers) {
  const coding = headers["content-encoding"];
  return coding === undefined || raw.length === 0 ? raw : codings[coding].unpack(raw);
}

function read(raw, headers) {
  if (raw.length === 0) return null;
  const type = (headers["content-type"] ?? "").split(";")[0].trim();
  if (/[/+]cbor$/.test(type)) return decode(raw);
  if (/[/+]json$/.test(type)) return JSON.parse(raw.toString());
  if (type === types.xml) return fromXml(raw);
  return type === "application/problem+xml" ? problemFromXml(raw) : raw.toString();
}
