// 1: messages in one frame, of all ways to say a length; and masks, without which nothing goes.
import { binary, close, frame, kBinary, kClose, kContinuation, kPing, kPong } from "./frames.mjs";
import { kText, kinds, text } from "./frames.mjs";
import { closed, echo, kProtocolError, letters, numbered } from "./words.mjs";

const kLengths = [0, 125, 126, 127, 128, 65_535, 65_536];
// In pieces of how many bytes; the last is whole.
const kPieces = { "byte by byte": 1, "by seven bytes": 7, "by 997 bytes": 997, whole: undefined };

const lengths = Object.entries(kinds).flatMap(([kind, opcode]) =>
  kLengths.flatMap((length) =>
    Object.entries(kPieces).map(([how, size]) => ({
      name: `${kind} of ${length} bytes, ${how}`,
      send: frame(opcode, letters(length)),
      size,
      expect: [echo(kind, letters(length))],
    })),
  ),
);

const several = [
  {
    name: "three messages in one write",
    send: Buffer.concat([text("one"), binary("two"), text("three")]),
    expect: [echo("text", "one"), echo("binary", "two"), echo("text", "three")],
  },
  {
    name: "three messages, cut where they do not end",
    send: Buffer.concat([text(letters(300)), binary(letters(200)), text(letters(100))]),
    size: 250,
    expect: [echo("text", letters(300)), echo("binary", letters(200)), echo("text", letters(100))],
  },
  {
    name: "fifty messages of nothing",
    send: Buffer.concat(Array(50).fill(text(""))),
    expect: Array(50).fill(echo("text", "")),
  },
];

const masks = [
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 1],
  [0x80, 0, 0, 0],
].flatMap((mask) =>
  [1, 2, 3, 4, 5, 7, 8, 9, 1_021].map((length) => ({
    name: `a mask of ${mask.join(" ")} on ${length} bytes`,
    send: text(letters(length), { mask }),
    size: 5,
    expect: [echo("text", letters(length))],
  })),
);

const bare = [
  ["text", kText, "hello"],
  ["empty text", kText, ""],
  ["binary", kBinary, "hello"],
  ["long text", kText, letters(70_000)],
  ["ping", kPing, "hello"],
  ["pong", kPong, ""],
  ["close", kClose, Buffer.from([0x03, 0xe8])],
  ["continuation", kContinuation, "hello"],
].flatMap(([name, opcode, payload]) => [
  {
    name: `${name} that is not masked`,
    send: frame(opcode, payload, { mask: null }),
    expect: [closed(kProtocolError)],
  },
  {
    name: `${name} that is not masked, after a good message`,
    send: Buffer.concat([text("good"), frame(opcode, payload, { mask: null })]),
    size: 3,
    expect: [echo("text", "good"), closed(kProtocolError)],
  },
]);

const inside = {
  name: "a fragment that is not masked in a message that is",
  send: Buffer.concat([text("a", { fin: false }), frame(kContinuation, "b", { mask: null })]),
  expect: [closed(kProtocolError)],
};

const answered = {
  name: "a close frame right after a message",
  send: Buffer.concat([text("last"), close(1000)]),
  expect: [echo("text", "last"), closed(1000)],
};

export const framing = numbered("1", [...lengths, ...several, ...masks, ...bare, inside, answered]);
