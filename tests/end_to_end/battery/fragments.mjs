// 5: messages in several frames. RFC 6455 section 5.4. 10: the same message cut in many ways.
import { close, fragmented, frame, kBinary, kContinuation, kText } from "./frames.mjs";
import { kinds, pieces, ping, pong, text } from "./frames.mjs";
import { closed, echo, kProtocolError, letters, numbered, ponged } from "./words.mjs";

const first = (opcode, payload) => frame(opcode, payload, { fin: false });
const middle = (payload) => frame(kContinuation, payload, { fin: false });
const last = (payload) => frame(kContinuation, payload);
const all = (...frames) => Buffer.concat(frames);

const good = ([kind, opcode]) => [
  ["two fragments", all(first(opcode, "one"), last("two")), [echo(kind, "onetwo")]],
  ["the first one empty", all(first(opcode, ""), last("two")), [echo(kind, "two")]],
  ["the last one empty", all(first(opcode, "one"), last("")), [echo(kind, "one")]],
  ["three that are empty", all(first(opcode, ""), middle(""), last("")), [echo(kind, "")]],
  [
    "a ping between",
    all(first(opcode, "one"), ping("p"), last("two")),
    [ponged("p"), echo(kind, "onetwo")],
  ],
  ["a pong between", all(first(opcode, "one"), pong("p"), last("two")), [echo(kind, "onetwo")]],
  [
    "a ping between each of five",
    fragmented(opcode, ["1", "2", "3", "4", "5"], { between: ping("p") }),
    [...Array(4).fill(ponged("p")), echo(kind, "12345")],
  ],
  [
    "a ping of 125 bytes between",
    all(first(opcode, "one"), ping(letters(125)), last("two")),
    [ponged(letters(125)), echo(kind, "onetwo")],
  ],
  [
    "two messages, each in fragments",
    all(first(opcode, "a"), last("b"), first(opcode, "c"), last("d")),
    [echo(kind, "ab"), echo(kind, "cd")],
  ],
  ["64 of a byte", fragmented(opcode, pieces(letters(64), 1)), [echo(kind, letters(64))]],
  ["a close frame between", all(first(opcode, "a"), close(1000), last("b")), [closed(1000)]],
];

const bad = ([kind, opcode]) => [
  ["a continuation of nothing", last("one"), [closed(kProtocolError)]],
  ["a continuation of nothing that goes on", middle("one"), [closed(kProtocolError)]],
  ["an empty continuation of nothing", last(""), [closed(kProtocolError)]],
  [
    "a continuation after a message",
    all(frame(opcode, "one"), last("two")),
    [echo(kind, "one"), closed(kProtocolError)],
  ],
  [
    "a continuation after a message in fragments",
    all(first(opcode, "one"), last("two"), last("three")),
    [echo(kind, "onetwo"), closed(kProtocolError)],
  ],
  ["text inside", all(first(opcode, "one"), frame(kText, "two")), [closed(kProtocolError)]],
  ["binary inside", all(first(opcode, "one"), frame(kBinary, "two")), [closed(kProtocolError)]],
  ["another beginning inside", all(first(opcode, "a"), first(opcode, "b")), [closed(1002)]],
  [
    "a ping in fragments inside",
    all(first(opcode, "one"), ping("p", { fin: false }), last("two")),
    [closed(kProtocolError)],
  ],
  [
    "a ping and then text inside",
    all(first(opcode, "one"), ping("p"), text("two"), last("three")),
    [ponged("p"), closed(kProtocolError)],
  ],
];

const fragmentCases = Object.entries(kinds).flatMap((each) =>
  [...good(each), ...bad(each)].flatMap(([name, send, expect]) =>
    [undefined, 1].map((size) => ({
      name: `${each[0]}: ${name}${size ? ", byte by byte" : ""}`,
      send,
      size,
      expect,
    })),
  ),
);
export const fragments = numbered("5", fragmentCases);

// At most 64 fragments make a message.
const kCuts = [
  [1_300, 65_536],
  [2_048, 131_072],
  [4_096, 131_072],
  [16_384, 131_072],
  [65_536, 131_072],
  [7, 400],
  [1_021, 65_003],
];
const cuts = Object.entries(kinds).flatMap(([kind, opcode]) =>
  kCuts.map(([size, length]) => ({
    name: `${kind} of ${length} bytes in fragments of ${size}`,
    send: fragmented(opcode, pieces(letters(length), size)),
    expect: [echo(kind, letters(length))],
  })),
);
export const autoFragments = numbered("10", cuts);
