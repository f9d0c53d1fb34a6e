// History as charts and reports ask for it: percentiles, days of a place, thinned series, many
// devices at once. What the hub says is computed here once more, by other means.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { types } from "./formats.mjs";
import { Hub, startHub } from "./hub.mjs";

// Four days in Berlin, the third of which has 23 hours.
const kFirst = Date.parse("2026-03-26T23:00:00Z");
const kLast = Date.parse("2026-03-30T22:00:00Z");
const kMinute = 60_000;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

/** Readings of a device, one a minute, some missing; whole numbers, so that sums are exact. */
function readingsOf(seed) {
  const out = [];
  let state = seed;
  for (let t = kFirst; t < kLast; t += kMinute) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    if (state % 7 === 0) continue;
    out.push({ t, v: (state >> 8) % 1_000 });
  }
  return out;
}
const kFleet = { "hall-1": readingsOf(1), "hall-2": readingsOf(2), "roof-1": readingsOf(3) };

let hub;
let rest;
const endings = [];
after(() => Promise.all(endings.map((end) => end())));
before(async () => {
  hub = await startHub({ after: (end) => endings.push(end) });
  rest = hub.rest;
  for (const [id, readings] of Object.entries(kFleet)) {
    const labels = { place: id.split("-")[0] };
    await rest.must("PUT", `/v1/devices/${id}`, { type: "meter", labels });
    const body = readings.map(({ t, v }) => `{"t":${t},"v":{"power":${v},"on":${v > 500}}}\n`);
    const headers = { "content-type": types.ndjson };
    const path = `/v1/devices/${id}/telemetry`;
    await rest.must("POST", path, Buffer.from(body.join("")), headers);
  }
});

async function history(device, query) {
  const parameters = new URLSearchParams({ series: "power", from: kFirst, to: kLast, ...query });
  return (await rest.must("GET", `/v1/devices/${device}/telemetry?${parameters}`)).body;
}

/** On the line between two neighbours, as PostgreSQL's percentile_cont. */
function percentile(numbers, percent) {
  const sorted = numbers.toSorted((left, right) => left - right);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (above - sorted[below]) * (place - below);
}

const kInBerlin = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Berlin", dateStyle: "short" });

function grouped(readings, keyOf) {
  const groups = new Map();
  for (const each of readings) {
    const key = keyOf(each.t);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(each);
  }
  return [...groups.values()];
}

function checkBuckets(buckets, groups) {
  assert.equal(buckets.length, groups.length);
  groups.forEach((group, at) => {
    const numbers = group.map(({ v }) => v);
    const { n, count, sum, p50, p95, "p99.9": most } = buckets[at];
    assert.equal(n, group.length);
    assert.equal(count, group.length);
    assert.equal(sum, numbers.reduce((total, each) => total + each));
    for (const [got, percent] of [[p50, 50], [p95, 95], [most, 99.9]]) {
      assert.ok(Math.abs(got - percentile(numbers, percent)) < 1e-9, `p${percent} is ${got}`);
    }
  });
}
const kAggregate = "count,sum,p50,p95,p99.9";

test("hours have the percentiles of their readings", async () => {
  const { buckets } = await history("hall-1", { step: kHour, aggregate: kAggregate });
  checkBuckets(buckets, grouped(kFleet["hall-1"], (t) => Math.floor(t / kHour)));
});

test("days are those of a place, also the one that has 23 hours", async () => {
  const query = { step: kDay, tz: "Europe/Berlin", aggregate: kAggregate };
  const { buckets } = await history("hall-1", query);
  checkBuckets(buckets, grouped(kFleet["hall-1"], (t) => kInBerlin.format(t)));
  const starts = buckets.map(({ t }) => new Date(t).toISOString());
  assert.deepEqual(starts, [
    "2026-03-26T23:00:00.000Z",
    "2026-03-27T23:00:00.000Z",
    "2026-03-28T23:00:00.000Z",
    "2026-03-29T22:00:00.000Z",
  ]);
});

test("pages of days lead from one to the next", async () => {
  const query = { step: kDay, tz: "Europe/Berlin", aggregate: "count", limit: 1 };
  const seen = [];
  let page = await history("hall-1", query);
  while (true) {
    seen.push(...page.buckets);
    if (page.next === undefined) break;
    page = await history("hall-1", { ...query, cursor: page.next });
  }
  const whole = await history("hall-1", { ...query, limit: 100 });
  assert.deepEqual(seen, whole.buckets);
});

test("a chart gets no more points than it asks for, and each extreme", async () => {
  const all = kFleet["hall-2"];
  for (const points of [10, 100, 1_000]) {
    const { readings, next } = await history("hall-2", { points });
    assert.equal(next, undefined);
    assert.ok(readings.length <= points && readings.length > points / 3, `${readings.length}`);
    const known = new Map(all.map(({ t, v }) => [t, v]));
    for (const { t, v } of readings) assert.equal(known.get(t), v);
    const numbers = (list) => list.map(({ v }) => v);
    assert.equal(Math.max(...numbers(readings)), Math.max(...numbers(all)));
    assert.equal(Math.min(...numbers(readings)), Math.min(...numbers(all)));
    assert.deepEqual(readings[0], all[0]);
    assert.deepEqual(readings.at(-1), all.at(-1));
  }
  const { readings } = await history("hall-2", { points: 10_000 });
  assert.deepEqual(readings, all);
});

async function query(parameters, headers) {
  return rest.must("GET", `/v1/telemetry?${new URLSearchParams(parameters)}`, undefined, headers);
}

test("one question gets the histories of many devices", async () => {
  const span = { from: kFirst, to: kFirst + kHour, limit: 100 };
  const { body } = await query({ ...span, series: "power", labels: "place=hall" });
  assert.deepEqual(Object.keys(body.devices), ["hall-1", "hall-2"]);
  for (const [id, { series }] of Object.entries(body.devices)) {
    assert.deepEqual(series.power, kFleet[id].filter(({ t }) => t < kFirst + kHour));
  }
  const named = (await query({ ...span, devices: "roof-1,hall-1" })).body;
  assert.deepEqual(Object.keys(named.devices), ["hall-1", "roof-1"]);
  assert.deepEqual(Object.keys(named.devices["roof-1"].series), ["on", "power"]);
});

test("a device that has more than fits says where it goes on", async () => {
  const { body } = await query({ series: "power", type: "meter", limit: 50 });
  const { series, next } = body.devices["hall-1"];
  const rest = await history("hall-1", { limit: 50, cursor: next });
  assert.deepEqual([...series.power, ...rest.readings], kFleet["hall-1"].slice(0, 100));
});

test("pages of devices lead from one to the next, with every device once", async () => {
  // So much of each that a page has no room for all.
  const wide = { series: "power,on", from: kFirst, to: kLast, limit: 100_000, step: kMinute };
  const seen = {};
  let cursor = {};
  let pages = 0;
  do {
    const { body } = await query({ ...wide, ...cursor });
    for (const [id, { series }] of Object.entries(body.devices)) {
      assert.equal(seen[id], undefined);
      seen[id] = series.power.length;
    }
    pages += 1;
    cursor = body.next && { cursor: body.next };
  } while (cursor);
  const expected = Object.entries(kFleet).map(([id, readings]) => [id, readings.length]);
  assert.deepEqual(seen, Object.fromEntries(expected));
  assert.ok(pages <= 3);
});

test("files have every reading of every device, and can be sent back", async () => {
  for (const type of [types.csv, types.ndjson]) {
    const { raw } = await query({ series: "power", type: "meter" }, { accept: type });
    const lines = raw.toString().trim().split(/\r?\n/);
    const expected = Object.values(kFleet).reduce((sum, { length }) => sum + length, 0);
    assert.equal(lines.length - (type === types.csv ? 1 : 0), expected);
    const headers = { "content-type": type };
    const part = Buffer.from(`${lines.slice(0, 1_000).join("\n")}\n`);
    const { body } = await rest.must("POST", "/v1/telemetry", part, headers);
    assert.deepEqual(body.refused, []);
  }
  const { body } = await query({ devices: "hall-1,roof-1", limit: 2 }, { accept: types.senmlJson });
  assert.deepEqual(
    body.filter(({ bn }) => bn).map(({ bn }) => bn),
    ["hall-1/", "roof-1/"],
  );
});

test("the key of a device asks for no other device", async () => {
  const { key } = await hub.device("meter-9");
  const { status } = await hub.client(key).ask("GET", "/v1/telemetry");
  assert.equal(status, 403);
});

test("what does not go together is refused with the field", async () => {
  const rows = [
    ["points=100&step=1000", "#query/points"],
    ["points=100&limit=5", "#query/points"],
    ["points=5", "#query/points"],
    ["points=100&order=desc", "#query/order"],
    ["step=3600000&tz=Atlantis", "#query/tz"],
    ["tz=UTC", "#query/tz"],
    ["step=129600000&tz=UTC", "#query/step"],
    ["step=1000&aggregate=p42", "#query/aggregate"],
    ["aggregate=p50", "#query/aggregate"],
  ];
  for (const [parameters, pointer] of rows) {
    const { status, body } = await rest.ask("GET", `/v1/devices/hall-1/telemetry?${parameters}`);
    assert.equal(status, 400, parameters);
    assert.equal(body.errors[0].pointer.split("/").slice(0, 2).join("/"), pointer, parameters);
  }
  const { status, body } = await rest.ask("GET", "/v1/telemetry?devices=hall-1,hall-9");
  assert.equal(status, 404);
  assert.match(body.detail, /hall-9/);
});

test("a question that takes too long is given up at both doors, and the next one is answered", async (t) => {
  const limits = { ...new Hub({}).limits, "telemetry.query_time": 0.001 };
  const hurried = await startHub(t, { limits });
  await hurried.device("hall-1");
  const rows = Array.from({ length: 40_000 }, (_, at) => `{"t":${at * 1_000},"v":{"power":${at}}}`);
  const path = "/v1/devices/hall-1/telemetry";
  const headers = { "content-type": types.ndjson };
  await hurried.rest.must("POST", path, Buffer.from(rows.join("\n")), headers);
  // Eighty chunks then, each of which has to be read for a percentile.
  await hurried.stop();
  await hurried.start();
  const query = { series: "power", from: 0, to: 40_000_000, step: kHour, aggregate: "p50" };
  const text = new URLSearchParams(query);
  const socket = await hurried.socket(hurried.admin.admin_key);
  const asked = [
    hurried.rest.ask("GET", `${path}?${text}`),
    hurried.rest.ask("GET", `/v1/telemetry?devices=hall-1&${text}`),
    socket.call("telemetry.read", { path: { device: "hall-1" }, query }),
    socket.call("telemetry.query", { query: { ...query, devices: "hall-1" } }),
  ];
  for (const answer of await Promise.all(asked)) {
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    const problem = answer.problem ?? answer.body;
    assert.equal(problem.type, "/problems/unprocessable");
    assert.match(problem.detail, /longer than a query may/);
  }
  const figures = (await hurried.rest.must("GET", "/metrics")).raw.toString();
  assert.match(figures, /^tandem_limit_hits_total\{limit="telemetry\.query_time"\} 4$/m);
  const latest = await hurried.rest.must("GET", "/v1/devices/hall-1/latest");
  assert.equal(latest.body.series.power.v, 39_999);
});
