// 2: pings and pongs. 3: reserved bits. 4: reserved opcodes.
import { close, frame, kBinary, kClose, kContinuation, kPing, kPong } from "./frames.mjs";
import { fragmented, kText, ping, pong, text } from "./frames.mjs";
import { closed, echo, kProtocolError, letters, numbered, ponged } from "./words.mjs";

const kNoText = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const range = (count, make) => Array.from({ length: count }, (_, at) => make(at));

export const pings = numbered("2", [
  { name: "a ping of nothing", send: ping(), expect: [ponged()] },
  { name: "a ping with text", send: ping("hello"), expect: [ponged("hello")] },
  { name: "a ping that is no text", send: ping(kNoText), expect: [ponged(kNoText)] },
  { name: "a ping of 125 bytes", send: ping(letters(125)), expect: [ponged(letters(125))] },
  {
    name: "a ping of 125 bytes, byte by byte",
    send: ping(letters(125)),
    size: 1,
    expect: [ponged(letters(125))],
  },
  { name: "a ping of 126 bytes", send: ping(letters(126)), expect: [closed(kProtocolError)] },
  { name: "a ping of 70,000 bytes", send: ping(letters(70_000)), expect: [closed(kProtocolError)] },
  {
    name: "a ping whose length is said in two bytes",
    send: ping("hello", { bits: 16 }),
    expect: [closed(kProtocolError)],
  },
  {
    name: "a ping whose length is said in eight bytes",
    send: ping("hello", { bits: 64 }),
    expect: [closed(kProtocolError)],
  },
  { name: "a ping that does not end", send: ping("a", { fin: false }), expect: [closed(1002)] },
  { name: "a pong that does not end", send: pong("a", { fin: false }), expect: [closed(1002)] },
  { name: "a pong that nobody asked for", send: pong(), expect: [] },
  { name: "a pong with text that nobody asked for", send: pong("hello"), expect: [] },
  { name: "a pong of 125 bytes", send: pong(letters(125)), expect: [] },
  { name: "a pong of 126 bytes", send: pong(letters(126)), expect: [closed(kProtocolError)] },
  {
    name: "a pong that nobody asked for, then a ping",
    send: Buffer.concat([pong("one"), ping("two")]),
    expect: [ponged("two")],
  },
  {
    name: "ten pings at once",
    send: Buffer.concat(range(10, (at) => ping(`${at}`))),
    expect: range(10, (at) => ponged(`${at}`)),
  },
  {
    name: "ten pings, byte by byte",
    send: Buffer.concat(range(10, (at) => ping(`${at}`))),
    size: 1,
    expect: range(10, (at) => ponged(`${at}`)),
  },
  {
    name: "a ping between two messages",
    send: Buffer.concat([text("one"), ping("two"), text("three")]),
    expect: [echo("text", "one"), ponged("two"), echo("text", "three")],
  },
  {
    name: "a ping and a close frame",
    send: Buffer.concat([ping("one"), close(1000)]),
    expect: [ponged("one"), closed(1000)],
  },
]);

const kGood = { good: text("good"), answered: echo("text", "good") };
const kFrames = {
  text: [kText, "hello"],
  "empty text": [kText, ""],
  binary: [kBinary, "hello"],
  ping: [kPing, "hello"],
  pong: [kPong, ""],
  close: [kClose, Buffer.from([0x03, 0xe8])],
};

const bits = range(7, (at) => at + 1).flatMap((rsv) => [
  ...Object.entries(kFrames).map(([name, [opcode, payload]]) => ({
    name: `reserved bits ${rsv} on ${name}`,
    // RSV1 alone begins a compressed message where that was agreed on: see 13.
    bare: rsv === 4 && opcode < kClose,
    send: frame(opcode, payload, { rsv }),
    expect: [closed(kProtocolError)],
  })),
  {
    name: `reserved bits ${rsv} on a continuation`,
    send: Buffer.concat([text("a", { fin: false }), frame(kContinuation, "b", { rsv })]),
    expect: [closed(kProtocolError)],
  },
  {
    name: `reserved bits ${rsv} after a good message, byte by byte`,
    bare: rsv === 4,
    send: Buffer.concat([kGood.good, text("bad", { rsv }), ping()]),
    size: 1,
    expect: [kGood.answered, closed(kProtocolError)],
  },
]);
export const reserved = numbered("3", bits);

const unknown = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
  {
    name: `opcode ${opcode} with nothing`,
    send: frame(opcode),
    expect: [closed(kProtocolError)],
  },
  {
    name: `opcode ${opcode} with text`,
    send: frame(opcode, "hello"),
    expect: [closed(kProtocolError)],
  },
  {
    name: `opcode ${opcode} after a good message, byte by byte`,
    send: Buffer.concat([kGood.good, frame(opcode, "bad"), ping()]),
    size: 1,
    expect: [kGood.answered, closed(kProtocolError)],
  },
  {
    name: `opcode ${opcode} between fragments`,
    send: fragmented(kText, ["one", "two"], { between: frame(opcode, "bad") }),
    expect: [closed(kProtocolError)],
  },
]);
export const opcodes = numbered("4", unknown);
