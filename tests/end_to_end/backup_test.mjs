// A backup is taken while the hub is busy; what is restored of it is a hub like the first one.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, Hub, runBeside, runNow, startHub, tandem } from "./hub.mjs";

const kWriters = 4;
const kAtOnce = 20;
const kBefore = 4_000;

function done(result, code = 0) {
  assert.equal(result.code, code, `${result.out}${result.err}`);
  return result.out;
}

/** All readings of a series: time to value. */
async function history(hub, device) {
  const found = new Map();
  let path = `/v1/devices/${device}/telemetry?limit=1000`;
  while (path) {
    const { body } = await hub.rest.must("GET", path);
    for (const { t, v } of body.series.n) found.set(t, v);
    path = body.next && `/v1/devices/${device}/telemetry?limit=1000&cursor=${body.next}`;
  }
  return found;
}

/** Writes until it is told to end; `acknowledged` has what the hub has taken. */
function writeOn(hub, device) {
  const client = hub.client(device.key);
  const writer = { acknowledged: new Map(), stop: false };
  writer.ended = (async () => {
    for (let next = 0; !writer.stop; next += kAtOnce) {
      const some = Array.from({ length: kAtOnce }, (_, at) => ({
        t: 1_000 + next + at,
        v: { n: (next + at) / 7 },
      }));
      await client.must("POST", "/v1/me/telemetry", some);
      for (const { t, v } of some) writer.acknowledged.set(t, v.n);
    }
  })();
  return writer;
}

async function restoredHub(t, file, admin) {
  const data = join(freshFolder(), "restored");
  done(runNow(tandem, ["restore", file, "--data", data]));
  const hub = new Hub({ data, admin });
  t.after(() => hub.stop());
  return await hub.start();
}

test("a backup of a busy hub has every reading that was acknowledged before", async (t) => {
  const hub = await startHub(t);
  const devices = [];
  for (let at = 0; at < kWriters; ++at) devices.push(await hub.device(`lamp-${at}`));
  const writers = devices.map((device) => writeOn(hub, device));
  const count = () => writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  while (count() < kBefore) await hub.rest.must("GET", "/v1/devices");

  const file = join(freshFolder(), "hub.tar");
  const before = writers.map(({ acknowledged }) => new Map(acknowledged));
  const made = JSON.parse(done(await hub.cli("backup", file)));
  assert.ok(count() > kBefore, "the writers have gone on");
  for (const writer of writers) writer.stop = true;
  await Promise.all(writers.map(({ ended }) => ended));

  assert.ok(made.files["registry.db"] > 0 && made.files["telemetry.db"] > 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const listed = done(runNow("tar", ["-tf", file])).trim().split("\n");
  assert.equal(listed.at(-1), "manifest.json");
  assert.deepEqual(listed.slice(0, -1), Object.keys(made.files));
  assert.ok(!existsSync(`${file}.part`));

  const twin = await restoredHub(t, file, hub.admin);
  for (const [at, device] of devices.entries()) {
    const found = await history(twin, device.id);
    for (const [time, value] of before[at]) assert.equal(found.get(time), value);
    for (const [time, value] of found) {
      assert.equal(writers[at].acknowledged.get(time), value, "nothing is made up");
    }
    const own = twin.client(device.key);
    assert.equal((await own.must("GET", "/v1/me")).body.id, device.id, "keys go on working");
    await own.must("POST", "/v1/me/telemetry", { n: 1 });
  }
});

test("a stopped hub is backed up from its directory, and the same is restored", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  await hub.client(device.key).must("POST", "/v1/me/telemetry", { t: 5_000, v: { n: 1.5 } });
  await hub.stop();
  const file = join(freshFolder(), "hub.tar");
  done(await hub.cli("backup", file));
  const twin = await restoredHub(t, file, hub.admin);
  assert.deepEqual([...(await history(twin, "lamp-1"))], [[5_000, 1.5]]);
});

test("backup and restore replace nothing that they were not told to", async (t) => {
  const hub = await startHub(t);
  const folder = freshFolder();
  const file = join(folder, "hub.tar");
  writeFileSync(file, "mine");
  assert.match((await hub.cli("backup", file)).err, /exists: --force/);
  assert.equal(readFileSync(file, "utf8"), "mine");
  done(await hub.cli("backup", file, "--force"));

  const taken = join(folder, "taken");
  mkdirSync(taken);
  writeFileSync(join(taken, "note"), "mine");
  const refused = await runBeside(tandem, ["restore", file, "--data", taken]);
  done(refused, 1);
  assert.match(refused.err, /is not empty/);

  const torn = join(folder, "torn.tar");
  writeFileSync(torn, readFileSync(file).subarray(0, 100_000));
  const data = join(folder, "data");
  const broken = await runBeside(tandem, ["restore", torn, "--data", data]);
  done(broken, 1);
  assert.match(broken.err, /no whole backup/);
  assert.ok(!existsSync(data) && !existsSync(`${data}.part`));
});

test("no key makes a backup: it is for who owns the data directory", async (t) => {
  const hub = await startHub(t);
  const answer = await hub.rest.ask("POST", "/v1/backups");
  assert.equal(answer.status, 403);
  assert.match(answer.body.detail, /tandem backup/);
  const elsewhere = join(freshFolder(), "nobody");
  done(await runBeside(tandem, ["backup", join(elsewhere, "a.tar"), "--data", elsewhere]), 1);
});
