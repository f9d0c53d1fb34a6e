// Readings in every media type that carries them, and the codings of bodies.
import { spawnSync } from "node:child_process";
import * as zlib from "node:zlib";

import { decode, encode } from "./cbor.mjs";
import { fromXml, senmlFromXml, senmlToXml, toXml } from "./markup.mjs";

export const types = {
  json: "application/json",
  cbor: "application/cbor",
  xml: "application/xml",
  senmlJson: "application/senml+json",
  senmlCbor: "application/senml+cbor",
  senmlXml: "application/senml+xml",
  csv: "text/csv",
  ndjson: "application/x-ndjson",
};

const json = (value) => Buffer.from(JSON.stringify(value));
export const ndjson = (values) =>
  Buffer.from(values.map((each) => `${JSON.stringify(each)}\n`).join(""));

// ---------------------------------------------------------------- SenML, RFC 8428

// Section 6, table 4: labels in CBOR.
const kLabels = { bver: -1, bn: -2, bt: -3, bu: -4, bv: -5, bs: -6 };
Object.assign(kLabels, { n: 0, u: 1, v: 2, vs: 3, vb: 4, s: 5, t: 6, ut: 7, vd: 8 });
const kNames = Object.fromEntries(Object.entries(kLabels).map(([name, label]) => [label, name]));

/** Records with the labels of JSON as what `encode()` writes with those of CBOR. */
export const senmlLabelled = (records) =>
  records.map(
    (record) => new Map(Object.entries(record).map(([name, value]) => [kLabels[name], value])),
  );
/** The way back, from what `decode()` gives. */
export const senmlNamed = (records) =>
  records.map((record) =>
    Object.fromEntries(Object.entries(record).map(([label, value]) => [kNames[label], value])),
  );

const senmlValue = (v) => ({ number: { v }, string: { vs: v }, boolean: { vb: v } })[typeof v];

/** Rows `{t, v}` of one series as records: a base name and a base time, as a small sender would. */
export function senmlOf(rows, name) {
  const base = rows[0].t;
  return rows.map(({ t, v }, at) =>
    at === 0
      ? { bn: name, bt: base / 1000, ...senmlValue(v) }
      : { t: (t - base) / 1000, ...senmlValue(v) },
  );
}

/** Records resolved (section 4.6): `[{name, t, v}]`, the time in milliseconds. */
export function senmlResolved(records) {
  const base = { bn: "", bt: 0, bv: 0 };
  return records.map((record) => {
    for (const label of Object.keys(base)) base[label] = record[label] ?? base[label];
    const v = record.vs ?? record.vb ?? record.v + base.bv;
    const seconds = base.bt + (record.t ?? 0);
    return { name: base.bn + (record.n ?? ""), t: Math.round(seconds * 1e6) / 1000, v };
  });
}

/** What the hub answers for one series of one device, as rows. */
export const senmlRows = (records) => senmlResolved(records).map(({ t, v }) => ({ t, v }));

// ---------------------------------------------------------------- CSV, RFC 4180

/** Records of a file: lists of cells. */
export function csvRecords(text) {
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|$)/gy;
  const records = [];
  let record = [];
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) throw new Error("this is no CSV");
    record.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}

/** A cell as the hub writes one: JSON where it is JSON, text where not. */
export function cellValue(cell) {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

const iso = (t) => new Date(t).toISOString();

function csvRows(text, series) {
  const [header, ...records] = csvRecords(text);
  const at = header.indexOf(series);
  if (header[0] !== "time" || at < 1) throw new Error(`the header is ${header}`);
  return records.map((record) => {
    if (!record[0].endsWith("Z")) throw new Error(`${record[0]} is not in UTC`);
    return { t: Date.parse(record[0]), v: cellValue(record[at]) };
  });
}

const wide = (rows, series) =>
  Buffer.from(`time,${series}\n${rows.map(({ t, v }) => `${iso(t)},${v}\n`).join("")}`);
const long = (rows, series) =>
  Buffer.from(
    `time,series,value\r\n${rows.map(({ t, v }) => `${iso(t)},${series},${v}\r\n`).join("")}`,
  );

// ---------------------------------------------------------------- all of them

const timed = (rows, series) => rows.map(({ t, v }) => ({ t, v: { [series]: v } }));

/** Bodies of readings of one series: rows `{t, v}` to bytes. */
export const writers = {
  json: { type: types.json, write: (rows, series) => json(timed(rows, series)) },
  cbor: { type: types.cbor, write: (rows, series) => encode(timed(rows, series)) },
  xml: { type: types.xml, write: (rows, series) => toXml(timed(rows, series)) },
  senmlJson: { type: types.senmlJson, write: (rows, series) => json(senmlOf(rows, series)) },
  senmlCbor: {
    type: types.senmlCbor,
    write: (rows, series) => encode(senmlLabelled(senmlOf(rows, series))),
  },
  senmlXml: { type: types.senmlXml, write: (rows, series) => senmlToXml(senmlOf(rows, series)) },
  // By its root element alone, without the media type that says so.
  plainSenmlXml: { type: types.xml, write: (rows, series) => senmlToXml(senmlOf(rows, series)) },
  csvWide: { type: types.csv, write: wide },
  csvLong: { type: types.csv, write: long },
  ndjson: { type: types.ndjson, write: (rows, series) => ndjson(timed(rows, series)) },
};

function ndjsonRows(text, series) {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line does not end");
  return lines.map((line) => {
    const { t, v } = JSON.parse(line);
    return { t, v: v[series] };
  });
}

/** History of one series: bytes to rows. */
export const readers = {
  json: { type: types.json, read: (bytes) => JSON.parse(bytes).readings },
  cbor: { type: types.cbor, read: (bytes) => decode(bytes).readings },
  xml: { type: types.xml, read: (bytes) => fromXml(bytes).readings },
  senmlJson: { type: types.senmlJson, read: (bytes) => senmlRows(JSON.parse(bytes)) },
  senmlCbor: { type: types.senmlCbor, read: (bytes) => senmlRows(senmlNamed(decode(bytes))) },
  senmlXml: { type: types.senmlXml, read: (bytes) => senmlRows(senmlFromXml(bytes)) },
  csv: { type: types.csv, read: (bytes, series) => csvRows(bytes.toString(), series) },
  ndjson: { type: types.ndjson, read: (bytes, series) => ndjsonRows(bytes.toString(), series) },
};

// ---------------------------------------------------------------- codings of bodies

function zstdProgram(words, bytes) {
  const done = spawnSync("zstd", ["-q", "-c", ...words], { input: bytes, maxBuffer: 2 ** 30 });
  if (done.error || done.status !== 0) throw new Error(`zstd: ${done.error ?? done.stderr}`);
  return done.stdout;
}
const hasProgram = () => spawnSync("zstd", ["--version"]).status === 0;

// Node.js has zstd since 22.15; before that the program, where there is one.
function zstd() {
  if (zlib.zstdCompressSync) {
    return { pack: zlib.zstdCompressSync, unpack: zlib.zstdDecompressSync };
  }
  if (!hasProgram()) return null;
  return {
    pack: (bytes) => zstdProgram(["-3"], bytes),
    unpack: (bytes) => zstdProgram(["-d"], bytes),
  };
}

/** Content codings: `pack` and `unpack`; zstd is null where nothing here has it. */
export const codings = {
  gzip: { pack: (bytes) => zlib.gzipSync(bytes), unpack: (bytes) => zlib.gunzipSync(bytes) },
  zstd: zstd(),
};
