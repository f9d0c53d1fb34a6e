// Readings of every type as JSON text: JavaScript's numbers could neither hold nor show all that the
// hub has to give back. A value is compared as text where text is exact.

const kEdges = {
  d: ["-0.0", "0.0", "5e-324", "1.7976931348623157e+308", "0.1", "-2.2250738585072014e-308"],
  i: ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"],
};
kEdges.i.push("18446744073709551615", "0");
const kShareOfEdges = 0.2;
const kShareOfSeries = 0.6;

const below = (random, bound) => Math.floor(random() * bound);
const bits = (random) =>
  (BigInt(below(random, 2 ** 32)) << 32n) | BigInt(below(random, 2 ** 32));

/** Any finite double: random bits, so that most have all their digits. */
function anyDouble(random) {
  const view = new DataView(new ArrayBuffer(8));
  do view.setBigUint64(0, bits(random));
  while (!Number.isFinite(view.getFloat64(0)));
  const text = String(view.getFloat64(0));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function double(random) {
  if (random() < 0.4) return anyDouble(random);
  const scaled = (below(random, 10_000) / 100).toString();
  return scaled.includes(".") ? scaled : `${scaled}.0`;
}

function text(random, most) {
  const letters = "aä\"\\ €😀z\n/";
  const all = [...letters];
  const length = below(random, most);
  return JSON.stringify(Array.from({ length }, () => all[below(random, all.length)]).join(""));
}

const kMakers = {
  d: double,
  i: (random) => BigInt.asIntN(64, bits(random)).toString(),
  b: (random) => String(random() < 0.5),
  s: (random, { text: most }) => text(random, most),
  j: (random) => `{"a":[${below(random, 100)},-0.0,null,{"z":1.5}],"b":${text(random, 8)}}`,
};
export const kSeries = Object.keys(kMakers);

function make(series, random, options) {
  const edges = kEdges[series];
  if (edges !== undefined && random() < kShareOfEdges) return edges[below(random, edges.length)];
  return kMakers[series](random, options);
}

/** What one message says: series to JSON text; one series at least. */
export function someValues(random, options = { text: 60 }) {
  const chosen = kSeries.filter(() => random() < kShareOfSeries);
  if (chosen.length === 0) chosen.push("d");
  return new Map(chosen.map((series) => [series, make(series, random, options)]));
}

/** The members of a JSON object as text, not parsed. */
export function members(object) {
  const found = new Map();
  let at = 1;
  while (at < object.length - 1) {
    const name = endOfValue(object, at);
    const value = endOfValue(object, name + 1);
    found.set(JSON.parse(object.slice(at, name)), object.slice(name + 1, value));
    at = value + 1;
  }
  return found;
}

// Where the value that begins at `at` ends: before the comma, colon or bracket that is not its own.
function endOfValue(json, at) {
  let depth = 0;
  for (let end = at; end < json.length; ++end) {
    const letter = json[end];
    if (letter === '"') {
      for (++end; json[end] !== '"'; ++end) if (json[end] === "\\") ++end;
    } else if (letter === "{" || letter === "[") ++depth;
    else if (letter === "}" || letter === "]") {
      if (depth === 0) return end;
      --depth;
    } else if (depth === 0 && (letter === "," || letter === ":")) return end;
  }
  return json.length;
}

/** Whether two texts are the same value of that series. A double that became an integer is not. */
export function isSame(series, one, other) {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  if (series === "d") return /[.e]/.test(other) && Object.is(Number(one), Number(other));
  return /[sj]/.test(series) && JSON.stringify(parse(one)) === JSON.stringify(parse(other));
}

// −0 is text in here, because JSON.stringify forgets its sign.
const parse = (json) =>
  JSON.parse(json, (_, value) => (Object.is(value, -0) ? "minus zero" : value));
