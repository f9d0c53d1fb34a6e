// What cases are made of. A case is `{name, send, expect}`: `send` is written at once, or in pieces of
// `size` bytes; `expect` are the events that come, no others. A case that does not end with the server's
// close frame is ended by the client with 1000, and has to be answered so.
//
// More of a case: `offer`, what is said about extensions, and `agree`, what has to come of it; `status`, of
// a handshake that is refused; `set`, the limits of the server that it wants; `bare`, only without
// compression; `pongs`, "any" where some of them may come as well.

/** What is echoed. */
export const echo = (kind, payload) => [kind, Buffer.from(payload)];
export const ponged = (payload = "") => ["pong", Buffer.from(payload)];
/** The server closes, with one of these codes. */
export const closed = (...codes) => ["close", codes];

export const kProtocolError = 1002;
export const kNotUtf8 = 1007;
export const kPolicy = 1008;
export const kTooBig = 1009;

/** Text of so many bytes that is not the same everywhere. */
export function letters(length) {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; ++at) out[at] = 0x20 + ((at * 7 + (at >> 8)) % 95);
  return out;
}

/** Cases of a category get their numbers in order. */
export const numbered = (category, cases) =>
  cases.map((each, at) => ({ id: `${category}.${at + 1}`, ...each }));
