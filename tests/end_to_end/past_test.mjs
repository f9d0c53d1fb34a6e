// The past as users meet it: a stream that goes on where it was left, readings that are kept for a
// time only, simulated fleets that have a month behind them.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, runBeside, startHub, tandem } from "./hub.mjs";

const kRounds = 3;
const kAtOnce = 500;
const kHour = 3_600_000;

test("a stream that goes on from its cursor has everything once, though the hub was killed", async (t) => {
  const hub = await startHub(t);
  const pump = await hub.device("pump");
  const other = await hub.device("other");
  let socket = await hub.socket(hub.admin.admin_key);
  let { cursor } = await socket.must("stream.subscribe", { body: { devices: ["pump"] } });
  const written = [];
  const write = async (key, from) => {
    const some = Array.from({ length: kAtOnce }, (_, at) => ({
      t: 1_000 + from + at,
      v: { n: from + at },
    }));
    await hub.client(key.key).must("POST", "/v1/me/telemetry", some);
    return some.map(({ v }) => v.n);
  };
  const heard = [];
  for (let round = 0; round < kRounds; ++round) {
    socket.close();
    await write(other, round * 2 * kAtOnce);
    written.push(...(await write(pump, round * 2 * kAtOnce)));
    await hub.kill();
    await hub.start();
    written.push(...(await write(pump, (round * 2 + 1) * kAtOnce)));
    socket = await hub.socket(hub.admin.admin_key);
    const next = await socket.must("stream.subscribe", {
      body: { devices: ["pump"], start: cursor },
    });
    const events = await socket.events.count(2 * kAtOnce, 10_000, "what was missed");
    for (const { v } of events) heard.push(v);
    cursor = next.cursor;
  }
  assert.deepEqual(heard, written);
  assert.deepEqual(
    socket.notices.items.filter((each) => each.gap),
    [],
  );
});

test("what is said to be kept for a time is refused when it is older, by label and for all", async (t) => {
  const hub = await startHub(t, { words: ["--retention", "48h", "--retention", "tier=raw:12h"] });
  await hub.rest.must("PUT", "/v1/devices/raw", { labels: { tier: "raw" } });
  await hub.rest.must("PUT", "/v1/devices/fine", {});
  const write = async (device, hours) =>
    (
      await hub.rest.ask("POST", `/v1/devices/${device}/telemetry`, {
        t: Date.now() - hours * kHour,
        v: { n: hours },
      })
    ).status;
  assert.equal(await write("raw", 11), 200);
  assert.equal(await write("raw", 13), 400);
  assert.equal(await write("fine", 47), 200);
  assert.equal(await write("fine", 49), 400);
});

test("a simulated fleet has a past when it is asked for, and stops in the present", async (t) => {
  const hub = await startHub(t);
  const key = join(freshFolder(), "admin.key");
  writeFileSync(key, hub.admin.admin_key);
  const words = ["weather", "--since", "2d", "--until-now", "--devices", "2", "--json"];
  const run = await runBeside(tandem, ["simulate", ...words, "--url", hub.url, "--key-file", key]);
  assert.equal(run.code, 0, run.err);
  const told = JSON.parse(run.out);
  assert.equal(told.accepted, told.measured);
  assert.equal(told.dropped, 0);
  assert.equal(told.failures, 0, run.err);
  // A station measures every minute.
  const { body } = await hub.rest.must(
    "GET",
    `/v1/devices/weather-station-1/telemetry?series=temperature&step=${kHour}`,
  );
  const counts = body.buckets.map(({ n }) => n);
  assert.ok(counts.length >= 48 && counts.length <= 50, `${counts.length} hours`);
  assert.ok(counts.slice(1, -1).every((n) => n === 60), counts.join(" "));
});
