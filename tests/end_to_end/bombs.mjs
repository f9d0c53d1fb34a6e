// Bodies that are cheap to send and meant to be dear to read. A row: what it is, the media type,
// how to make the bytes, and where it differs from the others: `path`, `many`, `coding`, `status`,
// and `cpu` and `kib`, what it may cost.
import { spawnSync } from "node:child_process";
import { createGzip, gzipSync } from "node:zlib";

import { Raw, encode } from "./cbor.mjs";
import { codings, types } from "./formats.mjs";
import { kSenmlSpace } from "./markup.mjs";

const kMiB = 1024 * 1024;
const kGiB = 1024 * kMiB;
const kMillion = 1_000_000;
/** Just below what a body of readings may have. */
const kFull = 16 * kMiB - 64 * 1024;
const kNoon = Date.parse("2024-01-15T12:00:00Z");

const times = (text, count) => Buffer.from(text.repeat(count));
/** `text` as often as it fits a body, between a beginning and an end. */
const full = (text, before = "", after = "") =>
  Buffer.from(before + text.repeat(Math.floor((kFull - before.length) / text.length)) + after);
/** The same of lines or items that are made one by one. */
function filled(make, before = "", after = "", limit = kFull) {
  const parts = [before];
  let size = before.length;
  for (let at = 0; ; ++at) {
    const part = make(at);
    size += part.length;
    if (size > limit) break;
    parts.push(part);
  }
  return Buffer.from(parts.join("") + after);
}
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const many = (byte, count) => Buffer.alloc(count, byte);
const digits = (count) => "9".repeat(count);

// ---------------------------------------------------------------- depth

const depth = [
  ["arrays in arrays", types.json, () => times("[", kMillion)],
  ["arrays in arrays, closed", types.json, () => bytes(many("[", kMillion), many("]", kMillion))],
  ["objects in objects", types.json, () => times('{"a":', kMillion)],
  ["a value that is deep", types.json, () => bytes('{"a":', many("[", kMillion))],
  ["arrays in arrays", types.cbor, () => many(0x81, kMillion)],
  ["arrays without a length in arrays", types.cbor, () => many(0x9f, kMillion)],
  ["maps in maps", types.cbor, () => Buffer.from("a16161".repeat(kMillion), "hex")],
  ["tags of tags", types.cbor, () => many(0xc1, kMillion)],
  ["pieces of text without text", types.cbor, () => bytes([0x7f], many(0x60, kMillion), [0xff])],
  ["arrays in arrays", types.xml, () => times("<array>", kMillion)],
  ["elements that nobody knows, deep", types.xml, () => times("<a>", kMillion)],
  ["elements of other names each, deep", types.xml, () => filled((at) => `<a${at}>`)],
  ["arrays in a pack", types.senmlJson, () => times('[{"n":', kMillion)],
  ["arrays in a line", types.ndjson, () => times("[", kMillion)],
  ["arrays in a cell", types.csv, () => bytes("time,a\n0,", many("[", kMillion))],
];

// ---------------------------------------------------------------- width

const member = (at) => `${at === 0 ? "" : ","}"k${at}":1`;
const width = [
  ["a million members", types.json, () => filled(member, "{", "}")],
  [
    "a million members of a parameter",
    types.json,
    () => filled(member, '{"name":"x","params":{', "}}", kMiB - 99),
    { path: "commands" },
  ],
  ["a million members of a value", types.json, () => filled(member, '{"a":{', "}}")],
  ["a million items of a value", types.json, () => full("1,", '{"a":[', "1]}")],
  ["a million items that are no readings", types.json, () => full("5,", "[", "5]")],
  ["a map of 2^63 members", types.cbor, () => Buffer.from("bb8000000000000000", "hex")],
  ["a text of 2^63 bytes", types.cbor, () => Buffer.from("7b8000000000000000", "hex")],
  [
    "a million items that are no readings",
    types.cbor,
    () => bytes([0x9f], many(0x00, kMillion), [0xff]),
  ],
  ["a million attributes", types.xml, () => filled((at) => ` a${at}=""`, "<map", "/>")],
  [
    "a million namespaces",
    types.xml,
    () => filled((at) => ` xmlns:a${at}="u:${at}"`, "<map", "/>"),
  ],
  [
    "a million elements of other names",
    types.xml,
    () => filled((at) => `<a${at}/>`, "<map>", "</map>"),
  ],
  ["a million members", types.xml, () => filled((at) => `<null key="k${at}"/>`, "<map>", "</map>")],
  ["a million columns", types.csv, () => filled((at) => `,k${at}`, "time", "\n")],
  ["a million cells", types.csv, () => full(",", `time,a\n${kNoon}`, "\n")],
  ["a million records without anything", types.senmlJson, () => full("{},", "[", "{}]")],
  [
    "a million records without anything",
    types.senmlXml,
    () => full("<senml/>", `<sensml xmlns="${kSenmlSpace}">`, "</sensml>"),
  ],
];

// ---------------------------------------------------------------- entities

/** Entities that are made of ten of the one before. */
function laughs(levels) {
  const one = (at) => `<!ENTITY l${at} "${`&l${at - 1};`.repeat(10)}">`;
  const all = Array.from({ length: levels }, (_, at) => one(at + 1)).join("");
  const value = `<map><string key="a">&l${levels};</string></map>`;
  return Buffer.from(`<!DOCTYPE map [<!ENTITY l0 "lol">${all}]>${value}`);
}
const declared = (declarations, use) =>
  Buffer.from(`<!DOCTYPE map [${declarations}]><map><string key="a">${use}</string></map>`);

const kXsi = "http://www.w3.org/2001/XMLSchema-instance";

/** `url`: of somebody who must never be asked. */
const entities = (url) => [
  ["a billion laughs", types.xml, () => laughs(10)],
  [
    "quadratic growth",
    types.xml,
    () => declared(`<!ENTITY a "${"a".repeat(kMiB)}">`, "&a;".repeat(kMiB)),
  ],
  ["an entity of itself", types.xml, () => declared('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;")],
  [
    "a file as an entity",
    types.xml,
    () => declared('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
  ],
  [
    "another server as an entity",
    types.xml,
    () => declared(`<!ENTITY a SYSTEM "${url}/a">`, "&a;"),
  ],
  [
    "another server as a parameter",
    types.xml,
    () => declared(`<!ENTITY % a SYSTEM "${url}/p"> %a;`, ""),
  ],
  [
    "a document type elsewhere",
    types.xml,
    () => Buffer.from(`<!DOCTYPE map SYSTEM "${url}/d"><map/>`),
  ],
  [
    "a public document type",
    types.xml,
    () => Buffer.from(`<!DOCTYPE map PUBLIC "x" "${url}/d"><map/>`),
  ],
  [
    "a style sheet elsewhere",
    types.xml,
    () => Buffer.from(`<?xml-stylesheet href="${url}/s"?><map/>`),
  ],
  [
    "an inclusion",
    types.xml,
    () =>
      Buffer.from(
        `<map><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="${url}/i"/></map>`,
      ),
  ],
  [
    "a schema elsewhere",
    types.xml,
    () => Buffer.from(`<map xmlns:x="${kXsi}" x:schemaLocation="${url} ${url}/x"/>`),
    { status: [200, 400, 422] },
  ],
  ["a billion laughs in UTF-16", types.xml, () => Buffer.from(`\ufeff${laughs(10)}`, "utf16le")],
  ["a billion laughs in a pack", types.senmlXml, () => laughs(10)],
  ["a document type that does not end", types.xml, () => full(" ", "<!DOCTYPE map")],
];

// ---------------------------------------------------------------- numbers

const numbers = [
  ["a million digits", types.json, () => Buffer.from(`{"a":${digits(kMillion)}}`)],
  [
    "a million digits of a fraction",
    types.json,
    () => Buffer.from(`{"a":0.${digits(kMillion)}}`),
    { status: [200, 400] },
  ],
  [
    "a million zeros before a digit",
    types.json,
    () => Buffer.from(`{"a":0.${"0".repeat(kMillion)}1}`),
    { status: [200, 400] },
  ],
  [
    "a million digits and an exponent that makes them small",
    types.json,
    () => Buffer.from(`{"a":1${"0".repeat(kMillion)}e-${kMillion}}`),
    { status: [200, 400] },
  ],
  ["a huge exponent", types.json, () => Buffer.from('{"a":1e999999999}')],
  [
    "an exponent that is a number itself too large",
    types.json,
    () => Buffer.from(`{"a":1e${digits(kMillion)}}`),
  ],
  ["a tiny exponent", types.json, () => Buffer.from('{"a":1e-999999999}'), { status: [200, 400] }],
  [
    "a million digits in each of fifteen",
    types.json,
    () => filled((at) => `${at ? "," : ""}"k${at}":0.${digits(kMillion)}`, "{", "}"),
    { status: [200, 400] },
  ],
  [
    "a bignum of a million bytes",
    types.cbor,
    () => bytes(encode({ a: new Raw(0xc2, 0x5a, 0x00, 0x0f, 0x42, 0x40) }), many(0xff, kMillion)),
  ],
  [
    "a million digits",
    types.xml,
    () => Buffer.from(`<map><number key="a">${digits(kMillion)}</number></map>`),
  ],
  [
    "a huge exponent",
    types.xml,
    () => Buffer.from('<map><number key="a">1e999999999</number></map>'),
  ],
  [
    "a million digits",
    types.csv,
    () => Buffer.from(`time,a\n${kNoon},${digits(kMillion)}\n`),
    { status: [200, 400] },
  ],
  ["a huge exponent", types.csv, () => Buffer.from(`time,a\n${kNoon},1e999999999\n`)],
  ["a time of a million digits", types.csv, () => Buffer.from(`time,a\n${digits(kMillion)},1\n`)],
  [
    "a base time of a huge exponent",
    types.senmlJson,
    () => Buffer.from('[{"bt":1e300,"n":"a","v":1}]'),
  ],
  [
    "a base value that overflows with the value",
    types.senmlJson,
    () => Buffer.from('[{"bv":1e308,"n":"a","v":1e308}]'),
  ],
];

// ---------------------------------------------------------------- length

const kLongName = "n".repeat(60 * 1024);
const length = [
  ["a text of 15 MiB", types.json, () => full("x", '{"a":"', '"}')],
  ["a text of escapes", types.json, () => full("\\u0000", '{"a":"', '"}')],
  ["a name of 15 MiB", types.json, () => full("x", '{"', '":1}')],
  ["white space alone", types.json, () => full(" ", "", "1")],
  ["a text of 15 MiB", types.cbor, () => encode({ a: "x".repeat(15 * kMiB) })],
  ["a text of 15 MiB", types.xml, () => full("x", '<map><string key="a">', "</string></map>")],
  ["a name of 15 MiB", types.xml, () => full("x", '<map><null key="', '"/></map>')],
  ["a tag that does not end", types.xml, () => full("x", "<")],
  ["a comment of 15 MiB", types.xml, () => full(" ", "<!--", "--><map/>")],
  ["a comment that does not end", types.xml, () => full("-a", "<!--")],
  [
    "comments and nothing else",
    types.xml,
    () => full("<!---->", "", "<map/>"),
    { status: [200, 400, 422] },
  ],
  [
    "CDATA of 15 MiB",
    types.xml,
    () => full("]", '<map><string key="a"><![CDATA[', "]]></string></map>"),
  ],
  [
    "references and nothing else",
    types.xml,
    () => full("&#x10FFFF;", '<map><string key="a">', "</string></map>"),
  ],
  ["a cell that does not end", types.csv, () => full("x", 'time,a\n0,"')],
  ["a cell of quotes", types.csv, () => full('""', 'time,a\n0,"', '"\n')],
  ["a header that does not end", types.csv, () => full("x", "time,")],
  ["a line that does not end", types.ndjson, () => full("x", '{"a":"')],
  [
    "a base name for each of a million records",
    types.senmlJson,
    () => full('{"n":"a","v":1},', `[{"bn":"${kLongName}"},`, "{}]"),
  ],
  [
    "a base unit for each of a million records",
    types.senmlJson,
    () => full('{"n":"a","v":1},', `[{"bu":"${kLongName}"},`, "{}]"),
    { status: [400, 413] },
  ],
  [
    "a device name for each of a million records",
    types.senmlJson,
    () => full('{"v":1},', `[{"bn":"${"n".repeat(60)}/a"},`, "{}]"),
    { many: true, status: [400, 404, 413] },
  ],
];

// ---------------------------------------------------------------- lines

// A body holds 100,000 readings at most (docs: limits): more are refused before they are many. As
// many as may be, in as many bytes as may be, are stored and have their price.
const kTooMany = { status: [413], kib: 96 * 1024 };
const kAllWrong = { status: [400], kib: 96 * 1024 };
const kStored = { status: [200], cpu: 10, kib: 192 * 1024 };
const kAll = 99_999;
const reading = (at) => `{"t":${kNoon - at},"v":{"a":${at}}}\n`;
const padding = "x".repeat(120);
const paddedReading = (at) => `{"t":${kNoon - at},"v":{"a":"${padding}"}}\n`;
const paddedRecord = (at) => `{"n":"a","t":${kNoon / 1000 - at},"vs":"${padding.slice(30)}"},`;
const every = (make, before = "", after = "") =>
  Buffer.from(before + Array.from({ length: kAll }, (_, at) => make(at)).join("") + after);
const lines = [
  ["nothing but line ends", types.ndjson, () => full("\n"), { status: [200, 400] }],
  ["nothing but line ends", types.csv, () => full("\n", "time,a\n"), { status: [200, 400] }],
  ["lines that are wrong", types.ndjson, () => full("x\n"), kTooMany],
  ["lines that are wrong", types.csv, () => full("x,1\n", "time,a\n"), kTooMany],
  ["lines for nobody", types.ndjson, () => full('{"g":{"a":1}}\n'), { ...kTooMany, many: true }],
  ["16 MiB of lines", types.ndjson, () => filled(reading), kTooMany],
  ["16 MiB of lines", types.csv, () => filled((at) => `${kNoon - at},${at}\n`, "t,a\n"), kTooMany],
  [
    "16 MiB of records",
    types.senmlJson,
    () => full('{"n":"a","v":1},', "[", "{}]"),
    { ...kTooMany, status: [400, 413] },
  ],
  ["the shortest lines", types.ndjson, () => full('{"a":1}\n'), kTooMany],
  ["100,000 wrong lines", types.ndjson, () => every(() => `${padding}\n`), kAllWrong],
  ["100,000 wrong lines", types.csv, () => every(() => "x,1\n", "time,a\n"), kAllWrong],
  ["100,000 readings in 16 MiB", types.ndjson, () => every(paddedReading), kStored],
  [
    "100,000 records in 16 MiB",
    types.senmlJson,
    () => every(paddedRecord, "[", '{"n":"a","v":1}]'),
    kStored,
  ],
  [
    "100,000 readings, short",
    types.csv,
    () => every((at) => `${kNoon - at},${at}\n`, "t,a\n"),
    kStored,
  ],
];

// ---------------------------------------------------------------- compression

/** Zeros, compressed piece by piece: they are never there at once. */
async function gzipZeros(count) {
  const gzip = createGzip({ level: 9 });
  const out = [];
  gzip.on("data", (chunk) => out.push(chunk));
  const ended = new Promise((done, refuse) => gzip.on("end", done).on("error", refuse));
  const piece = Buffer.alloc(kMiB);
  for (let left = count; left > 0; left -= piece.length) {
    if (!gzip.write(piece)) await new Promise((done) => gzip.once("drain", done));
  }
  gzip.end();
  await ended;
  return Buffer.concat(out);
}

let gibibyte;
/** The first 1 GiB of them is made once. */
const gzipped = () => (gibibyte ??= gzipZeros(kGiB));

function zstdZeros(count, ...words) {
  const shell = `head -c ${count} /dev/zero | zstd -q -c ${words.join(" ")}`;
  const done = spawnSync("sh", ["-c", shell], { maxBuffer: 64 * kMiB });
  return done.status === 0 && done.stdout.length > 0 ? done.stdout : null;
}

/** A frame that asks for a window of 2^30 bytes (RFC 8878 section 3.1.1), with one byte in it. */
const kWideFrame = Buffer.from("28b52ffd00a0090000" + "7b", "hex");

const tooLarge = { status: [413] };
const compression = [
  ["1 GiB of zeros", types.json, () => gzipped(), { coding: "gzip", ...tooLarge }],
  ["1 GiB of zeros", types.ndjson, () => gzipped(), { coding: "gzip", ...tooLarge }],
  [
    "1 GiB of zeros where 1 MiB may be",
    types.json,
    () => gzipped(),
    { coding: "gzip", path: "commands", ...tooLarge },
  ],
  [
    "gzip in gzip",
    types.json,
    async () => gzipSync(await gzipped()),
    { coding: "gzip, gzip", status: [413, 415] },
  ],
  [
    "gzip in gzip, told as one",
    types.json,
    async () => gzipSync(await gzipped()),
    { coding: "gzip", status: [400] },
  ],
  [
    "a thousand codings",
    types.json,
    () => Buffer.from("{}"),
    { coding: Array(1_000).fill("gzip").join(","), status: [400, 415] },
  ],
  [
    "members and members of nothing",
    types.json,
    () => {
      const empty = gzipSync(Buffer.alloc(0));
      return Buffer.concat(Array(Math.floor(kFull / empty.length)).fill(empty));
    },
    { coding: "gzip", status: [400] },
  ],
  ["1 GiB of zeros", types.json, () => zstdZeros(kGiB), { coding: "zstd", ...tooLarge }],
  [
    "1 GiB of zeros with a window of 128 MiB",
    types.json,
    () => zstdZeros(kGiB, "--long=27"),
    { coding: "zstd", status: [400, 413] },
  ],
  [
    "a window of 1 GiB for one byte",
    types.json,
    () => kWideFrame,
    { coding: "zstd", status: [400, 413] },
  ],
  [
    "frames and frames of nothing",
    types.json,
    () => {
      const empty = codings.zstd?.pack(Buffer.alloc(0));
      return empty ? Buffer.concat(Array(Math.floor(kFull / empty.length)).fill(empty)) : null;
    },
    { coding: "zstd", status: [400] },
  ],
];

/** All of them by kind: `{kind: [[what, type, make, more]]}`. */
export const bombs = (url) => ({
  depth,
  width,
  entities: entities(url),
  numbers,
  length,
  lines,
  compression,
});
