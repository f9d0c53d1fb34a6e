// What an operator sees: `tandem status`, hub.status at both doors, /readyz, the page of figures.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, runBeside, runNow, startHub, tandem } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kKeys = [
  ["version", "started", "uptime", "ready", "warnings", "addresses", "connections", "devices"],
  ["engine", "durability", "state", "messages", "stored", "replaced", "repeated", "changes"],
].map((names) => new Set(names));

test("the status of a running hub is asked on the spot, with a key, and at both doors", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  await hub.client(device.key).must("POST", "/v1/me/telemetry", { power: 1, level: 2 });
  const socket = await hub.socket(device.key);

  const page = await hub.cli("status");
  assert.equal(page.code, 0, page.err);
  assert.match(page.out, /^tandem \d+\.\d+\.\d+, up .*, ready\n/);
  assert.match(page.out, new RegExp(`^doors +${hub.url}$`, "m"));
  assert.match(page.out, /^connections +\d+ at rest, 1 at ws$/m);
  assert.match(page.out, /^readings +2 new, 0 replaced, 0 repeated$/m);
  assert.match(page.out, /^disk +[\d.]+ [GMT]iB free, 8\.0 MiB in reserve$/m);

  const spot = JSON.parse((await hub.cli("status", "--json")).out);
  const remote = await hub.remote(hub.admin.admin_key, "status", "--json");
  assert.equal(remote.code, 0, remote.err);
  const admin = await hub.socket(hub.admin.admin_key);
  const reply = await admin.call("hub.status");
  assert.equal(reply.status, 200);
  const rest = (await hub.rest.must("GET", "/v1/status")).body;
  for (const status of [spot, JSON.parse(remote.out), reply.body, rest]) {
    for (const name of kKeys[0]) assert.ok(name in status, name);
    for (const name of kKeys[1]) assert.ok(name in status.store, name);
    assert.equal(status.devices, 1);
    assert.equal(status.ready, true);
    assert.deepEqual(status.warnings, []);
    assert.equal(status.store.stored, 2);
    assert.equal(status.store.messages, 1);
    assert.equal(status.store.state, "writing");
    assert.equal(status.store.disk.memory.rows, 1);
    assert.ok(status.store.disk.files.registry > 0);
    assert.ok(status.store.disk.commits.log_sync.counts.reduce((a, b) => a + b) > 0);
  }
  socket.close();

  const refused = await hub.remote(device.key, "status");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^tandem: .*scope/);
});

test("where no hub runs the status says so, and how large the files are", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp-1");
  await hub.stop();
  const page = await hub.cli("status");
  assert.equal(page.code, 3);
  assert.match(page.err, /^tandem: no hub is running on .*: tandem serve --data /);
  assert.match(page.out, /^registry\.db +[\d.]+ KiB/m);
  const { running, files } = JSON.parse((await hub.cli("status", "--json")).out);
  assert.equal(running, false);
  assert.ok(files.registry > 0 && files.disk_free > 0);
  assert.equal(files.reserve, 8 << 20);

  const nowhere = await runBeside(tandem, ["status", "--data", join(freshFolder(), "none")]);
  assert.equal(nowhere.code, 3);
  assert.match(nowhere.err, /is no hub's data/);
  assert.equal(nowhere.out, "");
});

test("what is wrong comes first, in words, and as exit code 1", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  await hub.client(device.key).must("POST", "/v1/me/telemetry", { t: 1_000, v: { power: 1 } });
  await hub.stop();
  const spoil = `
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
file.execute("UPDATE chunk SET data = x'00'")
file.commit()`;
  const spoilt = runNow("python3", ["-c", spoil, join(hub.data, "telemetry.db")]);
  assert.equal(spoilt.code, 0, spoilt.err);
  await hub.start();
  assert.equal((await hub.cli("status")).code, 0, "nobody has met the damage yet");
  const erased = "/v1/devices/lamp-1/telemetry?series=power&from=500&to=1500";
  await hub.rest.ask("DELETE", erased);
  const page = await hub.cli("status");
  assert.equal(page.code, 1, page.out);
  assert.match(page.out, /^1 chunks of readings could not be read and were set aside/);
  const { warnings } = JSON.parse((await hub.cli("status", "--json")).out);
  assert.deepEqual(
    warnings.map(({ name }) => name),
    ["chunks-damaged"],
  );
});

test("the figures of the store are among those of the hub, one family after the other", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  await hub.client(device.key).must("POST", "/v1/me/telemetry", { power: 1 });
  const page = (await hub.rest.must("GET", "/metrics")).raw.toString();
  for (const line of [
    `tandem_store_info{engine="embedded",durability="batch"} 1`,
    `tandem_store_state{state="writing"} 1`,
    `tandem_store_readings_total{outcome="stored"} 1`,
    `tandem_store_file_bytes{file="reserve"} ${8 << 20}`,
    `tandem_store_memory_rows 1`,
    `tandem_store_backup_running 0`,
  ]) {
    assert.ok(page.includes(`${line}\n`), line);
  }
  const families = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name);
  assert.equal(new Set(families).size, families.length);
  assert.deepEqual((await hub.rest.must("GET", "/readyz")).body, { status: "ready" });
});

test("how much the store has in memory, and for how long, are settings", async (t) => {
  const limits = { "store.head_bytes": 65_536, "store.head_age": 0.2 };
  const hub = await startHub(t, { limits });
  const device = await hub.device("lamp-1");
  const own = hub.client(device.key);
  await own.must("POST", "/v1/me/telemetry", { power: 1 });
  const has = async (line) =>
    (await hub.rest.must("GET", "/metrics")).raw.toString().includes(`${line}\n`);
  assert.ok(await has("tandem_store_memory_max_bytes 65536"));
  await eventually(10_000, "the row in a chunk", () => has("tandem_store_memory_rows 0"), 50);
  const path = "/v1/me/telemetry?series=power";
  assert.ok((await own.must("GET", path)).raw.toString().includes('"v":1'));
});
