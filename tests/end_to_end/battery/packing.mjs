// Messages compressed as RFC 7692 section 7.2.1 says, by Node's zlib.
import { constants, deflateRawSync } from "node:zlib";

import { fragmented, frame, kinds, pieces } from "./frames.mjs";

const kTailBytes = 4;
/** RSV1: the message is compressed. */
export const kCompressed = 4;

/** Compressed bytes; `tail` keeps the four that a sender leaves out. */
export function pack(payload, { tail = false, ...options } = {}) {
  const packed = deflateRawSync(Buffer.from(payload), {
    finishFlush: constants.Z_SYNC_FLUSH,
    ...options,
  });
  return tail ? packed : packed.subarray(0, packed.length - kTailBytes);
}

/** Blocks of their own for each part, with an empty one after each. */
export const packParts = (parts, options) =>
  Buffer.concat(parts.map((part, at) => pack(part, { ...options, tail: at < parts.length - 1 })));

/** A frame of compressed bytes. */
export const packedFrame = (kind, packed) => frame(kinds[kind], packed, { rsv: kCompressed });
export const packedText = (payload, options) => packedFrame("text", pack(payload, options));
/** Compressed bytes in fragments of this size. */
export const packedFragments = (kind, packed, size, more) =>
  fragmented(kinds[kind], pieces(packed, size), { rsv: kCompressed, ...more });
