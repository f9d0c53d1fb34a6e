// 13: compressed messages, good, bad and meant to burst. RFC 7692 section 7.2.
import { constants, deflateRawSync } from "node:zlib";

import { binary, fragmented, frame, kContinuation, kText, kinds, ping, text } from "./frames.mjs";
import { kCompressed, pack, packParts, packedFragments, packedFrame } from "./packing.mjs";
import { closed, echo, kNotUtf8, kProtocolError, kTooBig } from "./words.mjs";
import { letters, numbered, ponged } from "./words.mjs";
import { seeded } from "../wait.mjs";

const kMost = 131_072;
const bytesOf = (hex) => Buffer.from(hex.replaceAll(" ", ""), "hex");

const random = seeded(13);
const noise = (length) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
const readings = (length) =>
  Buffer.from('{"t":1732387200000,"v":{"temperature":21.5}},'.repeat(length / 40 + 1), "latin1");
const contents = {
  text: {
    readings: (length) => readings(length).subarray(0, length),
    letters,
    "one letter": (length) => Buffer.alloc(length, "a"),
  },
  binary: { zeros: (length) => Buffer.alloc(length), noise },
};
const kSizes = [0, 1, 16, 64, 255, 511, 512, 513, 1_024, 4_096, 16_384, 65_535, 65_536, kMost];

const payloads = Object.entries(contents).flatMap(([kind, makers]) =>
  Object.entries(makers).flatMap(([content, make]) =>
    kSizes.flatMap((length) => {
      const payload = make(length);
      const name = `${kind}, ${length} bytes of ${content}`;
      const expect = [echo(kind, payload)];
      const packed = pack(payload);
      const plain = { name: `${name}, as it is`, send: frame(kinds[kind], payload), expect };
      // Noise grows: the biggest is too big then.
      if (packed.length > kMost) return [plain];
      return [plain, { name: `${name}, compressed`, send: packedFrame(kind, packed), expect }];
    }),
  ),
);

// How zlib may be told to compress: the stream is another, the message is the same.
const kWays = {
  "stored blocks": { level: 0 },
  "the fastest": { level: 1 },
  "the smallest": { level: 9 },
  "Huffman codes alone": { strategy: constants.Z_HUFFMAN_ONLY },
  "runs alone": { strategy: constants.Z_RLE },
  "fixed codes": { strategy: constants.Z_FIXED },
  "a window of 9 bits": { windowBits: 9 },
  "little memory": { memLevel: 1 },
};
const sample = readings(60_000);
const parts = [sample.subarray(0, 10_000), Buffer.alloc(0), sample.subarray(10_000, 30_000)];
const ways = Object.entries(kWays).flatMap(([name, options]) => [
  {
    name: `compressed with ${name}`,
    send: packedFrame("text", pack(sample, options)),
    expect: [echo("text", sample)],
  },
  {
    name: `compressed with ${name}, in several parts`,
    send: packedFrame("text", packParts(parts, options)),
    expect: [echo("text", Buffer.concat(parts))],
  },
]);

const hello = pack("Hello");
const long = pack(sample);
const cut = [
  ["in two fragments", packedFragments("text", hello, 4), "Hello"],
  ["a byte a fragment", packedFragments("text", hello, 1), "Hello"],
  ["in writes of a byte", packedFrame("text", hello), "Hello", 1],
  ["much of it in fragments of 100 bytes", packedFragments("text", long, 100), sample],
  ["much of it in writes of a byte", packedFrame("text", long), sample, 1],
  ["an empty fragment first", fragmented(kText, ["", hello], { rsv: kCompressed }), "Hello"],
  [
    "empty fragments between",
    fragmented(kText, [hello.subarray(0, 2), "", "", hello.subarray(2)], { rsv: kCompressed }),
    "Hello",
  ],
  ["an empty fragment last", fragmented(kText, [hello, ""], { rsv: kCompressed }), "Hello"],
].map(([name, send, payload, size]) => ({ name, send, size, expect: [echo("text", payload)] }));

const mixed = [
  {
    name: "pings between the fragments of a compressed message",
    send: packedFragments("text", hello, 3, { between: ping("p") }),
    expect: [...Array(Math.ceil(hello.length / 3) - 1).fill(ponged("p")), echo("text", "Hello")],
  },
  {
    name: "compressed and plain messages in turn",
    send: Buffer.concat([
      packedFrame("text", hello),
      text("plain"),
      packedFrame("binary", pack("more")),
      binary("plain"),
      packedFrame("text", hello),
    ]),
    expect: [
      echo("text", "Hello"),
      echo("text", "plain"),
      echo("binary", "more"),
      echo("binary", "plain"),
      echo("text", "Hello"),
    ],
  },
  {
    name: "fifty compressed messages",
    send: Buffer.concat(Array(50).fill(packedFrame("text", pack(readings(2_000))))),
    expect: Array(50).fill(echo("text", readings(2_000))),
  },
];

// RFC 7692 section 7.2.3, whose examples all say Hello, and what DEFLATE allows beside them.
const kSamples = {
  "7.2.3.1, one block": "f2 48 cd c9 c9 07 00",
  "7.2.3.3, a stored block": "00 05 00 fa ff 48 65 6c 6c 6f 00",
  "7.2.3.4, a last block": "f3 48 cd c9 c9 07 00 00",
  "7.2.3.5, two blocks": "f2 48 05 00 00 00 ff ff ca c9 c9 07 00",
  "a stored block that says it is the last": "01 05 00 fa ff 48 65 6c 6c 6f 00",
  "empty blocks before it": "00 00 00 ff ff 00 00 00 ff ff f2 48 cd c9 c9 07 00",
  "the tail left on": "f2 48 cd c9 c9 07 00 00 00 ff ff 00",
};
// Blocks that say they are the last, and what may follow all the same (section 7.2.1).
const kLasts = {
  "a last block, then another": Buffer.concat([deflateRawSync("Hel"), pack("lo")]),
  "two last blocks": Buffer.concat([deflateRawSync("Hel"), deflateRawSync("lo"), Buffer.alloc(1)]),
  "last blocks of nothing": Buffer.concat([...Array(9).fill(deflateRawSync("")), hello]),
};
const blocks = Object.entries(kSamples).map(([name, hex]) => [name, bytesOf(hex)]);
const samples = [...blocks, ...Object.entries(kLasts)].flatMap(([name, packed]) =>
  [undefined, 1].map((size) => ({
    name: `${name}${size ? ", byte by byte" : ""}`,
    send: packedFrame("text", packed),
    size,
    expect: [echo("text", "Hello")],
  })),
);
const nothing = [
  {
    name: "7.2.3.6, an empty message",
    send: packedFrame("text", bytesOf("00")),
    expect: [echo("text", "")],
  },
  {
    name: "an empty message as a last block",
    send: packedFrame("text", bytesOf("03 00 00")),
    expect: [echo("text", "")],
  },
  // Nothing at all: with the tail it is a block that never ends. NATS fell over it.
  {
    name: "no bytes at all",
    send: packedFrame("text", ""),
    expect: [closed(kProtocolError, kNotUtf8)],
  },
  {
    name: "no bytes at all in two fragments",
    send: fragmented(kText, ["", ""], { rsv: kCompressed }),
    expect: [closed(kProtocolError, kNotUtf8)],
  },
];

const kBroken = {
  "bytes that are no DEFLATE": "ff ff ff ff",
  "a block of the reserved type": "06 00",
  "a stored block whose lengths differ": "00 05 00 00 00 48 65 6c 6c 6f 00",
  "a distance before the beginning": "f2 00 11 00 00",
  "codes that are no tree": "04 00 00 00 00 00 00 00 00 00",
  "a stored block that never ends": "00 05 00 fa ff 48 65",
  "letters where blocks belong": "48 65 6c 6c 6f",
};
const broken = Object.entries(kBroken).flatMap(([name, hex]) => [
  {
    name,
    send: packedFrame("binary", bytesOf(hex)),
    expect: [closed(kProtocolError, kNotUtf8)],
  },
  {
    name: `${name}, in fragments`,
    send: packedFragments("binary", bytesOf(hex), 1),
    expect: [closed(kProtocolError, kNotUtf8)],
  },
]);

const notUtf8 = [
  ["half of a pair", bytesOf("41 ed a0 80")],
  ["a character that does not end", bytesOf("41 e2 82")],
  ["Latin-1", Buffer.from("f\xfcr", "latin1")],
  ["a bad byte after 100,000 good ones", Buffer.concat([letters(100_000), bytesOf("ff")])],
].flatMap(([name, payload]) => [
  {
    name: `${name} in compressed text`,
    send: packedFrame("text", pack(payload)),
    expect: [closed(kNotUtf8)],
  },
  {
    name: `${name} in compressed text in fragments`,
    send: packedFragments("text", pack(payload), Math.ceil(pack(payload).length / 5)),
    expect: [closed(kNotUtf8)],
  },
  {
    name: `${name} in compressed binary`,
    send: packedFrame("binary", pack(payload)),
    expect: [echo("binary", payload)],
  },
]);

const bits = [
  [
    "RSV1 on a continuation",
    Buffer.concat([
      frame(kText, hello.subarray(0, 3), { fin: false, rsv: kCompressed }),
      frame(kContinuation, hello.subarray(3), { rsv: kCompressed }),
    ]),
  ],
  [
    "RSV1 on a continuation of a plain message",
    Buffer.concat([text("a", { fin: false }), frame(kContinuation, hello, { rsv: kCompressed })]),
  ],
  ["RSV1 on a ping", ping("hello", { rsv: kCompressed })],
  ["RSV1 and RSV2", frame(kText, hello, { rsv: 6 })],
  ["RSV1 and RSV3", frame(kText, hello, { rsv: 5 })],
  ["RSV1 on a reserved opcode", frame(3, hello, { rsv: kCompressed })],
].map(([name, send]) => ({ name, send, expect: [closed(kProtocolError)] }));

// Without the takeover that the server ruled out, what was before is out of reach.
const again = {
  name: "a message that refers to the one before",
  send: Buffer.concat([packedFrame("text", hello), packedFrame("text", bytesOf("f2 00 11 00 00"))]),
  expect: [echo("text", "Hello"), closed(kProtocolError, kNotUtf8)],
};

const emptyBlock = bytesOf("00 00 00 ff ff");
const megabytes = (count) => Buffer.alloc(count * 1_024 * 1_024, "a");
const bombs = Object.keys(kinds).flatMap((kind) => [
  ...[kMost + 1, 2 * kMost].map((length) => ({
    name: `${kind} that inflates to ${length} bytes`,
    send: packedFrame(kind, pack(Buffer.alloc(length, "a"))),
    expect: [closed(kTooBig)],
  })),
  ...[1, 64].map((count) => ({
    name: `${kind} that inflates to ${count} MiB`,
    send: packedFrame(kind, pack(megabytes(count))),
    expect: [closed(kTooBig)],
  })),
  {
    name: `${kind} that inflates to 16 MiB in fragments`,
    send: packedFragments(kind, pack(megabytes(16)), 1_024),
    expect: [closed(kTooBig)],
  },
  {
    name: `${kind} that has inflated to too much with its first fragment`,
    send: fragmented(kinds[kind], [pack(megabytes(1)), ""], { rsv: kCompressed }),
    expect: [closed(kTooBig)],
  },
  {
    name: `${kind} of many empty blocks`,
    send: packedFrame(kind, Buffer.concat([...Array(20_000).fill(emptyBlock), Buffer.alloc(1)])),
    expect: [echo(kind, "")],
  },
  {
    name: `${kind} whose compressed bytes are too many, the header alone`,
    send: frame(kinds[kind], "", { rsv: kCompressed, length: kMost + 1 }),
    expect: [closed(kTooBig)],
  },
  {
    name: `${kind} that inflates to 128 MiB where 1,000 bytes are allowed`,
    set: { "ws.message_bytes": 1_000 },
    send: packedFrame(kind, pack(Buffer.alloc(1_001))),
    expect: [closed(kTooBig)],
  },
]);

const cases = [
  ...payloads,
  ...ways,
  ...cut,
  ...mixed,
  ...samples,
  ...nothing,
  ...broken,
  ...notUtf8,
  ...bits,
  again,
  ...bombs,
].map((each) => ({ offer: "permessage-deflate; client_max_window_bits", ...each }));

const without = [
  { name: "RSV1 that nobody agreed on", send: packedFrame("text", hello), expect: [closed(1002)] },
  {
    name: "RSV1 that nobody agreed on, after an offer that was turned down",
    offer: "permessage-deflate; x",
    send: packedFrame("text", hello),
    expect: [closed(kProtocolError)],
  },
].map((each) => ({ offer: [], ...each }));

export const deflate = numbered("13", [...cases, ...without]);
