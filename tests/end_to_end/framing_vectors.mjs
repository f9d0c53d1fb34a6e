// Requests that must be refused or taken, byte by byte: `vectors` are all of them. This file has start
// lines and header fields. A row is `[name, what differs, verdict, reference]`; numbers like 9112 6.3
// are sections of RFCs, others name a known way to smuggle requests, or a limit.
import { chunkLimitRows, chunkRows } from "./framing_chunks.mjs";
import { codingRows, lengthRows, withCoding, withLength } from "./framing_lengths.mjs";
import { limitRows } from "./framing_limits.mjs";
import { sequenceRows } from "./framing_sequences.mjs";
import { accept, body, head, policy, post, refuse } from "./framing_words.mjs";

/** A write whose request line is `line`. */
const withLine = (line) => `${line}\r\n${head}Content-Length: 10\r\n\r\n${body}`;

// prettier-ignore
const startLines = [
  ["a small letter in the method", "post /v1/me/telemetry HTTP/1.1", policy(refuse(400)), "9110 9.1"],
  ["a method that is no token", "PO(T /v1/me/telemetry HTTP/1.1", refuse(400), "9110 9.1"],
  ["a space before the method", " POST /v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["two spaces before the target", "POST  /v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["two spaces before the version", "POST /v1/me/telemetry  HTTP/1.1", refuse(400), "9112 3"],
  ["a tab before the target", "POST\t/v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["a vertical tab before the target", "POST\v/v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["a space after the version", "POST /v1/me/telemetry HTTP/1.1 ", refuse(400), "9112 3"],
  ["a space in the target", "POST /v1/me/ telemetry HTTP/1.1", refuse(400), "9112 3.2"],
  ["a fragment in the target", "POST /v1/me/telemetry#a HTTP/1.1", refuse(400), "9112 3.2"],
  ["letters beyond ASCII", "POST /v1/me/telemetry?a=\xfc HTTP/1.1", refuse(400), "9112 3.2"],
  ["NUL in the target", "POST /v1/me/telemetry?a=\0 HTTP/1.1", refuse(400), "9112 3.2"],
  ["DEL in the target", "POST /v1/me/telemetry?a=\x7f HTTP/1.1", refuse(400), "9112 3.2"],
  ["a bare CR in the target", "POST /v1/me/telemetry\r HTTP/1.1", refuse(400), "9112 2.2"],
  ["a bare CR as the line's end", "POST /v1/me/telemetry HTTP/1.1\rX: a", refuse(400), "9112 2.2"],
  ["a bare LF as the line's end", "POST /v1/me/telemetry HTTP/1.1\nX: a", refuse(400), "9112 2.2"],
  ["CR CR LF as the line's end", "POST /v1/me/telemetry HTTP/1.1\r", refuse(400), "9112 2.2"],
  ["HTTP/1.2", "POST /v1/me/telemetry HTTP/1.2", policy(refuse(505)), "9110 2.5"],
  ["HTTP/2.0", "POST /v1/me/telemetry HTTP/2.0", refuse(505), "9110 15.6.6"],
  ["HTTP/0.9 by name", "POST /v1/me/telemetry HTTP/0.9", refuse([400, 505]), "9110 15.6.6"],
  ["no version, as in HTTP/0.9", "POST /v1/me/telemetry", refuse(400), "9112 3"],
  ["a version in small letters", "POST /v1/me/telemetry http/1.1", refuse(400), "9112 2.3"],
  ["a version of two digits", "POST /v1/me/telemetry HTTP/1.10", refuse(400), "9112 2.3"],
  ["a version that begins with 0", "POST /v1/me/telemetry HTTP/01.1", refuse(400), "9112 2.3"],
  ["a version without a point", "POST /v1/me/telemetry HTTP/11", refuse(400), "9112 2.3"],
  ["a version with a comma", "POST /v1/me/telemetry HTTP/1,1", refuse(400), "9112 2.3"],
  ["junk after the version", "POST /v1/me/telemetry HTTP/1.1x", refuse(400), "9112 2.3"],
  ["another protocol", "POST /v1/me/telemetry RTSP/1.0", refuse(400), "9112 2.3"],
  ["a version that ends in NUL", "POST /v1/me/telemetry HTTP/1.1\0", refuse(400), "9112 2.3"],
  ["a target that is no path", "POST v1/me/telemetry HTTP/1.1", refuse(400), "9112 3.2"],
  ["the asterisk with POST", "POST * HTTP/1.1", refuse(400), "9112 3.2.4"],
  ["an authority with POST", "POST 127.0.0.1:80 HTTP/1.1", refuse(400), "9112 3.2.3"],
  ["CONNECT", "CONNECT 127.0.0.1:80 HTTP/1.1", refuse([400, 405, 501]), "9112 3.2.3"],
  ["a user in the target", "POST http://u@HOST/v1/me/telemetry HTTP/1.1", refuse(400), "9110 4.2.4"],
  ["a scheme that is not HTTP", "POST ftp://HOST/v1/me/telemetry HTTP/1.1", refuse(400), "9112 3.2"],
  ["a target without a host", "POST http:///v1/me/telemetry HTTP/1.1", refuse(400), "9110 4.2.1"],
  ["a target whose port is no number", "POST http://127.0.0.1:8x/v1/me/telemetry HTTP/1.1", refuse(400), "9112 3.2"],
  ["a target with two ports", "POST http://127.0.0.1:80:80/v1/me/telemetry HTTP/1.1", refuse(400), "9112 3.2"],
  ["control bytes before it", "\x1c\x01POST /v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["NUL before it", "\0POST /v1/me/telemetry HTTP/1.1", refuse(400), "9112 3"],
  ["a line of a space before it", " \r\nPOST /v1/me/telemetry HTTP/1.1", refuse(400), "9112 2.2"],
  ["a bare LF before it", "\nPOST /v1/me/telemetry HTTP/1.1", refuse(400), "9112 2.2"],
  ["an empty line before it", "\r\nPOST /v1/me/telemetry HTTP/1.1", accept(200), "9112 2.2"],
  ["a method that nobody knows", "BREW /v1/me/telemetry HTTP/1.1", accept([405, 501]), "9110 9.1"],
  [
    "the target's authority, Host being another",
    "POST http://HOST/v1/me/telemetry HTTP/1.1\r\nX-A: b",
    policy(accept(200)),
    "9112 3.2.2",
    (bytes) => bytes.replace("Host: HOST", "Host: evil.example"),
  ],
  [
    "the target's authority, Host being malformed",
    "POST http://HOST/v1/me/telemetry HTTP/1.1",
    refuse(400),
    "9112 3.2",
    (bytes) => bytes.replace("Host: HOST", "Host: 127.0.0.1:8x"),
  ],
  [
    "a foreign authority in the target, Host being good",
    "POST http://evil.example/v1/me/telemetry HTTP/1.1",
    policy(accept(421)),
    "9112 3.2.2",
  ],
];

/** A write with these lines in its head. */
const withFields = (lines) => `${post}${lines}\r\nContent-Length: 10\r\n\r\n${body}`;

// prettier-ignore
const fields = [
  ["a space before the colon", "X-A : b", refuse(400), "9112 5.1"],
  ["a tab before the colon", "X-A\t: b", refuse(400), "9112 5.1"],
  ["a line folded with a space", "X-A: b\r\n c", refuse(400), "9112 5.2"],
  ["a line folded with a tab", "X-A: b\r\n\tc", refuse(400), "9112 5.2"],
  ["a line of a space alone", "X-A: b\r\n ", refuse(400), "9112 5.2"],
  ["a line without a colon", "X-A", refuse(400), "9112 5"],
  ["a field without a name", ": b", refuse(400), "9112 5.1"],
  ["a name with a space", "X A: b", refuse(400), "9110 5.1"],
  ["a name with brackets", "X(A): b", refuse(400), "9110 5.1"],
  ["a name with NUL", "X\0A: b", refuse(400), "9110 5.1"],
  ["a name with a control character", "X\x01A: b", refuse(400), "9110 5.1"],
  ["a name with letters beyond ASCII", "X-\xc4: b", refuse(400), "9110 5.1"],
  ["a value with NUL", "X-A: b\0c", refuse(400), "9110 5.5"],
  ["a value with a control character", "X-A: b\x01c", refuse(400), "9110 5.5"],
  ["a value with a vertical tab", "X-A: b\vc", refuse(400), "9110 5.5"],
  ["a value with a form feed", "X-A: b\fc", refuse(400), "9110 5.5"],
  ["a value with ESC", "X-A: \x1b[0m", refuse(400), "9110 5.5"],
  ["a value with DEL", "X-A: b\x7fc", refuse(400), "9110 5.5"],
  ["a value with a bare CR", "X-A: b\rc", refuse(400), "9112 2.2"],
  ["a bare CR before a length", "X-A: b\rContent-Length: 0", refuse(400), "9112 2.2"],
  ["a bare LF as a line's end", "X-A: b\nX-B: c", refuse(400), "9112 2.2"],
  ["CR CR LF as a line's end", "X-A: b\r\r\nX-B: c", refuse(400), "9112 2.2"],
  ["LF CR as a line's end", "X-A: b\n\rX-B: c", refuse(400), "9112 2.2"],
  ["a bare LF as the head's end", "X-A: b\r\n\nX-B: c", refuse(400), "9112 2.2"],
  ["CR CR LF as the head's end", "X-A: b\r\n\r\r\nX-B: c", refuse(400), "9112 2.2"],
  ["two line feeds as the head's end", "X-A: b\n\nX-B: c", refuse(400), "9112 2.2"],
  ["another expectation", "Expect: 200-ok", policy(refuse(417)), "9110 10.1.1"],
  ["an expectation too many", "Expect: 100-continue, x", policy(refuse(417)), "9110 10.1.1"],
  ["the expectation that is known", "Expect: 100-continue", accept(200), "9110 10.1.1"],
  ["a value with letters beyond ASCII", "X-A: \xc4\xff", accept(200), "9110 5.5"],
  ["a value with a tab in it", "X-A: b\tc", accept(200), "9110 5.5"],
  ["a value without anything", "X-A:", accept(200), "9112 5"],
  ["a value between spaces and tabs", "X-A: \t b \t ", accept(200), "9112 5.1"],
  ["a name with all that a token may have", "!#$%&'*+-.^_`|~09azAZ: b", accept(200), "9110 5.1"],
  ["TE, which is no Transfer-Encoding", "TE: chunked", accept(200), "9110 10.1.4"],
  ["a coding by a name that is another", "Transfer_Encoding: chunked", accept(200), "TE.TE"],
];

/** A write with this instead of its Host. */
const withHost = (line) =>
  `POST /v1/me/telemetry HTTP/1.1\r\n${line}Authorization: Bearer KEY\r\n` +
  `Content-Length: 10\r\n\r\n${body}`;

// prettier-ignore
const hosts = [
  ["no Host", "", refuse(400), "9112 3.2"],
  ["two Hosts", "Host: HOST\r\nHost: evil.example\r\n", refuse(400), "9112 3.2"],
  ["two Hosts that are the same", "Host: HOST\r\nHost: HOST\r\n", refuse(400), "9112 3.2"],
  ["Host as a list", "Host: HOST, evil.example\r\n", refuse(400), "9112 3.2"],
  ["Host with a user", "Host: user@HOST\r\n", refuse(400), "9112 3.2"],
  ["Host with a path", "Host: HOST/v1\r\n", refuse(400), "9112 3.2"],
  ["Host with a space", "Host: HOST x\r\n", refuse(400), "9112 3.2"],
  ["Host with a backslash", "Host: HOST\\x\r\n", refuse(400), "9112 3.2"],
  ["an empty Host", "Host:\r\n", refuse(400), "9110 4.2.1"],
  ["Host with a port that is no number", "Host: 127.0.0.1:8x\r\n", refuse(400), "9112 3.2"],
  ["Host with two ports", "Host: 127.0.0.1:80:80\r\n", refuse(400), "9112 3.2"],
  ["Host with half an address", "Host: [::1\r\n", refuse(400), "9112 3.2"],
  ["Host with half an escape", "Host: local%host\r\n", refuse(400), "9112 3.2"],
  ["Host without a port", "Host: 127.0.0.1\r\n", accept(200), "9110 7.2"],
  ["Host with an empty port", "Host: 127.0.0.1:\r\n", accept(200), "9110 4.2.3"],
  ["Host with an IPv6 address", "Host: [::1]:8080\r\n", accept(200), "9110 7.2"],
  ["Host in capital letters", "Host: LocalHost\r\n", accept(200), "9110 4.2.3"],
  ["a space before the first field", " Host: HOST\r\n", refuse(400), "9112 2.2"],
  ["a Host that is another's", "Host: evil.example\r\n", accept(421), "9110 15.5.20"],
];

const inChunks = (what) => `${post}Transfer-Encoding: chunked\r\n\r\n${what}`;
const asIs = (bytes) => bytes;

const marked = (letter, at) => letter + String(at).padStart(3, "0");

/** All requests for the hub of this name, to be sent with this key: `{id, name, bytes, …verdict}`. */
export function vectorsFor(hub) {
  const groups = [
    ["T-01", withLine, startLines],
    ["T-01", withFields, fields],
    ["T-01", withHost, hosts],
    ["T-01", withLength, lengthRows],
    ["T-01", withCoding, codingRows],
    ["T-01", inChunks, chunkRows],
    ["T-01", asIs, sequenceRows(hub)],
    ["T-06", asIs, limitRows(hub)],
    ["T-07", inChunks, chunkLimitRows],
  ];
  const rows = groups.flatMap(([id, build, list]) =>
    list.map(([name, what, verdict, reference, change = asIs]) => ({
      id,
      name,
      reference,
      ...verdict,
      text: change(build(what)),
    })),
  );
  return rows.map(({ text, ...row }, at) => {
    const own = marked("a", at);
    const behind = marked("b", at);
    const filled = text
      .replaceAll("AAAA", own)
      .replaceAll("BBBB", behind)
      .replaceAll("HOST", hub.host)
      .replaceAll("KEY", hub.key);
    return { ...row, own, behind, bytes: Buffer.from(filled, "latin1") };
  });
}
