// As much of CBOR (RFC 8949) as JSON values need. The tests' own, so that it shares no mistake with
// the hub's and can write what a good encoder refuses.

const kText = new TextEncoder();
const kRead = new TextDecoder("utf-8", { fatal: true });

/** Bytes that go into the output as they are: for what is wrong on purpose. */
export class Raw {
  constructor(...bytes) {
    this.bytes = Buffer.from(bytes.flat());
  }
}

/** A number that is written as a double even where it is whole. */
export class Double {
  constructor(value) {
    this.value = value;
  }
}

function head(major, count) {
  const first = major << 5;
  if (count < 24) return Buffer.from([first | Number(count)]);
  if (count < 0x100) return Buffer.from([first | 24, Number(count)]);
  if (count < 0x10000) {
    const out = Buffer.from([first | 25, 0, 0]);
    out.writeUInt16BE(Number(count), 1);
    return out;
  }
  if (count < 0x100000000) {
    const out = Buffer.from([first | 26, 0, 0, 0, 0]);
    out.writeUInt32BE(Number(count), 1);
    return out;
  }
  const out = Buffer.alloc(9, first | 27);
  out.writeBigUInt64BE(BigInt(count), 1);
  return out;
}

function double(value) {
  const out = Buffer.alloc(9, 0xfb);
  out.writeDoubleBE(value, 1);
  return out;
}

function number(value) {
  const whole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!whole || Object.is(value, -0)) return double(value);
  return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value);
}

function put(value, out) {
  if (value instanceof Raw) out.push(value.bytes);
  else if (value instanceof Double) out.push(double(value.value));
  else if (value === null) out.push(Buffer.from([0xf6]));
  else if (value === true || value === false) out.push(Buffer.from([value ? 0xf5 : 0xf4]));
  else if (typeof value === "number" || typeof value === "bigint") out.push(number(value));
  else if (typeof value === "string") {
    const bytes = kText.encode(value);
    out.push(head(3, bytes.length), bytes);
  } else if (Array.isArray(value)) {
    out.push(head(4, value.length));
    for (const item of value) put(item, out);
  } else {
    // A Map has keys of other kinds than text: SenML's labels are whole numbers.
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    const members = entries.filter(([, member]) => member !== undefined);
    out.push(head(5, members.length));
    for (const [name, member] of members) {
      put(name, out);
      put(member, out);
    }
  }
}

export function encode(value) {
  const out = [];
  put(value, out);
  return Buffer.concat(out);
}

function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}

class Decoder {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  take(count) {
    if (this.at + count > this.bytes.length) throw new Error("CBOR ends too early");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  count(info) {
    if (info < 24) return info;
    if (info === 24) return this.take(1)[0];
    if (info === 25) return this.take(2).readUInt16BE(0);
    if (info === 26) return this.take(4).readUInt32BE(0);
    if (info !== 27) throw new Error(`CBOR length ${info} is not expected here`);
    const long = this.take(8).readBigUInt64BE(0);
    return long <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(long) : long;
  }

  simple(info) {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info === 25) return half(this.take(2).readUInt16BE(0));
    if (info === 26) return this.take(4).readFloatBE(0);
    if (info === 27) return this.take(8).readDoubleBE(0);
    throw new Error(`CBOR simple value ${info} is not expected here`);
  }

  value() {
    const first = this.take(1)[0];
    const info = first & 31;
    switch (first >> 5) {
      case 0:
        return this.count(info);
      case 1: {
        const count = this.count(info);
        return typeof count === "bigint" ? -1n - count : -1 - count;
      }
      case 2:
        return Buffer.from(this.take(this.count(info)));
      case 3:
        return kRead.decode(this.take(this.count(info)));
      case 4:
        return Array.from({ length: this.count(info) }, () => this.value());
      case 5: {
        const out = {};
        for (let left = this.count(info); left > 0; --left) {
          const name = this.value();
          out[name] = this.value();
        }
        return out;
      }
      case 7:
        return this.simple(info);
      default:
        throw new Error("CBOR tags are not expected here");
    }
  }
}

export function decode(bytes) {
  const decoder = new Decoder(Buffer.from(bytes));
  const value = decoder.value();
  if (decoder.at !== decoder.bytes.length) throw new Error("CBOR goes on after its value");
  return value;
}
