// The examples of RFC 8949: well-formed CBOR (appendix A) and what is not (appendix F).

/** Why a well-formed item is refused: JSON has no such value, so no operation takes it. */
const kNone = {
  bytes: "byte strings are no JSON value",
  finite: "JSON has finite numbers only",
  big: "a whole number that does not fit 64 bits",
  simple: "undefined and simple values are no JSON value",
  keys: "members of JSON have names that are text",
};
const refused = (name) => ({ refused: kNone[name] });
const is = (value) => ({ value });

const kTo25 = Array.from({ length: 25 }, (_, at) => at + 1);
const kTo25Bytes = "0102030405060708090a0b0c0d0e0f101112131415161718181819";
const kNested = is([1, [2, 3], [4, 5]]);

/** `[bytes, what they mean]`: a value, or why there is none. */
export const wellFormed = [
  ["00", is(0)],
  ["01", is(1)],
  ["0a", is(10)],
  ["17", is(23)],
  ["1818", is(24)],
  ["1819", is(25)],
  ["1864", is(100)],
  ["1903e8", is(1000)],
  ["1a000f4240", is(1000000)],
  ["1b000000e8d4a51000", is(1000000000000)],
  ["1bffffffffffffffff", is(18446744073709551615n)],
  ["c249010000000000000000", refused("big")],
  ["3bffffffffffffffff", refused("big")],
  ["c349010000000000000000", refused("big")],
  ["20", is(-1)],
  ["29", is(-10)],
  ["3863", is(-100)],
  ["3903e7", is(-1000)],
  ["f90000", is(0)],
  ["f98000", is(-0)],
  ["f93c00", is(1)],
  ["fb3ff199999999999a", is(1.1)],
  ["f93e00", is(1.5)],
  ["f97bff", is(65504)],
  ["fa47c35000", is(100000)],
  ["fa7f7fffff", is(3.4028234663852886e38)],
  ["fb7e37e43c8800759c", is(1e300)],
  ["f90001", is(5.960464477539063e-8)],
  ["f90400", is(0.00006103515625)],
  ["f9c400", is(-4)],
  ["fbc010666666666666", is(-4.1)],
  ["f97c00", refused("finite")],
  ["f97e00", refused("finite")],
  ["f9fc00", refused("finite")],
  ["fa7f800000", refused("finite")],
  ["fa7fc00000", refused("finite")],
  ["faff800000", refused("finite")],
  ["fb7ff0000000000000", refused("finite")],
  ["fb7ff8000000000000", refused("finite")],
  ["fbfff0000000000000", refused("finite")],
  ["f4", is(false)],
  ["f5", is(true)],
  ["f6", is(null)],
  ["f7", refused("simple")],
  ["f0", refused("simple")],
  ["f8ff", refused("simple")],
  ["c074323031332d30332d32315432303a30343a30305a", is("2013-03-21T20:04:00Z")],
  ["c11a514b67b0", is(1363896240)],
  ["c1fb41d452d9ec200000", is(1363896240.5)],
  ["d74401020304", refused("bytes")],
  ["d818456449455446", refused("bytes")],
  ["d82076687474703a2f2f7777772e6578616d706c652e636f6d", is("http://www.example.com")],
  ["40", refused("bytes")],
  ["4401020304", refused("bytes")],
  ["60", is("")],
  ["6161", is("a")],
  ["6449455446", is("IETF")],
  ["62225c", is('"\\')],
  ["62c3bc", is("\u00fc")],
  ["63e6b0b4", is("\u6c34")],
  ["64f0908591", is("\u{10151}")],
  ["80", is([])],
  ["83010203", is([1, 2, 3])],
  ["8301820203820405", kNested],
  [`9819${kTo25Bytes}`, is(kTo25)],
  ["a0", is({})],
  ["a201020304", refused("keys")],
  ["a26161016162820203", is({ a: 1, b: [2, 3] })],
  ["826161a161626163", is(["a", { b: "c" }])],
  ["a56161614161626142616361436164614461656145", is({ a: "A", b: "B", c: "C", d: "D", e: "E" })],
  ["5f42010243030405ff", refused("bytes")],
  ["7f657374726561646d696e67ff", is("streaming")],
  ["9fff", is([])],
  ["9f018202039f0405ffff", kNested],
  ["9f01820203820405ff", kNested],
  ["83018202039f0405ff", kNested],
  ["83019f0203ff820405", kNested],
  [`9f${kTo25Bytes}ff`, is(kTo25)],
  ["bf61610161629f0203ffff", is({ a: 1, b: [2, 3] })],
  ["826161bf61626163ff", is(["a", { b: "c" }])],
  ["bf6346756ef563416d7421ff", is({ Fun: true, Amt: -2 })],
];

/** By kind, each in hexadecimal digits. */
export const malformed = {
  "the head ends too early":
    "18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000",
  "a string that is shorter than it says":
    "41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203",
  "an array or a map that is shorter than it says":
    "81 818181818181818181 8200 a1 a20102 a100 a2000000",
  "a tag without content": "c0",
  "a string of indefinite length that does not end": "5f4100 7f6100",
  "an array or a map of indefinite length that does not end":
    "9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff",
  "reserved additional information":
    "1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe",
  "a simple value in two bytes that has one": "f800 f801 f818 f81f",
  "a string of indefinite length of other pieces":
    "5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff",
  "a string of indefinite length within another": "5f5f4100ffff 7f7f6100ffff",
  "a break by itself": "ff",
  "a break where a length is said": "81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff",
  "a break deeper inside": "9f829f819f9fffffffff",
  "a break where a value belongs": "bf00ff bf000000ff",
  "an indefinite length of what has none": "1f 3f df",
};
