// Readings in every format: the recordings go in through each of them, a few hundred rows a body,
// and come out of each of them again with the same values.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  codings,
  readers,
  senmlLabelled,
  senmlNamed,
  senmlOf,
  senmlRows,
  types,
  writers,
} from "./formats.mjs";
import { startHub } from "./hub.mjs";
import {
  assertSame,
  lastOfEachTime,
  load,
  missing,
  overRest,
  overSocket,
  replayAll,
  series,
  slices,
} from "./recording.mjs";

const kRowsOfBody = 400;
const kRowsOfMessage = 200; // A message is 128 KiB at most (docs: limits).

const absent = missing();
if (absent !== null) {
  console.log(`skipped: ${absent}`);
  process.exit(77);
}
const recordings = load();

/** A way over REST: bodies in a format, in a coding or in none; answers in `encoding`. */
function rest(name, { format = name, coding, encoding = "json", subscriber = "json" }) {
  const { type, write } = writers[format];
  const headers = { "content-type": type };
  if (coding !== undefined) headers["content-encoding"] = coding;
  const pack = coding === undefined ? (bytes) => bytes : codings[coding]?.pack;
  const items = (rows) =>
    slices(rows, kRowsOfBody).map((part) => ({
      body: pack(write(part, series)),
      headers,
      count: part.length,
    }));
  const replay = (hub, device, rows) => overRest(hub, device, items(rows), { encoding });
  return { name: `REST, ${name}`, id: `rest-${name}`, subscriber, replay, lacks: !pack && coding };
}

/** A way over WebSocket: SenML packs as bodies of messages. */
function socket(name, encoding, type, pack) {
  const items = (rows) =>
    slices(rows, kRowsOfMessage).map((part) => ({
      body: pack(senmlOf(part, series)),
      headers: { "content-type": type },
      count: part.length,
    }));
  const replay = (hub, device, rows) => overSocket(hub, device, items(rows), encoding, 4);
  return { name: `WebSocket, ${name}`, id: `ws-${name}`, subscriber: encoding, replay };
}

const ways = [
  rest("json", {}),
  rest("cbor", { encoding: "cbor", subscriber: "cbor" }),
  rest("xml", { encoding: "xml" }),
  rest("senmlJson", {}),
  rest("senmlCbor", { encoding: "cbor", subscriber: "cbor" }),
  rest("senmlXml", { encoding: "xml" }),
  rest("plainSenmlXml", { encoding: "xml" }),
  rest("csvWide", {}),
  rest("csvLong", { subscriber: "cbor" }),
  rest("ndjson", {}),
  rest("gzip-ndjson", { format: "ndjson", coding: "gzip" }),
  rest("zstd-csv", { format: "csvWide", coding: "zstd" }),
  socket("senmlJson", "json", types.senmlJson, (records) => records),
  socket("senmlCbor", "cbor", types.senmlCbor, senmlLabelled),
];

/** History through one reader of a media type: one page of what has pages, all of what has none. */
async function readBack(hub, device, { type, read }, coding) {
  const paged = type === types.csv || type === types.ndjson ? "" : "&limit=100000";
  const path = `/v1/devices/${device.id}/telemetry?series=${series}${paged}`;
  const headers = { accept: type };
  if (coding !== undefined) headers["accept-encoding"] = coding;
  const answer = await hub.rest.get(path, headers);
  assert.equal(answer.headers["content-type"].split(";")[0], type);
  assert.equal(answer.headers["content-encoding"], coding);
  assert.equal(answer.headers.link, undefined, "all of it is there");
  return read(answer.raw, series);
}

// Every day each of the first way in, and of each other way one, always another: what is kept of it
// has been compared already, row by row. ./test --long has each of each.
const everyOne = Object.entries(readers);
const readersAfter = (at) =>
  at === 0 || process.env.TANDEM_LONG ? everyOne : [everyOne[at % everyOne.length]];

async function readBackAll(hub, devices, some) {
  for (const [at, { name, rows }] of recordings.entries()) {
    const last = lastOfEachTime(rows);
    for (const [format, reader] of some) {
      assertSame(await readBack(hub, devices[at], reader), last, `${name} in ${format}`);
    }
  }
}

test("each recording goes in through each format and comes out of each the same", async (t) => {
  const hub = await startHub(t);
  for (const [at, way] of ways.entries()) {
    const skip = way.lacks ? `neither Node.js nor the system has ${way.lacks}` : false;
    await t.test(way.name, { skip }, async (each) => {
      const devices = await replayAll(each, hub, way, recordings);
      await readBackAll(hub, devices, readersAfter(at));
    });
  }
});

test("what comes out compressed is the same", async (t) => {
  const hub = await startHub(t);
  const [{ name, rows }] = recordings;
  const device = await hub.device(name);
  await ways[0].replay(hub, device, rows);
  const last = lastOfEachTime(rows);
  for (const coding of Object.keys(codings)) {
    const skip = codings[coding] === null ? `nothing here has ${coding}` : false;
    await t.test(coding, { skip }, async () => {
      for (const [format, reader] of Object.entries(readers)) {
        const got = await readBack(hub, device, reader, coding);
        assertSame(got, last, `${format} in ${coding}`);
      }
    });
  }
});

test("over WebSocket history comes as SenML to whoever accepts it", async (t) => {
  const hub = await startHub(t);
  const [{ name, rows }] = recordings;
  const device = await hub.device(name);
  const part = lastOfEachTime(rows).slice(0, kRowsOfMessage);
  await overRest(hub, device, [{ body: writers.json.write(part, series), count: part.length }]);
  for (const [encoding, format] of [
    ["json", "senmlJson"],
    ["cbor", "senmlCbor"],
  ]) {
    const client = await hub.socket(hub.admin.admin_key, { encoding });
    const reply = await client.call("telemetry.read", {
      path: { device: device.id },
      query: { series },
      headers: { accept: types[format] },
    });
    assert.equal(reply.status, 200, JSON.stringify(reply));
    const records = encoding === "json" ? reply.body : senmlNamed(reply.body);
    assertSame(senmlRows(records), part, format);
  }
});
