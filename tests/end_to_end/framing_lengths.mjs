// How long a request is, said wrongly: lengths and codings. RFC 9112 sections 6 and 7, and the ways to
// smuggle requests that are named after the fields that contradict each other.
import { accept, body, chunked, cut, policy, post, refuse } from "./framing_words.mjs";

/** A write with these lines about its length, and the body as it is. */
export const withLength = (lines) => `${post}${lines}\r\n\r\n${body}`;

/** What is left of the body is a line, and no request. */
const withLine = (bytes) => `${bytes}\r\n`;

// prettier-ignore
export const lengthRows = [
  ["a length with a plus", "Content-Length: +10", refuse(400), "9110 8.6"],
  ["a length with a minus", "Content-Length: -10", refuse(400), "9110 8.6"],
  ["a length in hexadecimal", "Content-Length: 0xa", refuse(400), "9110 8.6"],
  ["a length with a space in it", "Content-Length: 1 0", refuse(400), "9110 8.6"],
  ["a length with a fraction", "Content-Length: 10.0", refuse(400), "9110 8.6"],
  ["a length with an exponent", "Content-Length: 1e1", refuse(400), "9110 8.6"],
  ["a length that is text", "Content-Length: ten", refuse(400), "9110 8.6"],
  ["a length in Arabic digits", "Content-Length: \xd9\xa1\xd9\xa0", refuse(400), "9110 8.6"],
  ["a length in quotes", 'Content-Length: "10"', refuse(400), "9110 8.6"],
  ["a length that is empty", "Content-Length:", refuse(400), "9110 8.6"],
  ["a length that is a space", "Content-Length:  ", refuse(400), "9110 8.6"],
  ["a length with a vertical tab", "Content-Length: 10\v", refuse(400), "9110 8.6"],
  ["a length with a semicolon", "Content-Length: 10;a", refuse(400), "9110 8.6"],
  ["a length that is a list of two", "Content-Length: 10, 11", refuse(400), "9110 8.6"],
  ["a list of the same length", "Content-Length: 10, 10", policy(refuse(400)), "9110 8.6"],
  ["a list with an empty member", "Content-Length: 10,", policy(refuse(400)), "9110 8.6"],
  ["two lengths", "Content-Length: 10\r\nContent-Length: 11", refuse(400), "CL.CL"],
  ["two lengths, the first 0", "Content-Length: 0\r\nContent-Length: 10", refuse(400), "CL.CL"],
  [
    "the same length twice",
    "Content-Length: 10\r\ncontent-length: 10",
    policy(refuse(400)),
    "9112 6.3",
  ],
  ["a length of 2^63 - 1", "Content-Length: 9223372036854775807", refuse(413), "9110 8.6"],
  ["a length of 2^64 + 10", "Content-Length: 18446744073709551626", refuse([400, 413]), "9110 8.6"],
  ["a length of 2^32 + 10", "Content-Length: 4294967306", refuse(413), "9110 8.6"],
  ["a space before a length's colon", "Content-Length : 10", refuse(400), "9112 5.1"],
  ["a length on a folded line", "Content-Length:\r\n 10", refuse(400), "9112 5.2"],
  ["a length with zeros before it", "Content-Length: 010", accept(200), "9110 8.6"],
  ["a length between spaces", "Content-Length: \t10 \t", accept(200), "9112 5.1"],
  ["a length less than there is", "Content-Length: 4", refuse(400, 400), "9112 6.3", withLine],
  ["no length at all", "X-A: b", refuse(400, 400), "9112 6.3", withLine],
  ["a length more than there is", "Content-Length: 11", cut(), "9112 8"],
];

/** A write with these lines about its length, its body being in chunks. */
export const withCoding = (lines) => `${post}${lines}\r\n\r\n${chunked}`;

// prettier-ignore
export const codingRows = [
  ["chunked", "Transfer-Encoding: chunked", accept(200), "9112 7.1"],
  ["chunked in other letters", "transfer-encoding: ChUnKeD", accept(200), "9112 7"],
  ["chunked after a tab", "Transfer-Encoding:\tchunked", accept(200), "9112 5.1"],
  ["chunked before a space", "Transfer-Encoding: chunked ", accept(200), "9112 5.1"],
  ["chunked after a vertical tab", "Transfer-Encoding:\vchunked", refuse(400), "TE.TE"],
  ["chunked after a form feed", "Transfer-Encoding:\fchunked", refuse(400), "TE.TE"],
  ["chunked before NUL", "Transfer-Encoding: chunked\0", refuse(400), "TE.TE"],
  ["xchunked", "Transfer-Encoding: xchunked", refuse([400, 501]), "TE.TE"],
  ["x chunked", "Transfer-Encoding: x chunked", refuse([400, 501]), "TE.TE"],
  ["chunked in quotes", 'Transfer-Encoding: "chunked"', refuse([400, 501]), "TE.TE"],
  ["chunked with a parameter", "Transfer-Encoding: chunked;q=1", refuse([400, 501]), "9112 7.1"],
  ["chunked twice", "Transfer-Encoding: chunked, chunked", refuse(400), "9112 6.1"],
  ["chunked and nothing", "Transfer-Encoding: chunked,", policy(refuse([400, 501])), "9110 5.6.1"],
  ["nothing and chunked", "Transfer-Encoding: ,chunked", policy(refuse([400, 501])), "9110 5.6.1"],
  ["no coding", "Transfer-Encoding:", refuse([400, 501]), "9112 6.3"],
  ["identity", "Transfer-Encoding: identity", refuse([400, 501]), "9112 6.3"],
  ["identity, chunked", "Transfer-Encoding: identity, chunked", refuse([400, 501]), "9112 6.1"],
  ["chunked, identity", "Transfer-Encoding: chunked, identity", refuse([400, 501]), "9112 6.3"],
  ["gzip, chunked", "Transfer-Encoding: gzip, chunked", refuse(501), "9112 6.1"],
  ["chunked, gzip", "Transfer-Encoding: chunked, gzip", refuse([400, 501]), "9112 6.3"],
  ["gzip", "Transfer-Encoding: gzip", refuse([400, 501]), "9112 6.3"],
  ["chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", refuse(400), "TE.TE"],
  ["chunked and another field", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", refuse([400, 501]), "TE.TE"],
  ["another field and chunked", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", refuse([400, 501]), "TE.TE"],
  ["chunked on a folded line", "Transfer-Encoding:\r\n chunked", refuse(400), "TE.TE"],
  ["a space before the colon of a coding", "Transfer-Encoding : chunked", refuse(400), "TE.TE"],
  ["NUL before the colon of a coding", "Transfer-Encoding\0: chunked", refuse(400), "TE.TE"],
  ["a bare CR before a coding", "X: a\rTransfer-Encoding: chunked", refuse(400), "TE.TE"],
  ["a length, then chunked", "Content-Length: 20\r\nTransfer-Encoding: chunked", refuse(400), "CL.TE"],
  ["chunked, then a length", "Transfer-Encoding: chunked\r\nContent-Length: 20", refuse(400), "TE.CL"],
  ["a length of 0, then chunked", "Content-Length: 0\r\nTransfer-Encoding: chunked", refuse(400), "0.TE"],
  ["a length, then xchunked", "Content-Length: 20\r\nTransfer-Encoding: xchunked", refuse([400, 501]), "CL.TE"],
  ["a length, then identity", "Content-Length: 20\r\nTransfer-Encoding: identity", refuse([400, 501]), "CL.TE"],
  ["a length, then no coding", "Content-Length: 20\r\nTransfer-Encoding:", refuse([400, 501]), "CL.TE"],
  ["a length, then chunked after a tab", "Content-Length: 20\r\nTransfer-Encoding:\tchunked", refuse(400), "CL.TE"],
];
