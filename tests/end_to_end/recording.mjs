// Recordings of real sensors, read, replayed through the doors and compared with what the hub kept.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const kProject = resolve(fileURLToPath(import.meta.url), "../../..");
const kFolder = process.env.TANDEM_RECORDINGS ?? join(kProject, "../shared/data");
const kNames = ["machine_temperature", "ambient_temperature", "traffic_occupancy"];

export const series = "value";
const kArrivalMs = 60_000;

/** Why there is nothing to replay, or null. */
export function missing() {
  const absent = kNames.filter((name) => !existsSync(join(kFolder, `${name}.csv`)));
  if (absent.length === 0) return null;
  return `no recording ${absent.join(", ")}.csv in TANDEM_RECORDINGS or ../shared/data`;
}

/** `[{name, rows: [{t, v}]}]` in the order of the files. Times without a zone are UTC. */
export function load() {
  return kNames.map((name) => {
    const lines = readFileSync(join(kFolder, `${name}.csv`), "utf8")
      .trim()
      .split(/\r?\n/);
    const rows = lines.slice(1).map((line) => {
      const [time, value] = line.split(",");
      return { t: Date.parse(`${time.replace(" ", "T")}Z`), v: Number(value) };
    });
    return { name, rows };
  });
}

/** What history has to be after `rows` were written in their order: the last value of each time. */
export function lastOfEachTime(rows) {
  const byTime = new Map(rows.map(({ t, v }) => [t, v]));
  return [...byTime].map(([t, v]) => ({ t, v })).sort((a, b) => a.t - b.t);
}

const body = ({ t, v }) => ({ t, v: { [series]: v } });

/** Keeps up to `window` calls going, begun in order; fails with the first that fails. */
async function inOrder(items, window, call) {
  let next = 0;
  const work = async () => {
    while (next < items.length) await call(items[next++]);
  };
  await Promise.all(Array.from({ length: window }, work));
}

function expectAccepted(status, written, count) {
  if (status === 200 && written.accepted === count && written.refused.length === 0) return;
  throw new Error(`not accepted: ${status} ${JSON.stringify(written)}`);
}

export const slices = (rows, size) =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );

// As many as the hub takes from one connection before it reads no further (docs: limits).
const kPipelined = 16;
const kMessagesInFlight = 64;

/** Sends bodies of readings: `[{body, headers, count}]`. */
export async function overRest(hub, device, items, { pipelining = 1, encoding = "json" } = {}) {
  const client = hub.client(device.key, { pipelining, encoding });
  const path = `/v1/devices/${device.id}/telemetry`;
  await inOrder(items, pipelining, async ({ body: sent, headers, count }) => {
    const answer = await client.ask("POST", path, sent, headers);
    expectAccepted(answer.status, answer.body, count);
  });
  client.close();
}

/** The same through a socket, `window` of them on their way. */
export async function overSocket(hub, device, items, encoding, window = kMessagesInFlight) {
  const socket = await hub.socket(device.key, { encoding });
  await inOrder(items, window, async ({ body: sent, headers, count }) => {
    const call = { path: { device: "me" }, headers, body: sent };
    const reply = await socket.call("telemetry.write", call);
    expectAccepted(reply.status, reply.body, count);
  });
  socket.close();
}

const single = (rows) => rows.map((row) => ({ body: body(row), count: 1 }));
const bulk = (rows, size) =>
  slices(rows.map(body), size).map((part) => ({ body: part, count: part.length }));

/** The ways in. `subscriber`: the encoding of the socket that listens meanwhile. */
export const ways = [
  {
    name: "REST, one reading a body",
    id: "single",
    subscriber: "cbor",
    replay: (hub, device, rows) => overRest(hub, device, single(rows), { pipelining: kPipelined }),
  },
  {
    name: "REST, 1,000 readings a body",
    id: "bulk",
    subscriber: "json",
    replay: (hub, device, rows) => overRest(hub, device, bulk(rows, 1_000)),
  },
  {
    name: "WebSocket, JSON",
    id: "ws-json",
    subscriber: "cbor",
    replay: (hub, device, rows) => overSocket(hub, device, single(rows), "json"),
  },
  {
    name: "WebSocket, CBOR",
    id: "ws-cbor",
    subscriber: "json",
    replay: (hub, device, rows) => overSocket(hub, device, single(rows), "cbor"),
  },
];

async function history(hub, device) {
  const readings = [];
  let query = `series=${series}&limit=1000`;
  for (;;) {
    const { body: page } = await hub.rest.get(`/v1/devices/${device.id}/telemetry?${query}`);
    assert.equal(page.series, series);
    readings.push(...page.readings);
    if (page.next === undefined) return readings;
    query = `series=${series}&limit=1000&cursor=${encodeURIComponent(page.next)}`;
  }
}

/** The first place where two lists differ, for a failure that can be read. */
export function assertSame(actual, expected, what) {
  const length = Math.max(actual.length, expected.length);
  for (let at = 0; at < length; ++at) {
    const [a, b] = [actual[at], expected[at]];
    if (a?.t === b?.t && Object.is(a?.v, b?.v)) continue;
    const told = `${JSON.stringify(a)} instead of ${JSON.stringify(b)}`;
    assert.fail(`${what}: ${told} at ${at} of ${actual.length}, ${expected.length} expected`);
  }
}

/**
 * Replays the recordings in one of the ways, each on a device of its own: what arrives meanwhile
 * and what is kept has to be what was sent. Gives the devices.
 */
export async function replayAll(t, hub, way, recordings) {
  const devices = [];
  for (const { name } of recordings) devices.push(await hub.device(`${way.id}-${name}`));
  const ids = devices.map((device) => device.id);
  const total = recordings.reduce((sum, { rows }) => sum + rows.length, 0);
  const listener = await hub.follow({ devices: ids }, { encoding: way.subscriber });

  const begun = performance.now();
  await Promise.all(recordings.map(({ rows }, at) => way.replay(hub, devices[at], rows)));
  const seconds = (performance.now() - begun) / 1000;
  t.diagnostic(`${way.name}: ${Math.round(total / seconds)} readings/s acknowledged`);

  await listener.events.count(total, kArrivalMs, "every reading at the subscriber");
  assert.deepEqual(
    listener.notices.items.filter((each) => each.gap),
    [],
  );
  for (const [at, { name, rows }] of recordings.entries()) {
    const got = listener.events.items.filter((event) => event.d === ids[at]);
    assertSame(got, rows, `${name} as it arrived at the subscriber`);
    const last = lastOfEachTime(rows);
    assertSame(await history(hub, devices[at]), last, `${name} as history has it`);
    const latest = await hub.rest.get(`/v1/devices/${ids[at]}/latest`);
    assertSame([latest.body.series[series]], last.slice(-1), `${name} as latest has it`);
  }
  assert.equal(listener.events.items.length, total, "nothing comes twice");
  listener.close();
  return devices;
}
