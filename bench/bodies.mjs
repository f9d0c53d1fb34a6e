// The readings that are sent. Each has a time of its own, one millisecond after the one before it
// on the same device, so that every reading is a new row; and a value with one decimal, as a
// thermometer's. They are written by hand: encoding must not be what is measured.

const kDays = 24 * 60 * 60 * 1000;

/** Times and values of one device, going on from call to call. */
export class Thermometer {
  #time = Date.now() - 300 * kDays;
  #tenth = 0;

  next() {
    this.#tenth = (this.#tenth + 7) % 100;
    return { time: this.#time++, tenth: 200 + this.#tenth };
  }
}

function jsonReading(thermometer) {
  const { time, tenth } = thermometer.next();
  return `{"t":${time},"v":{"temperature":${Math.floor(tenth / 10)}.${tenth % 10}}}`;
}

/** A body of `telemetry.write` in JSON: one reading, or a list of `count`. */
export function jsonBody(thermometer, count) {
  if (count === 1) return jsonReading(thermometer);
  const readings = new Array(count);
  for (let at = 0; at < count; at += 1) readings[at] = jsonReading(thermometer);
  return `[${readings.join(",")}]`;
}

/** A WebSocket message in JSON that asks for a reply. */
export function jsonMessage(thermometer, count, id) {
  const body = jsonBody(thermometer, count);
  return `{"id":${id},"op":"telemetry.write","path":{"device":"me"},"body":${body}}`;
}

const text = (word) => Buffer.from([0x60 + word.length, ...Buffer.from(word)]);
const kBefore = Buffer.concat([
  Buffer.from([0xa4]),
  text("op"),
  text("telemetry.write"),
  text("path"),
  Buffer.from([0xa1]),
  text("device"),
  text("me"),
  text("id"),
  Buffer.from([0x1a]),
]);
const kTime = Buffer.from([0xa2, 0x61, 0x74, 0x1b]);
const kValue = Buffer.concat([
  text("v"),
  Buffer.from([0xa1]),
  text("temperature"),
  Buffer.from([0xfb]),
]);

/** The same in CBOR (RFC 8949): times as 64-bit integers, values as doubles. */
export function cborMessage(thermometer, count, id) {
  const each = kTime.length + 8 + kValue.length + 8;
  const list = count > 1 ? 2 : 0;
  const bytes = Buffer.allocUnsafe(kBefore.length + 4 + 5 + list + count * each);
  let at = kBefore.copy(bytes);
  at = bytes.writeUInt32BE(id, at);
  at += text("body").copy(bytes, at);
  if (count > 1) {
    bytes[at] = 0x98; // A list whose length is in the next byte.
    bytes[at + 1] = count;
    at += 2;
  }
  for (let reading = 0; reading < count; reading += 1) {
    const { time, tenth } = thermometer.next();
    at += kTime.copy(bytes, at);
    at = bytes.writeUInt32BE(Math.floor(time / 0x1_0000_0000), at);
    at = bytes.writeUInt32BE(time >>> 0, at);
    at += kValue.copy(bytes, at);
    at = bytes.writeDoubleBE(tenth / 10, at);
  }
  return bytes;
}
