// 9: sizes up to the limits and beyond, as DECISIONS and the limits' page say: 128 KiB a message, in 64
// fragments; 20 control frames at once. What is too much is told from the header alone.
import { fragmented, frame, kBinary, kContinuation, kText, kinds, pieces } from "./frames.mjs";
import { ping, pong, text } from "./frames.mjs";
import { closed, echo, kPolicy, kProtocolError, kTooBig, letters, numbered } from "./words.mjs";

const kMost = 131_072;
const kFragments = 64;

const each = (make) => Object.entries(kinds).flatMap(([kind, opcode]) => make(kind, opcode));

const sizes = each((kind, opcode) =>
  [1_024, 4_096, 16_384, 65_535, 65_536, 65_537, kMost - 1, kMost].flatMap((length) =>
    [undefined, 64, 512, 2_048].map((size) => ({
      name: `${kind} of ${length} bytes${size ? ` in writes of ${size}` : ""}`,
      send: frame(opcode, letters(length)),
      size,
      expect: [echo(kind, letters(length))],
    })),
  ),
);

/** A frame of which only the header comes. */
const header = (opcode, length, more) => frame(opcode, "", { length, ...more });

const k31 = 2 ** 31;
const k32 = 2 ** 32;
const declared = each((kind, opcode) => [
  ...[kMost + 1, k31 - 1, k31, k31 + 1, k32 - 1, k32, k32 + 1, 2n ** 63n - 1n].map((length) => ({
    name: `${kind} of ${length} bytes, the header alone`,
    send: header(opcode, length),
    expect: [closed(kTooBig)],
  })),
  ...[2n ** 63n, 2n ** 63n + 5n, 2n ** 64n - 1n].map((length) => ({
    name: `${kind} of ${length} bytes, which no length may be, the header alone`,
    send: header(opcode, length),
    expect: [closed(kProtocolError, kTooBig)],
  })),
  ...[126, 65_535, 65_536].flatMap((length) => [
    {
      name: `${kind} of ${length} bytes where 100 are allowed, the header alone`,
      set: { "ws.message_bytes": 100 },
      send: header(opcode, length),
      expect: [closed(kTooBig)],
    },
    {
      name: `${kind} of ${length} bytes, the header first and then the rest`,
      send: Buffer.concat([
        header(opcode, length),
        frame(opcode, letters(length)).subarray(-length),
      ]),
      size: 4_096,
      expect: [echo(kind, letters(length))],
    },
  ]),
  {
    name: `${kind} that grows too big with a fragment, its header alone`,
    send: Buffer.concat([
      frame(opcode, letters(65_536), { fin: false }),
      header(kContinuation, 65_537),
    ]),
    expect: [closed(kTooBig)],
  },
  {
    name: `${kind} whose second fragment wraps the sum around`,
    send: Buffer.concat([
      frame(opcode, "a", { fin: false }),
      header(kContinuation, 2n ** 63n - 1n),
    ]),
    expect: [closed(kTooBig)],
  },
]);

const longer = each((kind, opcode) => [
  ...[0, 1, 125].map((length) => ({
    name: `${kind} of ${length} bytes, said in two bytes`,
    send: frame(opcode, letters(length), { bits: 16 }),
    expect: [closed(kProtocolError)],
  })),
  ...[0, 1, 125, 126, 65_535].map((length) => ({
    name: `${kind} of ${length} bytes, said in eight bytes`,
    send: frame(opcode, letters(length), { bits: 64 }),
    expect: [closed(kProtocolError)],
  })),
]);

const many = each((kind, opcode) => [
  {
    name: `${kind} in as many fragments as may be`,
    send: fragmented(opcode, pieces(letters(kFragments), 1)),
    expect: [echo(kind, letters(kFragments))],
  },
  {
    name: `${kind} in one fragment too many`,
    send: fragmented(opcode, pieces(letters(kFragments + 1), 1)),
    expect: [closed(kPolicy)],
  },
  {
    name: `${kind} in as many empty fragments as may be`,
    send: fragmented(opcode, Array(kFragments).fill("")),
    expect: [echo(kind, "")],
  },
  {
    name: `${kind} in one empty fragment too many`,
    send: fragmented(opcode, Array(kFragments + 1).fill("")),
    expect: [closed(kPolicy)],
  },
  {
    name: `${kind} in empty fragments without end`,
    send: fragmented(opcode, Array(5_000).fill("")),
    expect: [closed(kPolicy)],
  },
  {
    name: `${kind} in fragments of a byte without end`,
    send: fragmented(opcode, pieces(letters(5_000), 1)),
    size: 100,
    expect: [closed(kPolicy)],
  },
  {
    name: `${kind} in five fragments where four are allowed`,
    set: { "ws.message_fragments": 4 },
    send: fragmented(opcode, pieces(letters(5), 1)),
    expect: [closed(kPolicy)],
  },
  {
    name: `${kind}, twice as many fragments as may be, in two messages`,
    send: Buffer.concat(Array(2).fill(fragmented(opcode, pieces(letters(kFragments), 1)))),
    expect: Array(2).fill(echo(kind, letters(kFragments))),
  },
]);

const floods = [
  ["pings", ping("p")],
  ["pongs", pong("p")],
  ["pings and pongs", Buffer.concat([ping(), pong()])],
].flatMap(([name, frames]) => [
  {
    name: `more ${name} than may come at once`,
    send: Buffer.concat(Array(60).fill(frames)),
    expect: [closed(kPolicy)],
    pongs: "any",
  },
  {
    name: `more ${name} than may come, amid a message`,
    send: Buffer.concat([text("a", { fin: false }), ...Array(60).fill(frames)]),
    size: 6,
    expect: [closed(kPolicy)],
    pongs: "any",
  },
]);

const late = [
  ["a message that does not end", text("a", { fin: false })],
  ["a frame that does not end", text("a", { length: 100 })],
  ["a header that does not end", text("a".repeat(200)).subarray(0, 3)],
  ["a message whose fragments stop coming", fragmented(kText, ["a", "b", "c"]).subarray(0, -1)],
].map(([name, send]) => ({
  name: `${name} in its time`,
  set: { "ws.message_time": 1 },
  send,
  expect: [closed(kPolicy)],
}));

const often = [0, 1, 64, 1_024, 16_384].flatMap((length) => [
  {
    name: `a hundred messages of ${length} bytes`,
    send: Buffer.concat(Array(100).fill(frame(kBinary, letters(length)))),
    expect: Array(100).fill(echo("binary", letters(length))),
  },
]);

const cases = [...sizes, ...declared, ...longer, ...many, ...floods, ...late, ...often];
export const limits = numbered("9", cases);
