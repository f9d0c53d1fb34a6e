// Requests one after another, requests inside others, and what is no request.
import { accept, body, chunked, cut, get, good, growth, head } from "./framing_words.mjs";
import { hidden, post, refuse } from "./framing_words.mjs";

const old = `POST /v1/me/telemetry HTTP/1.0\r\n${head}`;
const stranger = "POST /v1/me/telemetry HTTP/1.1\r\nHost: HOST\r\n";
const length = "Content-Length: 10\r\n\r\n";
const upgrade =
  `GET /v1/stream HTTP/1.1\r\n${head}` +
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const closing = "Connection: close\r\n";
const coded = "Transfer-Encoding: chunked\r\n";
const both = `Content-Length: 20\r\n${coded}\r\n`;
const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
const hello = "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\n\r\n\r\n";

/** Says who it is when it is too late for that. */
const late = `${stranger}${coded}\r\na\r\n${body}\r\n0\r\nAuthorization: Bearer KEY\r\n\r\n`;

/** A request whose body is another request. */
const around = (start, hub) =>
  `${start}Content-Length: ${hidden.length + growth(hidden, hub)}\r\n\r\n${hidden}`;

/** `hidden` as the data of a chunk, and a length that ends right after the chunk's size. */
function inChunk(hub) {
  const size = (hidden.length + growth(hidden, hub)).toString(16);
  const before = `${post}${coded}Content-Length: ${size.length + 2}\r\n\r\n`;
  return `${before}${size}\r\n${hidden}\r\n0\r\n\r\n`;
}

/** `hidden` behind the last chunk, and a length that has it in. */
function behindChunks(hub) {
  const size = "0\r\n\r\n".length + hidden.length + growth(hidden, hub);
  return `${post}Content-Length: ${size}\r\n${coded}\r\n0\r\n\r\n${hidden}`;
}

// prettier-ignore
export const sequenceRows = (hub) => [
  ["one that is good", good, accept(200), "9112 6.3"],
  ["two that are good", good + hidden, accept(200, 200), "9112 9.3.2"],
  ["seventeen that are good", `${get}\r\n`.repeat(17), accept(...Array(17).fill(200)), "9112 9.3.2"],
  ["an empty line between two", `${good}\r\n${hidden}`, accept(200, 200), "9112 2.2"],
  ["a good one, then a bad one", `${good}GET / HTTP/1.1\r\n\r\n`, refuse(200, 400), "9112 3.2"],
  ["a bad one, then a good one", `GET / HTTP/1.1\r\n\r\n${hidden}`, refuse(400), "9112 9.6"],
  ["one more after Connection: close", `${post}${closing}${length}${body}${hidden}`, refuse(200), "9112 9.6"],
  ["one more after HTTP/1.0", `${old}${length}${body}${hidden}`, refuse(200), "9112 9.3"],
  ["HTTP/1.0 without Host", `${old.replace("Host", "X-Host")}${length}${body}`, refuse(200), "9112 3.2"],
  ["another expectation in HTTP/1.0", `${old}Expect: x\r\n${length}${body}`, refuse(200), "9110 10.1.1"],
  ["chunked in HTTP/1.0", `${old}${coded}\r\n${chunked}`, refuse(400), "9112 6.1"],
  ["a length and chunked in HTTP/1.0", `${old}${both}${chunked}`, refuse(400), "CL.TE"],
  ["a request behind the last chunk, its length being said too", behindChunks(hub), refuse(400), "CL.TE"],
  ["a request in a chunk, a length ending before it", inChunk(hub), refuse(400), "TE.CL"],
  ["a request as the body of GET", around(get, hub), accept([200, 400]), "9110 9.3.1"],
  ["a request as the body of DELETE", around(`DELETE /v1/devices/none HTTP/1.1\r\n${head}`, hub), accept([400, 403, 404]), "9110 9.3.5"],
  ["a request as a body that nobody wants", around("POST /healthz HTTP/1.1\r\nHost: HOST\r\n", hub), accept(405), "CL.0"],
  ["a request as the body of a stranger", around(stranger, hub), accept(401), "CL.0"],
  ["a key in a trailer", late, accept(401), "9110 6.5.1"],
  ["a request as the body of an upgrade", around(`${upgrade}Sec-WebSocket-Version: 13\r\n`, hub), accept(400), "CL.0"],
  ["a request after an upgrade that is refused", `${upgrade}Sec-WebSocket-Version: 12\r\n\r\n${hidden}`, accept(426, 200), "9110 7.8"],
  ["an upgrade to HTTP/2", `${post}${h2c}${length}${body}`, accept(200), "9110 7.8"],
  ["OPTIONS of everything", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n", accept([200, 204]), "9110 9.3.7"],
  ["the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refuse([400, 505]), "9113 3.4"],
  ["the beginning of TLS", hello, refuse(400), "9112 3"],
  ["a request line that ends too early", "POST /v1/me/te", cut(), "9112 8"],
  ["a head that ends too early", `${post}Content-Le`, cut(), "9112 8"],
];
