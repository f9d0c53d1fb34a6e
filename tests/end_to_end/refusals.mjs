// What the hub has to refuse, and how: the same problem at both doors in JSON and CBOR, and in XML
// at REST, the only door that has it. A row says who asks for what, with which body and why not.
import { Double, Raw, encode } from "./cbor.mjs";

const kTarget = "target";
const write = { op: "telemetry.write", method: "POST", path: { device: kTarget }, as: "device" };
const create = { op: "devices.create", method: "POST" };
const config = { op: "config.put", method: "PUT", path: { device: kTarget } };
const send = { op: "commands.send", method: "POST", path: { device: kTarget } };
const list = { op: "devices.list", method: "GET" };
const history = { op: "telemetry.read", method: "GET", path: { device: kTarget } };

/** Where an operation lives at the REST door. */
export const paths = {
  "telemetry.write": "/v1/devices/{device}/telemetry",
  "telemetry.read": "/v1/devices/{device}/telemetry",
  "telemetry.latest": "/v1/devices/{device}/latest",
  "devices.create": "/v1/devices",
  "devices.list": "/v1/devices",
  "devices.get": "/v1/devices/{device}",
  "devices.put": "/v1/devices/{device}",
  "config.put": "/v1/devices/{device}/config",
  "config.patch": "/v1/devices/{device}/config",
  "commands.send": "/v1/devices/{device}/commands",
  "commands.get": "/v1/devices/{device}/commands/{command}",
  "commands.ack": "/v1/devices/{device}/commands/{command}/ack",
  "commands.finish": "/v1/devices/{device}/commands/{command}/result",
  "keys.create": "/v1/devices/{device}/keys",
};

const text = (string) => encode(string);
/** A body of bytes: what is said in XML, if it can be, in JSON and in CBOR. */
const bytes = (xml, json, ...cbor) => ({
  xml: xml && Buffer.from(xml),
  json: Buffer.from(json),
  cbor: new Raw(...cbor),
});
const nested = (depth) =>
  bytes(
    `<map><array key="a">${"<array>".repeat(depth - 1)}${"</array>".repeat(depth)}</map>`,
    `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`,
    [0xa1, ...text("a")],
    Array(depth - 1).fill(0x81),
    [0x80],
  );
const malformed = { type: "malformed-body", status: 400 };
const field = (...pointers) => ({ type: "invalid-field", status: 400, pointers });
const half = [0xf9, 0x7e, 0x00]; // NaN as a half-precision number, RFC 8949 appendix A.

export const refusals = [
  // ------------------------------------------------------------ bytes that are no message
  [
    "a body that ends too early",
    {
      ...write,
      raw: bytes('<map><number key="a">1</number>', '{"a":1', 0xa1, text("a")),
      ...malformed,
    },
  ],
  [
    "no value where one belongs",
    {
      ...write,
      raw: bytes('<map><number key="a"></map>', '{"a":}', 0xa1, text("a"), 0xff),
      ...malformed,
    },
  ],
  [
    "bytes after the body",
    { ...write, raw: bytes("<map/>x", '{"a":1}x', 0xa1, text("a"), 1, 0xff), ...malformed },
  ],
  ["a reserved first byte", { ...write, raw: bytes("\u0001", "\u0001", 0xfc), ...malformed }],
  [
    "the same name twice",
    {
      ...write,
      raw: bytes(
        '<map><null key="a"/><null key="a"/></map>',
        '{"a":1,"a":2}',
        0xa2,
        text("a"),
        1,
        text("a"),
        2,
      ),
      ...malformed,
    },
  ],
  [
    "the same name twice, deeper",
    {
      ...send,
      raw: bytes(
        '<map><string key="name">x</string>' +
          '<map key="params"><null key="a"/><null key="a"/></map></map>',
        '{"name":"x","params":{"a":1,"a":2}}',
        0xa2,
        text("name"),
        text("x"),
        text("params"),
        0xa2,
        text("a"),
        1,
        text("a"),
        2,
      ),
      ...malformed,
    },
  ],
  ["nesting that is too deep", { ...write, raw: nested(40), ...malformed }],
  [
    "a number that is none",
    { ...write, raw: bytes(null, '{"a":NaN}', 0xa1, text("a"), half), ...malformed },
  ],
  [
    "an infinite number",
    {
      ...write,
      raw: bytes(
        '<map><number key="a">1e999</number></map>',
        '{"a":1e999}',
        0xa1,
        text("a"),
        0xf9,
        0x7c,
        0x00,
      ),
      ...malformed,
    },
  ],
  [
    "text that is not UTF-8",
    {
      ...write,
      raw: bytes(
        Buffer.from('<map><string key="a">\xff</string></map>', "latin1"),
        Buffer.from('{"a":"\xff"}', "latin1"),
        0xa1,
        text("a"),
        0x61,
        0xff,
      ),
      ...malformed,
      // RFC 6455 section 8.1: a text frame that is not UTF-8 ends the connection.
      ends: { json: 1007 },
    },
  ],
  [
    "half of a surrogate pair",
    {
      ...write,
      raw: bytes(
        '<map><string key="a">&#xd800;</string></map>',
        '{"a":"\\ud800"}',
        0xa1,
        text("a"),
        0x63,
        0xed,
        0xa0,
        0x80,
      ),
      ...malformed,
    },
  ],

  // ------------------------------------------------------------ shapes
  ["a list where an object belongs", { ...create, body: [], ...field("") }],
  ["a number where text belongs", { ...create, body: { id: "n", name: 5 }, ...field("/name") }],
  [
    "text where an object belongs",
    { ...create, body: { id: "n", labels: "x" }, ...field("/labels") },
  ],
  [
    "a label that is no text",
    { ...create, body: { id: "n", labels: { a: 5 } }, ...field("/labels/a") },
  ],
  ["an unknown field", { ...create, body: { id: "n", nmae: "x" }, ...field("/nmae") }],
  ["an id with a blank", { ...create, body: { id: "no good" }, ...field("/id") }],
  ["an id that is too long", { ...create, body: { id: "x".repeat(65) }, ...field("/id") }],
  [
    "a name that is too long",
    { ...create, body: { id: "n", name: "x".repeat(200) }, ...field("/name") },
  ],
  [
    "an id that is taken",
    { ...create, body: { id: kTarget }, type: "already-exists", status: 409 },
  ],
  ["a command without a name", { ...send, body: {}, ...field("/name") }],
  [
    "a command that may wait no time at all",
    { ...send, body: { name: "x", ttl: 0 }, ...field("/ttl") },
  ],
  [
    "a command that may wait too long",
    { ...send, body: { name: "x", ttl: 8 * 86_400_000 }, ...field("/ttl") },
  ],
  [
    "a fraction where a whole number belongs",
    { ...list, query: { limit: 1.5 }, ...field("#query/limit") },
  ],
  [
    "a command that the schema does not know",
    {
      ...send,
      path: { device: "schooled" },
      body: { name: "explode" },
      ...field("/name"),
    },
  ],
  [
    "a parameter that the schema refuses",
    {
      ...send,
      path: { device: "schooled" },
      body: { name: "dim", params: { level: "much" } },
      ...field("/params/level"),
    },
  ],

  // ------------------------------------------------------------ readings
  ["a reading without a value", { ...write, body: { a: null }, ...field("/a") }],
  ["a series with a blank", { ...write, body: { "a b": 1 }, ...field("/a b") }],
  ["readings that are a number", { ...write, body: 5, ...field("") }],
  ["an item that is a number", { ...write, body: [{ a: 1 }, 5], ...field("/1") }],
  ["a time that is none", { ...write, body: { t: "yesterday", v: { a: 1 } }, ...field("/t") }],
  [
    "a time in the second item that is none",
    {
      ...write,
      body: [
        { t: 1, v: { a: 1 } },
        { t: true, v: { a: 1 } },
      ],
      ...field("/1/t"),
    },
  ],
  ["a time far ahead", { ...write, body: { t: 4102444800000, v: { a: 1 } }, ...field("/v/a") }],
  [
    "a whole number that a declared series of text does not take",
    {
      ...write,
      path: { device: kTarget },
      body: { declared: new Double(3) },
      ...field("/declared"),
    },
  ],

  // ------------------------------------------------------------ parameters
  ["a limit of nothing", { ...list, query: { limit: 0 }, ...field("#query/limit") }],
  ["a limit that is no number", { ...list, query: { limit: "many" }, ...field("#query/limit") }],
  ["an unknown parameter", { ...list, query: { limti: 5 }, ...field("#query/limti") }],
  ["a cursor that is none", { ...list, query: { cursor: "?" }, ...field("#query/cursor") }],
  ["a cursor of another list", { ...history, query: { cursor: "ZHg" }, ...field("#query/cursor") }],
  ["an order that there is not", { ...history, query: { order: "up" }, ...field("#query/order") }],
  [
    "a device id that cannot be",
    {
      op: "devices.get",
      method: "GET",
      path: { device: "no good" },
      ...field("#path/device"),
    },
  ],
  [
    "a key for repeats that is too long",
    {
      ...send,
      headers: { "idempotency-key": "x".repeat(200) },
      body: { name: "x" },
      ...field("#header/idempotency-key"),
    },
  ],

  // ------------------------------------------------------------ what is not there
  [
    "readings of an unknown device",
    {
      ...write,
      as: "admin",
      path: { device: "ghost" },
      body: { a: 1 },
      type: "not-found",
      status: 404,
    },
  ],
  [
    "a command for an unknown device",
    { ...send, path: { device: "ghost" }, body: { name: "x" }, type: "not-found", status: 404 },
  ],
  [
    "the config of an unknown device",
    {
      ...config,
      path: { device: "ghost" },
      headers: { "if-match": '"0"' },
      body: {},
      type: "not-found",
      status: 404,
    },
  ],
  [
    "the acknowledgement of an unknown command",
    {
      op: "commands.ack",
      method: "POST",
      path: { device: kTarget, command: "01X" },
      as: "device",
      type: "not-found",
      status: 404,
    },
  ],
  [
    "an unknown command",
    {
      op: "commands.get",
      method: "GET",
      path: { device: kTarget, command: "01X" },
      type: "not-found",
      status: 404,
    },
  ],

  // ------------------------------------------------------------ versions
  [
    "a config without the version it replaces",
    { ...config, body: { a: 1 }, type: "precondition-required", status: 428 },
  ],
  [
    "a config with a stale version",
    {
      ...config,
      headers: { "if-match": '"7"' },
      body: { a: 1 },
      type: "precondition-failed",
      status: 412,
    },
  ],
  [
    "a patch with a stale version",
    {
      op: "config.patch",
      method: "PATCH",
      path: { device: kTarget },
      headers: { "if-match": '"7"' },
      body: { a: 1 },
      type: "precondition-failed",
      status: 412,
    },
  ],
  [
    "a version that is written wrongly",
    { ...config, headers: { "if-match": "7" }, body: { a: 1 }, ...field("#header/if-match") },
  ],
  [
    "a config that is no object",
    { ...config, headers: { "if-match": '"1"' }, body: [1], ...field("") },
  ],
  [
    "a device that should be new and is not",
    {
      op: "devices.put",
      method: "PUT",
      path: { device: kTarget },
      headers: { "if-none-match": "*" },
      body: { name: "x" },
      type: "precondition-failed",
      status: 412,
    },
  ],

  // ------------------------------------------------------------ who may not
  // A device that one may not see and one that is not there look the same.
  [
    "a device that writes for another",
    { ...write, path: { device: "other" }, body: { a: 1 }, type: "not-found", status: 404 },
  ],
  [
    "a device that writes for one that is not there",
    { ...write, path: { device: "ghost" }, body: { a: 1 }, type: "not-found", status: 404 },
  ],
  [
    "a device that makes a device",
    { ...create, as: "device", body: { id: "n" }, type: "forbidden", status: 403 },
  ],
  [
    "a device that sends a command",
    { ...send, as: "device", body: { name: "x" }, type: "forbidden", status: 403 },
  ],
  [
    "a device that makes itself a key",
    {
      op: "keys.create",
      method: "POST",
      as: "device",
      path: { device: kTarget },
      body: {},
      type: "forbidden",
      status: 403,
    },
  ],
];

const foreign = { type: "unprocessable", status: 422 };
const xml = (document) => ({ raw: { xml: Buffer.from(document) } });
const kFunctions = "http://www.w3.org/2005/xpath-functions";

/** What only XML can say. */
export const xmlRefusals = [
  // ------------------------------------------------------------ what is not read at all
  ["a document type", { ...write, ...xml("<!DOCTYPE map><map/>"), ...malformed }],
  [
    "an entity of its own",
    {
      ...write,
      ...xml('<!DOCTYPE map [<!ENTITY a "1">]><map><number key="a">&a;</number></map>'),
      ...malformed,
    },
  ],
  [
    "an entity that nobody has declared",
    { ...write, ...xml('<map><string key="a">&nbsp;</string></map>'), ...malformed },
  ],
  ["a processing instruction", { ...write, ...xml("<?a b?><map/>"), ...malformed }],
  ["a processing instruction at the end", { ...write, ...xml("<map/><?a b?>"), ...malformed }],
  [
    "another encoding",
    { ...write, ...xml('<?xml version="1.0" encoding="ISO-8859-1"?><map/>'), ...malformed },
  ],
  ["a tag that is closed by another", { ...write, ...xml("<map><array></map>"), ...malformed }],
  ["a prefix that means nothing", { ...write, ...xml("<a:map/>"), ...malformed }],
  ["the same attribute twice", { ...write, ...xml('<map key="a" key="b"/>'), ...malformed }],
  ["JSON under a wrong name", { ...write, ...xml('{"a":1}'), ...malformed }],

  // ------------------------------------------------------------ well-formed, other words
  ["an element that nobody knows", { ...write, ...xml("<object/>"), ...foreign }],
  [
    "an element that nobody knows, deeper",
    { ...write, ...xml('<map><integer key="a">1</integer></map>'), ...foreign },
  ],
  ["another namespace", { ...write, ...xml('<map xmlns="urn:x"/>'), ...foreign }],
  [
    "another namespace, deeper",
    {
      ...write,
      ...xml(`<map xmlns="${kFunctions}"><null xmlns="urn:x" key="a"/></map>`),
      ...foreign,
    },
  ],
  ["a member without a name", { ...write, ...xml("<map><null/></map>"), ...foreign }],
  [
    "an item with a name",
    { ...write, ...xml('<map><array key="a"><null key="b"/></array></map>'), ...foreign },
  ],
  ["an attribute that nobody knows", { ...write, ...xml('<map id="a"/>'), ...foreign }],
  ["text between members", { ...write, ...xml("<map>text</map>"), ...foreign }],
  [
    "a number that is none",
    { ...write, ...xml('<map><number key="a">NaN</number></map>'), ...foreign },
  ],
  [
    "a boolean that is none",
    { ...write, ...xml('<map><boolean key="a">yes</boolean></map>'), ...foreign },
  ],
  [
    "null with something in it",
    { ...write, ...xml('<map><null key="a">0</null></map>'), ...foreign },
  ],
  [
    "an escape that is none",
    { ...write, ...xml('<map><string key="a" escaped="true">\\x</string></map>'), ...foreign },
  ],
  [
    "an element within a text",
    { ...write, ...xml('<map><string key="a"><null/></string></map>'), ...foreign },
  ],
  [
    "a wrong word before what is not well-formed",
    { ...write, ...xml("<object></map>"), ...malformed },
  ],
  [
    "another operation with another vocabulary",
    { ...create, ...xml("<device><id>n</id></device>"), ...foreign },
  ],
];
