// Frames as a server sends them, read strictly: what breaks a rule of RFC 6455 is an event of its own.
import { constants, inflateRawSync } from "node:zlib";

const kTail = Buffer.from([0, 0, 0xff, 0xff]);

/** What a server's bytes say: `{fin, rsv, opcode, payload, size}`, or null while there is too little. */
function readFrame(bytes) {
  if (bytes.length < 2) return null;
  let length = bytes[1] & 0x7f;
  let begin = 2;
  if (length === 126) {
    if (bytes.length < 4) return null;
    length = bytes.readUInt16BE(2);
    begin = 4;
    if (length < 126) throw new Error("a length is longer than it need be");
  } else if (length === 127) {
    if (bytes.length < 10) return null;
    length = Number(bytes.readBigUInt64BE(2));
    begin = 10;
    if (length < 65_536) throw new Error("a length is longer than it need be");
  }
  if (bytes[1] & 0x80) throw new Error("a server's frame is masked");
  if (bytes.length < begin + length) return null;
  return {
    fin: (bytes[0] & 0x80) !== 0,
    rsv: (bytes[0] >> 4) & 7,
    opcode: bytes[0] & 0xf,
    payload: bytes.subarray(begin, begin + length),
    size: begin + length,
  };
}

/**
 * Turns bytes into events: `["text", Buffer]`, `["binary", Buffer]`, `["ping", Buffer]`,
 * `["pong", Buffer]`, `["close", code, reason]`; `["broken", why]` ends it. `deflate` is what was agreed
 * on: `{windowBits}`, or null.
 */
export class FrameReader {
  #rest = Buffer.alloc(0);
  #message = null;
  #over = false;
  /** How many messages came compressed. */
  compressed = 0;

  constructor(deflate = null) {
    this.deflate = deflate;
  }

  read(bytes) {
    const events = [];
    this.#rest = Buffer.concat([this.#rest, bytes]);
    try {
      for (let one; !this.#over && (one = readFrame(this.#rest)) !== null;) {
        this.#rest = this.#rest.subarray(one.size);
        const event = one.opcode >= 8 ? this.#control(one) : this.#data(one);
        if (event !== null) events.push(event);
      }
      if (this.#over && this.#rest.length > 0) throw new Error("bytes after the close frame");
    } catch (error) {
      this.#over = true;
      this.#rest = Buffer.alloc(0);
      events.push(["broken", error.message]);
    }
    return events;
  }

  #control({ fin, rsv, opcode, payload }) {
    if (!fin || rsv !== 0 || payload.length > 125) throw new Error("a bad control frame");
    if (opcode === 9) return ["ping", payload];
    if (opcode === 10) return ["pong", payload];
    if (opcode !== 8) throw new Error(`opcode ${opcode}`);
    this.#over = true;
    if (payload.length === 1) throw new Error("half a close code");
    if (payload.length === 0) return ["close", 1005, ""];
    return ["close", payload.readUInt16BE(), payload.toString("utf8", 2)];
  }

  #data({ fin, rsv, opcode, payload }) {
    if (opcode > 2) throw new Error(`opcode ${opcode}`);
    if ((opcode === 0) !== (this.#message !== null)) throw new Error("a fragment out of place");
    const mayBe = opcode !== 0 && this.deflate !== null ? 4 : 0;
    if ((rsv & ~mayBe) !== 0) throw new Error(`reserved bits ${rsv}`);
    this.#message ??= { opcode, compressed: rsv === 4, parts: [] };
    this.#message.parts.push(payload);
    if (!fin) return null;
    const { opcode: kind, compressed, parts } = this.#message;
    this.#message = null;
    const whole = compressed ? this.#inflate(parts) : Buffer.concat(parts);
    if (kind === 2) return ["binary", whole];
    if (!Buffer.from(whole.toString("utf8")).equals(whole)) throw new Error("text not UTF-8");
    return ["text", whole];
  }

  // With the window that was agreed on and no other: what reaches further back is an error.
  #inflate(parts) {
    this.compressed += 1;
    return inflateRawSync(Buffer.concat([...parts, kTail]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      windowBits: this.deflate.windowBits,
    });
  }
}
