// 7: how a connection ends. RFC 6455 sections 5.5.1 and 7.4. The server ends TCP (section 7.1.1).
import { binary, close, frame, fragmented, kClose, kText, ping, pong, text } from "./frames.mjs";
import { closed, echo, kNotUtf8, kProtocolError, letters, numbered } from "./words.mjs";

// 1012 to 1014 are registered with IANA.
const kGood = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
const kOwn = [3000, 3999, 4000, 4401, 4999];
const kBad = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65_535];
const kEuro = Buffer.from("€");

const codes = [
  ...[...kGood, ...kOwn].flatMap((code) => [
    { name: `code ${code}`, send: close(code), expect: [closed(code)] },
    { name: `code ${code} with a reason`, send: close(code, "bye"), expect: [closed(code)] },
  ]),
  ...kBad.flatMap((code) => [
    { name: `code ${code}, which is none`, send: close(code), expect: [closed(kProtocolError)] },
    {
      name: `code ${code}, which is none, with a reason`,
      send: close(code, "bye"),
      expect: [closed(kProtocolError)],
    },
  ]),
];

const reasons = [
  ["no code", close(), [closed(1005, 1000)]],
  ["no code, byte by byte", close(), [closed(1005, 1000)], 1],
  ["half a code", frame(kClose, Buffer.from([3])), [closed(kProtocolError)]],
  ["a reason of 123 bytes", close(1000, letters(123)), [closed(1000)]],
  ["a reason of 123 bytes, byte by byte", close(1000, letters(123)), [closed(1000)], 1],
  ["a reason of 124 bytes", close(1000, letters(124)), [closed(kProtocolError)]],
  ["a reason of 70,000 bytes", close(1000, letters(70_000)), [closed(kProtocolError)]],
  ["a reason beyond ASCII", close(1000, "€ ä 😀"), [closed(1000)]],
  ["a reason that is not UTF-8", close(1000, Buffer.from([0xff])), [closed(kNotUtf8)]],
  ["a reason in Latin-1", close(1000, Buffer.from("f\xfcr", "latin1")), [closed(kNotUtf8)]],
  [
    "a reason with half of a pair",
    close(1000, Buffer.from([0xed, 0xa0, 0x80])),
    [closed(kNotUtf8)],
  ],
  ["a reason that ends in a character", close(1000, kEuro.subarray(0, 2)), [closed(kNotUtf8)]],
  ["a length said in two bytes", close(1000, "", { bits: 16 }), [closed(kProtocolError)]],
  ["a close frame that does not end", close(1000, "", { fin: false }), [closed(kProtocolError)]],
  ["an empty close frame that does not end", frame(kClose, "", { fin: false }), [closed(1002)]],
  [
    "a length of 125 from the header alone",
    frame(kClose, "", { length: 126, bits: 16 }),
    [closed(kProtocolError)],
  ],
].map(([name, send, expect, size]) => ({ name, send, expect, size }));

const after = Object.entries({
  text: text("too late"),
  binary: binary("too late"),
  "a ping": ping("too late"),
  "a pong": pong("too late"),
  "another close frame": close(1001),
  "a bad frame": frame(3, "too late"),
  "much text": text(letters(100_000)),
  "a message in fragments": fragmented(kText, ["too", "late"]),
}).flatMap(([name, frames]) => [
  {
    name: `${name} after the close frame`,
    send: Buffer.concat([close(1000), frames]),
    expect: [closed(1000)],
  },
  {
    name: `${name} after a message and the close frame`,
    send: Buffer.concat([text("in time"), close(3000, "bye"), frames]),
    size: 11,
    expect: [echo("text", "in time"), closed(3000)],
  },
]);

const amid = [
  ["a fragment", text("a", { fin: false })],
  ["an empty fragment", text("", { fin: false })],
  ["half of a character", text(kEuro.subarray(0, 1), { fin: false })],
].map(([name, before]) => ({
  name: `a close frame after ${name}`,
  send: Buffer.concat([before, close(1001)]),
  expect: [closed(1001)],
}));

export const closing = numbered("7", [...codes, ...reasons, ...after, ...amid]);
