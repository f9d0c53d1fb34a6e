// Real input: recordings of three sensors, as fast as the hub acknowledges, through every way in.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startHub } from "./hub.mjs";
import { lastOfEachTime, load, missing, series, ways } from "./recording.mjs";

const kArrivalMs = 60_000;

const absent = missing();
if (absent !== null) {
  console.log(`skipped: ${absent}`);
  process.exit(77);
}
const recordings = load();

async function history(hub, device) {
  const readings = [];
  let query = `series=${series}&limit=1000`;
  for (;;) {
    const { body } = await hub.rest.get(`/v1/devices/${device.id}/telemetry?${query}`);
    assert.equal(body.series, series);
    readings.push(...body.readings);
    if (body.next === undefined) return readings;
    query = `series=${series}&limit=1000&cursor=${encodeURIComponent(body.next)}`;
  }
}

/** The first place where two lists differ, for a failure that can be read. */
function assertSame(actual, expected, what) {
  const length = Math.max(actual.length, expected.length);
  for (let at = 0; at < length; ++at) {
    const [a, b] = [actual[at], expected[at]];
    if (a?.t === b?.t && Object.is(a?.v, b?.v)) continue;
    const told = `${JSON.stringify(a)} instead of ${JSON.stringify(b)}`;
    assert.fail(`${what}: ${told} at ${at} of ${actual.length}, ${expected.length} expected`);
  }
}

async function replayAll(t, hub, way) {
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
}

for (const loops of [1, 2]) {
  const name = `each recording arrives once, in order, and reads back; loops: ${loops}`;
  test(name, async (t) => {
    const hub = await startHub(t, { words: ["--loops", String(loops)] });
    await Promise.all(ways.map((way) => t.test(way.name, (each) => replayAll(each, hub, way))));
  });
}
