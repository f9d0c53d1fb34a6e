// Bodies in chunks, and what may go wrong with them. RFC 9112 section 7.1.
import { accept, body, chunked, cut, hidden, policy, refuse } from "./framing_words.mjs";

const end = "0\r\n\r\n";
/** The body in one chunk, with this as the line of its size. */
const sized = (line) => `${line}\r\n${body}\r\n${end}`;
/** The body, with these trailer fields. */
const trailed = (lines) => `a\r\n${body}\r\n0\r\n${lines}\r\n\r\n`;
/** The body a byte a chunk, each with this extension. */
const bitten = (extension) =>
  [...body].map((each) => `1${extension}\r\n${each}\r\n`).join("") + end;

// prettier-ignore
export const chunkRows = [
  ["one chunk", chunked, accept(200), "9112 7.1"],
  ["many chunks", bitten(""), accept(200), "9112 7.1"],
  ["a size in a capital letter", sized("A"), accept(200), "9112 7.1"],
  ["a size with zeros before it", sized("000a"), accept(200), "9112 7.1"],
  ["a last chunk of many zeros", `a\r\n${body}\r\n0000\r\n\r\n`, accept(200), "9112 7.1"],
  ["a size that is no number", sized("g"), refuse(400), "9112 7.1"],
  ["a size that ends in a letter", sized("ag"), refuse(400), "9112 7.1"],
  ["a size with 0x", sized("0xa"), refuse(400), "9112 7.1"],
  ["a size with a plus", sized("+a"), refuse(400), "9112 7.1"],
  ["a size with a minus", sized("-a"), refuse(400), "9112 7.1"],
  ["a size with a fraction", sized("a.0"), refuse(400), "9112 7.1"],
  ["a size with a comma", sized("a,a"), refuse(400), "9112 7.1"],
  ["no size", sized(""), refuse(400), "9112 7.1"],
  ["a size that is NUL", sized("\0"), refuse(400), "9112 7.1"],
  ["NUL after a size", sized("a\0"), refuse(400), "9112 7.1"],
  ["a space before a size", sized(" a"), refuse(400), "9112 7.1"],
  ["a space in a size", sized("0 a"), refuse(400), "9112 7.1"],
  ["a space after a size", sized("a "), policy(refuse(400)), "9112 7.1"],
  ["a tab after a size", sized("a\t"), policy(refuse(400)), "9112 7.1"],
  ["a vertical tab after a size", sized("a\v"), refuse(400), "9112 7.1"],
  ["a bare CR after a size", sized("a\r"), refuse(400), "9112 7.1"],
  ["a bare LF after a size", `a\n${body}\r\n${end}`, refuse(400), "9112 7.1"],
  ["a bare CR in place of CRLF after a size", `a\r${body}\r\n${end}`, refuse(400), "9112 7.1"],
  ["an empty line before a size", `\r\n${chunked}`, refuse(400), "9112 7.1"],
  ["a size of 2^64 + 10", sized("1000000000000000a"), refuse([400, 413]), "9112 7.1"],
  ["a size of 2^64 - 1", sized("ffffffffffffffff"), refuse([400, 413]), "9112 7.1"],
  ["a size of 2^63", sized("8000000000000000"), refuse([400, 413]), "9112 7.1"],
  ["a size of 2^32 + 10", sized("10000000a"), refuse([400, 413]), "9112 7.1"],
  ["a size less than its data", sized("9"), refuse(400), "9112 7.1"],
  ["a size more than its data", sized("b"), refuse(400), "9112 7.1"],
  ["a size that takes the CRLF in", sized("c"), refuse(400), "9112 7.1"],
  ["no CRLF after data", `a\r\n${body}${end}`, refuse(400), "9112 7.1"],
  ["a bare LF after data", `a\r\n${body}\n${end}`, refuse(400), "9112 7.1"],
  ["a bare CR after data", `a\r\n${body}\r${end}`, refuse(400), "9112 7.1"],
  ["two bytes after data that are no CRLF", `a\r\n${body}XX${end}`, refuse(400), "9112 7.1"],
  ["a bare LF after the last chunk", `a\r\n${body}\r\n0\n\r\n`, refuse(400), "9112 7.1"],
  ["a bare LF at the very end", `a\r\n${body}\r\n0\r\n\n`, refuse(400), "9112 7.1"],
  ["a bare CR at the very end", `a\r\n${body}\r\n0\r\n\rX\r\n\r\n`, refuse(400), "9112 7.1"],
  ["no CRLF at the very end", `a\r\n${body}\r\n0\r\n${hidden}`, refuse(400), "9112 7.1"],
  ["a body that ends in its data", `a\r\n${body.slice(0, 4)}`, cut(), "9112 8"],
  ["a body that ends before the last chunk", `a\r\n${body}\r\n`, cut(), "9112 8"],
  ["a body that ends in the last chunk", `a\r\n${body}\r\n0\r\n`, cut(), "9112 8"],
  ["a request after the last chunk", chunked + hidden, accept(200, 200), "9112 9.3.2"],

  ["an extension", sized("a;x"), accept(200), "9112 7.1.1"],
  ["an extension with a value", sized("a;x=y"), accept(200), "9112 7.1.1"],
  ["an extension in quotes", sized('a;x="y z"'), accept(200), "9112 7.1.1"],
  ["an extension with an escape in quotes", sized('a;x="y\\"z"'), accept(200), "9112 7.1.1"],
  ["several extensions", sized("a;x;y=z;w"), accept(200), "9112 7.1.1"],
  ["an extension of the last chunk", `a\r\n${body}\r\n0;x\r\n\r\n`, accept(200), "9112 7.1.1"],
  ["an extension with spaces", sized("a ; x"), policy(refuse(400)), "9112 7.1.1"],
  ["a semicolon in quotes", sized('a;x="y;z"'), policy(refuse(400)), "9112 7.1.1"],
  ["an extension without a name", sized("a;"), refuse(400), "9112 7.1.1"],
  ["an extension that is a value alone", sized("a;=y"), refuse(400), "9112 7.1.1"],
  ["an extension without its value", sized("a;x="), refuse(400), "9112 7.1.1"],
  ["an extension that is no token", sized("a;x@y"), refuse(400), "9112 7.1.1"],
  ["an extension whose quotes never end", sized('a;x="y'), refuse(400), "9112 7.1.1"],
  ["an extension that goes on in the next line", sized('a;x="\r\ny"'), refuse(400), "TERM.EXT"],
  ["a bare LF in an extension", sized("a;x\ny"), refuse(400), "TERM.EXT"],
  ["a bare LF as an extension's end", `a;x\n${body}\r\n${end}`, refuse(400), "TERM.EXT"],
  ["a bare CR in an extension", sized("a;x\ry"), refuse(400), "TERM.EXT"],
  ["NUL in an extension", sized("a;x\0"), refuse(400), "9112 7.1.1"],
  ["an extension of the last chunk that ends in LF", `a\r\n${body}\r\n0;x\n\r\n`, refuse(400), "EXT.TERM"],

  ["a trailer field", trailed("X-A: b"), accept(200), "9112 7.1.2"],
  ["a folded trailer field", trailed("X-A: b\r\n c"), refuse(400), "9112 7.1.2"],
  ["a space before a trailer's colon", trailed("X-A : b"), refuse(400), "9112 7.1.2"],
  ["a trailer line without a colon", trailed("X-A"), refuse(400), "9112 7.1.2"],
  ["a bare LF in a trailer", trailed("X-A: b\nX-B: c"), refuse(400), "9112 7.1.2"],
  ["a bare CR in a trailer", trailed("X-A: b\rX-B: c"), refuse(400), "9112 7.1.2"],
  ["NUL in a trailer", trailed("X-A: b\0"), refuse(400), "9112 7.1.2"],
  ["a length in a trailer", trailed("Content-Length: 999"), policy(accept([200, 400])), "9110 6.5.1"],
  ["a coding in a trailer", trailed("Transfer-Encoding: chunked"), policy(accept([200, 400])), "9110 6.5.1"],
  ["a Host in a trailer", trailed("Host: evil.example"), policy(accept([200, 400])), "9110 6.5.1"],
  ["a media type in a trailer", trailed("Content-Type: text/html"), policy(accept([200, 400])), "9110 6.5.1"],
];

/** Those that T-07 of the threats names, with what is allowed of both. */
// prettier-ignore
export const chunkLimitRows = [
  ["256 bytes of an extension", sized(`a;${"x".repeat(255)}`), accept(200), "chunk-ext"],
  ["257 bytes of an extension", sized(`a;${"x".repeat(256)}`), refuse(400), "chunk-ext"],
  ["64 KiB of an extension", sized(`a;${"x".repeat(65_536)}`), refuse(400), "chunk-ext"],
  ["256 bytes of extensions in all", bitten(`;${"x".repeat(24)}`), accept(200), "chunk-ext"],
  ["260 bytes of extensions in all", bitten(`;${"x".repeat(25)}`), refuse(400), "chunk-ext"],
  ["2,000 extensions", sized(`a${";x".repeat(2_000)}`), refuse(400), "chunk-ext"],
  ["64 KiB of zeros before a size", sized(`${"0".repeat(65_536)}a`), refuse(400), "chunk-size"],
  ["4 KiB of trailers", trailed(`X: ${"a".repeat(4_091)}`), accept(200), "trailer"],
  ["more than 4 KiB of trailers", trailed(`X: ${"a".repeat(4_096)}`), refuse(400), "trailer"],
  ["64 KiB of trailers", trailed(`X: ${"a".repeat(65_536)}`), refuse(400), "trailer"],
  ["2,000 trailer fields", trailed(Array(2_000).fill("X: a").join("\r\n")), refuse(400), "trailer"],
];
