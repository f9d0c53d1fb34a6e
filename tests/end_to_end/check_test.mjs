// An operator looks at the files of a stopped hub, keeps what is whole of damaged ones, and makes
// them smaller.
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, Hub, runBeside, runNow, startHub, tandem } from "./hub.mjs";

const kAtOnce = 500;
const kReadings = 6_000;
const kFirstFrame = 1_024;
const kFrameHead = 40;

function check(data, ...words) {
  const { code, out, err } = runNow(tandem, ["check", "--data", data, ...words]);
  return { code, err, out, ...(words.includes("--json") ? { told: JSON.parse(out) } : {}) };
}

/** A hub that has stopped, or was killed, and the readings that it has acknowledged. */
async function hubWith(t, end) {
  const hub = await startHub(t);
  const readings = new Map();
  for (const id of ["lamp-1", "lamp-2"]) {
    const device = await hub.device(id);
    const client = hub.client(device.key);
    for (let at = 0; at < kReadings; at += kAtOnce) {
      const some = Array.from({ length: kAtOnce }, (_, each) => ({
        t: 1_000 * (at + each + 1),
        v: { n: (at + each) / 7 },
      }));
      await client.must("POST", "/v1/me/telemetry", some);
      for (const { t: time, v } of some) readings.set(`${id} ${time}`, v.n);
    }
  }
  await (end === "kill" ? hub.kill() : hub.stop());
  return { hub, readings };
}

async function readAll(hub, id) {
  const found = new Map();
  let path = `/v1/devices/${id}/telemetry?limit=1000`;
  while (path) {
    const { body } = await hub.rest.must("GET", path);
    for (const { t, v } of body.series.n) found.set(`${id} ${t}`, v);
    path = body.next && `/v1/devices/${id}/telemetry?limit=1000&cursor=${body.next}`;
  }
  return found;
}

/** Starts a hub on the data and gives how many of the readings are not there; all others are right. */
async function missing(t, { hub, data, readings }) {
  const again = new Hub({ data, admin: hub.admin });
  t.after(() => again.stop());
  await again.start();
  const found = new Map([...(await readAll(again, "lamp-1")), ...(await readAll(again, "lamp-2"))]);
  for (const [key, value] of found) assert.equal(value, readings.get(key), key);
  await again.stop();
  return readings.size - found.size;
}

function copyOf(hub) {
  const data = join(freshFolder(), "data");
  cpSync(hub.data, data, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  return data;
}

function flip(file, at) {
  const bytes = readFileSync(file);
  bytes[at] ^= 0x10;
  writeFileSync(file, bytes);
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((each) => {
      const path = join(folder, each.name);
      if (each.isDirectory()) return filesBelow(path);
      return each.isFile() ? [[path, readFileSync(path).toString("base64")]] : [];
    })
    .sort();
}

for (const end of ["stop", "kill"]) {
  test(`the data of a hub after ${end} is whole, counted, and not changed by looking`, async (t) => {
    const { hub, readings } = await hubWith(t, end);
    const before = filesBelow(hub.data);
    const { code, told } = check(hub.data, "--json");
    assert.deepEqual(filesBelow(hub.data), before);
    assert.deepEqual(told.findings, []);
    assert.equal(code, 0);
    assert.equal(told.whole, true);
    assert.equal(told.files["registry.db"].devices, 2);
    const { log, "telemetry.db": telemetry } = told.files;
    assert.equal(telemetry.readings + log.readings_in_no_chunk, readings.size);
    const words = check(hub.data);
    assert.equal(words.code, 0);
    assert.match(words.out, /registry\.db {3}\d+ bytes, 2 devices, /);
    assert.match(words.out, /: whole\n$/);
  });
}

test("a hub that runs is not looked at, and a restored backup can be", async (t) => {
  const hub = await startHub(t);
  const refused = await runBeside(tandem, ["check", "--data", hub.data]);
  assert.equal(refused.code, 3);
  assert.match(refused.err, /a hub runs on .*: stop it first, or look at a copy/);
  const compacting = await runBeside(tandem, ["compact", "--data", hub.data]);
  assert.equal(compacting.code, 3);
  const folder = freshFolder();
  const file = join(folder, "hub.tar");
  assert.equal((await hub.cli("backup", file)).code, 0);
  const restored = join(folder, "restored");
  assert.equal(runNow(tandem, ["restore", file, "--data", restored]).code, 0);
  assert.equal(check(restored, "--json").told.whole, true);
});

test("a directory that is no hub's is told, and nothing is made in it", () => {
  const folder = freshFolder();
  const { code, err } = check(join(folder, "nobody"));
  assert.equal(code, 1);
  assert.match(err, /no hub's data/);
  assert.deepEqual(readdirSync(folder), []);
});

test("a bit of a chunk: the device is named, the rest is kept value by value", async (t) => {
  const { hub, readings } = await hubWith(t, "stop");
  const data = copyOf(hub);
  const file = join(data, "telemetry.db");
  const sql =
    "SELECT hex(substr(data, -60, 48)) FROM chunk JOIN device ON device.id = chunk.device " +
    "WHERE device.name = 'lamp-2' ORDER BY t0 LIMIT 1";
  const found = runNow("sqlite3", ["-readonly", file, sql]);
  const at = readFileSync(file).indexOf(Buffer.from(found.out.trim(), "hex"));
  assert.ok(at > 0);
  flip(file, at + 20);
  const { code, told } = check(data, "--json");
  assert.equal(code, 1);
  assert.equal(told.damages, 1);
  const [finding] = told.findings;
  assert.equal(finding.kind, "chunk-unreadable");
  assert.equal(finding.device, "lamp-2");
  assert.deepEqual(finding.series, ["n"]);
  assert.equal(finding.readings, 512);
  assert.equal(finding.from, "1970-01-01T00:00:01Z");
  const words = check(data);
  assert.match(words.out, /damage {2}telemetry\.db: chunk \d+: chunk, byte \d+: the CRC does not fit/);
  assert.match(words.out, /device lamp-2; series n; 1970-01-01T00:00:01Z to 1970-/);
  assert.match(words.out, /tandem check --salvage/);

  const salvaged = check(data, "--salvage", "--json");
  assert.equal(salvaged.code, 0);
  assert.equal(salvaged.told.salvaged.length, 1);
  assert.equal(salvaged.told.findings[0].kind, "chunks-aside");
  assert.equal(await missing(t, { hub, data, readings }), 512);
  assert.equal(check(data).code, 0);
});

test("a bit of the log: the group is told, the rest is kept value by value", async (t) => {
  const { hub, readings } = await hubWith(t, "kill");
  const data = copyOf(hub);
  const [name] = readdirSync(join(data, "log")).sort();
  const file = join(data, "log", name);
  // In the last group but one: those before have the names, and behind the last is the torn end.
  const bytes = readFileSync(file);
  const groups = [];
  for (let at = kFirstFrame; bytes.readUInt32LE(at) === bytes.readUInt32LE(kFirstFrame); ) {
    groups.push(at);
    at += Math.ceil((kFrameHead + bytes.readUInt32LE(at + 4)) / 8) * 8;
  }
  assert.ok(groups.length > 4);
  flip(file, groups.at(-2) + kFrameHead + 10);
  const { code, told } = check(data, "--json");
  assert.equal(code, 1);
  const finding = told.findings.find(({ kind }) => kind === "frames-damaged");
  assert.equal(finding.file, `log/${name}`);
  assert.ok(finding.readings > 0);
  const salvaged = check(data, "--salvage", "--json");
  assert.equal(salvaged.code, 0, salvaged.out);
  assert.ok(readdirSync(join(data, "log")).some((each) => each.startsWith(`${name}.damaged-`)));
  assert.ok((await missing(t, { hub, data, readings })) <= finding.readings);
});

test("compact makes the files smaller, keeps every reading and tells both sizes", async (t) => {
  const { hub, readings } = await hubWith(t, "stop");
  const before = statSync(join(hub.data, "telemetry.db")).size;
  const done = runNow(tandem, ["compact", "--data", hub.data]);
  assert.equal(done.code, 0, done.err);
  const told = JSON.parse(done.out);
  assert.equal(told.files["telemetry.db"].before, before);
  assert.equal(told.files["telemetry.db"].after, statSync(join(hub.data, "telemetry.db")).size);
  assert.ok(!existsSync(join(hub.data, "telemetry.db.copy")));
  assert.equal(statSync(join(hub.data, "telemetry.db")).mode & 0o777, 0o600);
  assert.equal(check(hub.data).code, 0);
  assert.equal(await missing(t, { hub, data: hub.data, readings }), 0);
});
