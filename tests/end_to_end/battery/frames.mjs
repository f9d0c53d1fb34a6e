// Frames as a client sends them, good or bad. RFC 6455 section 5.2.

export const kContinuation = 0x0;
export const kText = 0x1;
export const kBinary = 0x2;
export const kClose = 0x8;
export const kPing = 0x9;
export const kPong = 0xa;

/** `length` as so many bits say it: 7, 16 or 64; the fewest that will do unless told otherwise. */
function lengthBytes(length, bits) {
  bits ??= length < 126 ? 7 : length <= 0xffff ? 16 : 64;
  if (bits === 7) return { first: Number(length), rest: Buffer.alloc(0) };
  const rest = Buffer.alloc(bits / 8);
  if (bits === 16) rest.writeUInt16BE(Number(length));
  else rest.writeBigUInt64BE(BigInt(length));
  return { first: bits === 16 ? 126 : 127, rest };
}

export function masked(payload, mask) {
  const out = Buffer.from(payload);
  for (let at = 0; at < out.length; ++at) out[at] ^= mask[at % 4];
  return out;
}

// A fixed one, so that what fails once fails again.
const kMask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/**
 * The bytes of a frame. `length` is what its header claims, in so many `bits`; `mask` null sends it
 * bare, as a client may not.
 */
export function frame(opcode, payload = "", { fin = true, rsv = 0, mask = kMask, ...more } = {}) {
  const bytes = Buffer.from(payload);
  const { first, rest } = lengthBytes(more.length ?? bytes.length, more.bits);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode, (mask ? 0x80 : 0) | first];
  if (mask === null) return Buffer.concat([Buffer.from(head), rest, bytes]);
  return Buffer.concat([
    Buffer.from(head),
    rest,
    Buffer.from(mask),
    masked(bytes, Buffer.from(mask)),
  ]);
}

export const text = (payload, more) => frame(kText, payload, more);
export const binary = (payload, more) => frame(kBinary, payload, more);
export const ping = (payload, more) => frame(kPing, payload, more);
export const pong = (payload, more) => frame(kPong, payload, more);

/** A close frame with this code, or with none. */
export function close(code, reason = "", more) {
  if (code === undefined) return frame(kClose, "", more);
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code);
  return frame(kClose, payload, more);
}

/** A message in these fragments; what stands in `between` is sent after each but the last. */
export function fragmented(opcode, parts, { between, rsv = 0 } = {}) {
  const frames = parts.map((part, at) =>
    frame(at === 0 ? opcode : kContinuation, part, {
      fin: at === parts.length - 1,
      rsv: at === 0 ? rsv : 0,
    }),
  );
  if (between === undefined) return Buffer.concat(frames);
  return Buffer.concat(frames.flatMap((each, at) => (at === 0 ? [each] : [between, each])));
}

/** Bytes in pieces of this size. */
export function pieces(bytes, size) {
  const out = [];
  for (let at = 0; at < bytes.length; at += size) out.push(bytes.subarray(at, at + size));
  return out;
}

/** The kinds of messages there are. */
export const kinds = { text: kText, binary: kBinary };
