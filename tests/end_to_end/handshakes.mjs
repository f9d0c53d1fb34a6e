// WebSocket handshakes that must be refused or taken. RFC 6455 section 4.2; sections of other RFCs are
// named. A row is `[name, what differs from a good handshake, status or statuses, section]`.

/** The fields of a good one, by the names under which rows change them; null takes one away. */
const good = {
  line: "GET /v1/stream HTTP/1.1",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** The bytes of a handshake: a list is a field that comes more than once. */
export function handshake({ host, key }, changes = {}) {
  const { line, body = "", ...fields } = { ...good, Host: host, ...changes };
  if (key) fields.Authorization = `Bearer ${key}`;
  const lines = Object.entries(fields).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${name}: ${value}\r\n`),
  );
  return Buffer.from(`${line}\r\n${lines.join("")}\r\n${body}`, "latin1");
}

export const goodKey = good["Sec-WebSocket-Key"];

const key = (value) => ({ "Sec-WebSocket-Key": value });
const version = (value) => ({ "Sec-WebSocket-Version": value });
const protocol = (value) => ({ "Sec-WebSocket-Protocol": value });
const extensions = (value) => ({ "Sec-WebSocket-Extensions": value });
const field = (Name, value) => ({ [Name]: value });
const line = (value) => ({ line: value });
const bits = "permessage-deflate; server_max_window_bits";
const long = 12 * 1_024;

// prettier-ignore
export const handshakes = [
  ["a good one", {}, 101, "4.2.1"],

  ["no key", key(null), 400, "4.2.1"],
  ["an empty key", key(""), 400, "4.2.1"],
  ["a key of 15 bytes", key("dGhlIHNhbXBsZSBub25j"), 400, "4.2.1"],
  ["a key of 17 bytes", key("dGhlIHNhbXBsZSBub25jZXg="), 400, "4.2.1"],
  ["a key of 18 bytes", key("dGhlIHNhbXBsZSBub25jZXh4"), 400, "4.2.1"],
  ["a key without its padding", key("dGhlIHNhbXBsZSBub25jZQ"), 400, "4.2.1"],
  ["a key with half its padding", key("dGhlIHNhbXBsZSBub25jZQ="), 400, "4.2.1"],
  ["a key with too much padding", key("dGhlIHNhbXBsZSBub25jZQ==="), 400, "4.2.1"],
  ["a key in another alphabet", key("dGhlIHNhbXBsZSBub25-_Q=="), 400, "4.2.1"],
  ["a key with a space in it", key("dGhlIHNhbXBs ZSBub25jQ=="), 400, "4.2.1"],
  ["a key with letters beyond ASCII", key("dGhlIHNhbXBs\xc4ZSBub25jQ=="), 400, "4.2.1"],
  ["a key with something behind it", key("dGhlIHNhbXBsZSBub25jZQ==, x"), 400, "4.2.1"],
  ["a key of signs of equality", key("========================"), 400, "4.2.1"],
  ["the same key twice", key([goodKey, goodKey]), 400, "11.3.1"],
  ["two keys", key([goodKey, "AAAAAAAAAAAAAAAAAAAAAA=="]), 400, "11.3.1"],
  ["two keys in one field", key(`${goodKey}, ${goodKey}`), 400, "11.3.1"],
  ["a key of 12 KiB", key("A".repeat(long)), 400, "4.2.1"],
  ["another good key", key("AAAAAAAAAAAAAAAAAAAAAA=="), 101, "4.2.1"],

  ["no version", version(null), [400, 426], "4.2.1"],
  ["an empty version", version(""), [400, 426], "4.2.2"],
  ["version 0", version("0"), 426, "4.4"],
  ["version 8", version("8"), 426, "4.4"],
  ["version 12", version("12"), 426, "4.4"],
  ["version 14", version("14"), 426, "4.4"],
  ["version 130", version("130"), 426, "4.4"],
  ["version 255", version("255"), 426, "4.4"],
  ["version 256", version("256"), [400, 426], "4.2.2"],
  ["version 13 with a zero", version("013"), [400, 426], "4.2.2"],
  ["version 13 with a plus", version("+13"), [400, 426], "4.2.2"],
  ["version 13 with a fraction", version("13.0"), [400, 426], "4.2.2"],
  ["a list of versions", version("13, 8"), [400, 426], "4.2.2"],
  ["two fields of versions", version(["13", "8"]), [400, 426], "11.3.5"],
  ["the same version twice", version(["13", "13"]), [400, 426], "11.3.5"],
  ["a version that is text", version("thirteen"), [400, 426], "4.2.2"],

  ["no Upgrade", field("Upgrade", null), 426, "4.2.1"],
  ["an empty Upgrade", field("Upgrade", ""), 426, "4.2.1"],
  ["an Upgrade to something else", field("Upgrade", "h2c"), 426, "4.2.1"],
  ["an Upgrade to something longer", field("Upgrade", "websockets"), 426, "4.2.1"],
  ["an Upgrade to something that ends so", field("Upgrade", "xwebsocket"), 426, "4.2.1"],
  ["an Upgrade in two words", field("Upgrade", "web socket"), 426, "4.2.1"],
  ["an Upgrade in capitals", field("Upgrade", "WebSocket"), 101, "4.2.1"],
  ["an Upgrade to one of several", field("Upgrade", "h2c, websocket"), 101, "9110 7.8"],
  ["an Upgrade with an empty member", field("Upgrade", ",websocket,"), 101, "9110 5.6.1"],
  ["an Upgrade in two fields", field("Upgrade", ["h2c", "websocket"]), 101, "9110 7.8"],

  ["no Connection", field("Connection", null), 400, "4.2.1"],
  ["a Connection that only stays", field("Connection", "keep-alive"), 400, "4.2.1"],
  ["a Connection that is longer", field("Connection", "Upgraded"), 400, "4.2.1"],
  ["a Connection in two words", field("Connection", "Up grade"), 400, "4.2.1"],
  ["a Connection in small letters", field("Connection", "upgrade"), 101, "4.2.1"],
  ["a Connection of several", field("Connection", "keep-alive, Upgrade"), 101, "4.2.1"],
  ["a Connection in two fields", field("Connection", ["keep-alive", "Upgrade"]), 101, "4.2.1"],

  ["POST", line("POST /v1/stream HTTP/1.1"), [400, 405], "4.2.1"],
  ["PUT", line("PUT /v1/stream HTTP/1.1"), [400, 405], "4.2.1"],
  ["HEAD", line("HEAD /v1/stream HTTP/1.1"), [400, 405], "4.2.1"],
  ["HTTP/1.0", line("GET /v1/stream HTTP/1.0"), [400, 426], "4.2.1"],
  ["another place", line("GET /v1/streams HTTP/1.1"), 404, "4.2.2"],
  ["a place without sockets", line("GET /healthz HTTP/1.1"), [200, 400, 404], "4.2.2"],
  ["a body", { "Content-Length": "5", body: "hello" }, 400, "4.1"],
  ["a body in chunks", { "Transfer-Encoding": "chunked", body: "1\r\na\r\n0\r\n\r\n" }, 400, "4.1"],
  ["a body of no bytes", { "Content-Length": "0" }, 101, "4.1"],

  ["a subprotocol that nobody knows", protocol("mqtt"), 400, "4.2.2"],
  ["a subprotocol that is no token", protocol("tandem.v1.json, a b"), 400, "11.3.4"],
  ["a subprotocol in quotes", protocol('"tandem.v1.json"'), 400, "11.3.4"],
  ["a subprotocol with a slash", protocol("tandem.v1.json, a/b"), 400, "11.3.4"],
  ["a subprotocol in other letters", protocol("TANDEM.V1.JSON"), 400, "11.3.4"],
  ["a subprotocol that is longer", protocol("tandem.v1.jsonx"), 400, "11.3.4"],
  ["a subprotocol that is known", protocol("tandem.v1.json"), 101, "4.2.2"],
  ["a subprotocol behind another", protocol("mqtt, tandem.v1.cbor"), 101, "4.2.2"],
  ["a subprotocol in a second field", protocol(["mqtt", "tandem.v1.json"]), 101, "11.3.4"],
  ["subprotocols of an object", protocol("constructor, __proto__, tandem.v1.json"), 101, "4.2.2"],
  ["a subprotocol of 12 KiB", protocol("a".repeat(long)), 400, "4.2.2"],
  ["12 KiB of subprotocols", protocol(`tandem.v1.json${",a".repeat(long / 2)}`), 101, "4.2.2"],
  ["12 KiB of commas for subprotocols", protocol(`tandem.v1.json${" ,".repeat(long / 2)}`), 101, "4.2.2"],
  ["64 KiB of subprotocols", protocol(`tandem.v1.json${",a".repeat(32_768)}`), 431, "4.2.2"],

  ["an extension that nobody knows", extensions("x-no-such; a=1; b"), 101, "9.1"],
  ["an extension named constructor", extensions("constructor"), 101, "9.1"],
  ["an extension named __proto__", extensions("__proto__; toString=1"), 101, "9.1"],
  ["a parameter named __proto__", extensions("permessage-deflate; __proto__"), 101, "9.1"],
  ["a parameter named hasOwnProperty", extensions("x; hasOwnProperty=1"), 101, "9.1"],
  ["a window of 99 bits", extensions(`${bits}=99`), 101, "7692 7.1"],
  ["an extension in quotes", extensions(`${bits}="10"`), 101, "9.1"],
  ["extensions in two fields", extensions(["x-a", "x-b"]), 101, "9.1"],
  ["an extension of a semicolon", extensions(";"), 400, "9.1"],
  ["an extension of a comma", extensions(","), [101, 400], "9110 5.6.1"],
  ["an extension of nothing", extensions(""), [101, 400], "9110 5.6.1"],
  ["an extension that ends in a semicolon", extensions("x-a;"), 400, "9.1"],
  ["an extension without a name", extensions("; a=1"), 400, "9.1"],
  ["an extension that is no token", extensions("x a"), 400, "9.1"],
  ["an extension with brackets", extensions("x(a)"), 400, "9.1"],
  ["a parameter without a name", extensions("x-a; =1"), 400, "9.1"],
  ["a parameter without its value", extensions("x-a; b="), 400, "9.1"],
  ["a parameter whose quotes never end", extensions('x-a; b="1'), 400, "9.1"],
  ["a parameter with two values", extensions("x-a; b=1=2"), 400, "9.1"],
  ["a parameter that is no token in quotes", extensions('x-a; b="1 2"'), 400, "9.1"],
  ["12 KiB of an extension", extensions("x".repeat(long)), 101, "9.1"],
  ["12 KiB of extensions", extensions(`x${",x".repeat(long / 2)}`), 101, "9.1"],
  ["12 KiB of parameters", extensions(`x${";x".repeat(long / 2)}`), 101, "9.1"],
  ["64 KiB of extensions", extensions("x".repeat(65_536)), 431, "9.1"],
];

/** Long values that readers have been slow with: each makes one of so many bytes. */
export const slow = {
  "commas and spaces for subprotocols": (bytes) => protocol(`a${" ,".repeat(bytes / 2)}a b`),
  "spaces for subprotocols": (bytes) => protocol(`a${" ".repeat(bytes)}b`),
  "small subprotocols": (bytes) => protocol(`a${",a".repeat(bytes / 2)}`),
  "small extensions": (bytes) => extensions(`x${",x".repeat(bytes / 2)},`),
  "small parameters": (bytes) => extensions(`x${";x".repeat(bytes / 2)};`),
  "spaces for extensions": (bytes) => extensions(`x${" ".repeat(bytes)}y`),
  "escapes in quotes": (bytes) => extensions(`x;y="${"\\\\".repeat(bytes / 2)}`),
  "small upgrades": (bytes) => field("Upgrade", `x${",x".repeat(bytes / 2)}`),
  "small connections": (bytes) => field("Connection", `x${",x".repeat(bytes / 2)}`),
};
