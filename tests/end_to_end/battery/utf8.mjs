// 6: text is UTF-8, and what is not is refused as soon as that can be seen. RFC 3629.
import { binary, fragmented, kText, ping, text } from "./frames.mjs";
import { closed, echo, kNotUtf8, numbered, ponged } from "./words.mjs";

const bytesOf = (hex) => Buffer.from(hex.replaceAll(" ", ""), "hex");

const kValid = {
  "letters and accents": "48 65 6c 6c 6f 2d c2 b5 40 c3 9f c3 b6 c3 a4 c3 bc c3 a0 c3 a1",
  Greek: "ce ba e1 bd b9 cf 83 ce bc ce b5",
  NUL: "00",
  "U+007F": "7f",
  "U+0080": "c2 80",
  "U+07FF": "df bf",
  "U+0800": "e0 a0 80",
  "U+0FFF": "e0 bf bf",
  "U+1000": "e1 80 80",
  "U+CFFF": "ec bf bf",
  "U+D000": "ed 80 80",
  "U+D7FF": "ed 9f bf",
  "U+E000": "ee 80 80",
  "U+FEFF": "ef bb bf",
  "U+FFFD": "ef bf bd",
  "U+FFFE": "ef bf be",
  "U+FFFF": "ef bf bf",
  "U+FDD0": "ef b7 90",
  "U+10000": "f0 90 80 80",
  "U+1FFFE": "f0 9f bf be",
  "U+1F600": "f0 9f 98 80",
  "U+3FFFF": "f0 bf bf bf",
  "U+40000": "f1 80 80 80",
  "U+FFFFF": "f3 bf bf bf",
  "U+100000": "f4 80 80 80",
  "U+10FFFF": "f4 8f bf bf",
  "all lengths beside each other": "41 c2 80 e2 82 ac f0 9f 98 80 41 f0 9f 98 80 e2 82 ac c2 80",
};

// In front of the bar is what a reader can still hope for; the next byte cannot be.
const kInvalid = {
  "a continuation byte alone": "| 80",
  "another continuation byte alone": "| bf",
  "two continuation bytes alone": "41 | 80 bf",
  "a continuation byte too many": "c2 80 | 80 41",
  "a continuation byte too many after four": "f0 9f 98 80 | 80",
  "byte fe": "41 | fe",
  "byte ff": "41 | ff",
  "bytes fe fe ff ff": "| fe fe ff ff",
  "byte f8": "| f8 88 80 80 80",
  "byte fc": "| fc 84 80 80 80 80",
  "a code point in six bytes": "| fd bf bf bf bf bf",
  "byte f5": "| f5 80 80 80",
  "byte f7": "41 | f7 bf bf bf",
  "U+110000": "f4 | 90 80 80",
  "U+13FFFF": "f4 | bf bf bf",
  "overlong: / in two": "| c0 af",
  "overlong: U+007F in two": "| c1 bf",
  "overlong: NUL in two": "| c0 80",
  "overlong: / in three": "e0 | 80 af",
  "overlong: U+07FF in three": "e0 | 9f bf",
  "overlong: / in four": "f0 | 80 80 af",
  "overlong: U+FFFF in four": "f0 | 8f bf bf",
  "U+D800, half of a pair": "ed | a0 80",
  "U+DB7F, half of a pair": "ed | ad bf",
  "U+DC00, half of a pair": "ed | b0 80",
  "U+DFFF, half of a pair": "ed | bf bf",
  "both halves of a pair": "ed | a0 80 ed b0 80",
  "two bytes, the second a letter": "c3 | 28",
  "three bytes, the second a letter": "e2 | 28 a1",
  "three bytes, the third a letter": "e2 82 | 28",
  "four bytes, the second a letter": "f0 | 28 8c bc",
  "four bytes, the third a letter": "f0 90 | 28 bc",
  "four bytes, the fourth a letter": "f0 90 8c | 28",
  "two bytes, the second another beginning": "c3 | c3 a4",
  "three bytes, the third another beginning": "e2 82 | e2 82 ac",
  "text in Latin-1": "6e 61 ef | 76 65",
  "text in UTF-16": "| ff fe 41 00",
  "Autobahn's example": "ce ba e1 bd b9 cf 83 ce bc ce b5 ed | a0 80 65 64 69 74 65 64",
};

const kUnfinished = {
  "one of two bytes": "c3",
  "one of three bytes": "41 e2",
  "two of three bytes": "41 e2 82",
  "one of four bytes": "f0",
  "two of four bytes": "f0 9f",
  "three of four bytes": "41 f0 9f 98",
};

const cutAtEach = (bytes) =>
  Array.from({ length: bytes.length - 1 }, (_, at) => [
    bytes.subarray(0, at + 1),
    bytes.subarray(at + 1),
  ]);

const valid = Object.entries(kValid).flatMap(([name, hex]) => {
  const bytes = bytesOf(hex);
  const cuts = cutAtEach(bytes);
  const byteByByte = fragmented(
    kText,
    [...bytes].map((each) => Buffer.from([each])),
    {
      between: bytes.length < 20 ? ping() : undefined,
    },
  );
  const pongs = bytes.length < 20 ? Array(bytes.length - 1).fill(ponged()) : [];
  return [
    { name: `${name}, whole`, send: text(bytes), expect: [echo("text", bytes)] },
    {
      name: `${name}, written byte by byte`,
      send: text(bytes),
      size: 1,
      expect: [echo("text", bytes)],
    },
    {
      name: `${name}, a byte a fragment`,
      send: byteByByte,
      expect: [...pongs, echo("text", bytes)],
    },
    ...(cuts.length === 0
      ? []
      : [
          {
            name: `${name}, in two fragments, cut at each byte`,
            send: Buffer.concat(cuts.map((parts) => fragmented(kText, parts))),
            expect: cuts.map(() => echo("text", bytes)),
          },
        ]),
  ];
});

const invalid = Object.entries(kInvalid).flatMap(([name, hex]) => {
  const [before, after] = hex.split("|").map((each) => bytesOf(each));
  const bytes = Buffer.concat([before, after]);
  const soon = Buffer.concat([before, after.subarray(0, 1)]);
  const expect = [closed(kNotUtf8)];
  // The rest of the frame never comes: only who looks at each byte can tell.
  const promised = (payload) => text(payload, { length: 10_000, bits: 16 });
  return [
    { name: `${name}, whole`, send: text(bytes), expect },
    {
      name: `${name}, between letters`,
      send: text(Buffer.concat([Buffer.from("ab"), bytes, Buffer.from("cd")])),
      expect,
    },
    { name: `${name}, the frame not at its end`, send: promised(soon), expect },
    {
      name: `${name}, the frame not at its end, byte by byte`,
      send: promised(soon),
      size: 1,
      expect,
    },
    {
      name: `${name}, in a fragment that is not the last`,
      send: text(soon, { fin: false }),
      expect,
    },
    {
      name: `${name}, cut in two fragments right there`,
      send: fragmented(kText, [before, after.subarray(0, 1), "never wanted"]),
      expect,
    },
    {
      name: `${name}, as binary`,
      send: binary(bytes),
      expect: [echo("binary", bytes)],
    },
  ];
});

const unfinished = Object.entries(kUnfinished).flatMap(([name, hex]) => {
  const bytes = bytesOf(hex);
  return [
    { name: `${name} at the end`, send: text(bytes), expect: [closed(kNotUtf8)] },
    {
      name: `${name} at the end of the last fragment`,
      send: fragmented(kText, ["a", bytes]),
      expect: [closed(kNotUtf8)],
    },
    {
      name: `${name} before an empty last fragment`,
      send: fragmented(kText, [bytes, ""]),
      expect: [closed(kNotUtf8)],
    },
    {
      name: `${name}, the rest in the next message`,
      send: Buffer.concat([text(bytes), text(Buffer.from([0x80]))]),
      expect: [closed(kNotUtf8)],
    },
  ];
});

export const utf8 = numbered("6", [...valid, ...unfinished, ...invalid]);
