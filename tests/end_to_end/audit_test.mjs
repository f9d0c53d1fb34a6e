// An operator checks that nobody has touched the audit, and takes it elsewhere.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, Hub, runNow, startHub, tandem } from "./hub.mjs";

const kFailed = "authn_login_fail";

const verify = (...words) => runNow(tandem, ["audit", "verify", ...words]);
const exported = (data) => runNow(tandem, ["audit", "export", "--data", data]).out;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** A hub that has something to tell. */
async function hubWithPast(t) {
  const hub = await startHub(t);
  for (const id of ["lamp-1", "lamp-2"]) await hub.device(id);
  const stranger = hub.client("tdk_0000000000000000_x_000000");
  for (let at = 0; at < 20; ++at) {
    assert.equal((await stranger.ask("GET", "/v1/me")).status, 401);
  }
  return hub;
}

test("the chain is whole under a hub that runs, when it has stopped and when it goes on", async (t) => {
  const hub = await hubWithPast(t);
  const running = verify("--data", hub.data);
  assert.equal(running.code, 0, running.out + running.err);
  assert.match(running.out, /^main: \d+ lines, chain whole\nanchor main:\d+:[0-9a-f]{64}\n$/);
  await hub.stop();
  const stopped = verify("--data", hub.data);
  assert.match(stopped.out, /chain whole/);
  const again = new Hub({ data: hub.data, admin: hub.admin });
  t.after(() => again.stop());
  await again.start();
  const anchor = /anchor (.*)/.exec(stopped.out)[1];
  const later = verify("--data", hub.data, "--anchor", anchor);
  assert.equal(later.code, 0, later.out + later.err);
  // The hub's log has anchors too: when it has started, and when it stopped.
  const logged = [...hub.log.matchAll(/anchor=(\S+)/g)].map(([, found]) => found);
  assert.equal(logged.length, 2, hub.log);
  assert.equal(logged[1], anchor);
});

test("each exported line names the hash of the one before it, as sha256sum gives it", async (t) => {
  const hub = await hubWithPast(t);
  await hub.stop();
  const lines = exported(hub.data).trimEnd().split("\n");
  let prev = "0".repeat(64);
  for (const [at, line] of lines.entries()) {
    const told = JSON.parse(line);
    assert.equal(told.number, at + 1);
    assert.equal(told.prev, prev);
    assert.equal(line, JSON.stringify(told, Object.keys(told).sort()));
    prev = sha256(line);
  }
  const kinds = lines.map((line) => JSON.parse(line).kind);
  for (const kind of ["sys_startup", "device_registered", "authn_token_created", "sys_shutdown"]) {
    assert.ok(kinds.includes(kind), kind);
  }
  // 20 refusals are the first one and a line for the others.
  const refused = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === kFailed);
  assert.deepEqual(
    refused.map(({ count }) => count),
    [1, 19],
  );

  const file = join(freshFolder(), "audit.jsonl");
  writeFileSync(file, lines.join("\n") + "\n");
  assert.match(verify(file).out, /chain whole/);
  // Old lines make room. An anchor of the last one that did is held by the line behind it.
  writeFileSync(file, lines.slice(3).join("\n") + "\n");
  assert.equal(verify(file, "--anchor", `main:3:${sha256(lines[2])}`).code, 0);
  const tooOld = verify(file, "--anchor", `main:2:${sha256(lines[1])}`);
  assert.equal(tooOld.code, 1);
  assert.equal(tooOld.out, "main: line 2 of the anchor is not there: the oldest is line 4\n");
  const forged = lines.with(2, lines[2].replace("app:admin", "app:other"));
  writeFileSync(file, forged.join("\n") + "\n");
  const found = verify(file);
  assert.equal(found.code, 1);
  assert.equal(found.out, "main: line 4 does not fit: it was written behind another line 3\n");
  writeFileSync(file, "no JSON\n");
  const unreadable = verify(file);
  assert.equal(unreadable.code, 1);
  assert.match(unreadable.err, /line 1 of the file is no audit line/);
});

test("whatever is done to the file is found, and the line is named", async (t) => {
  const hub = await hubWithPast(t);
  await hub.kill();
  assert.match(verify("--data", hub.data).out, /chain whole/);
  const anchor = /anchor (.*)/.exec(verify("--data", hub.data).out)[1];
  const last = Number(anchor.split(":")[1]);
  const rows = [
    ["UPDATE audit SET actor = 'user:x' WHERE number = 2", /^main: line 3 does not fit/],
    ["UPDATE audit SET time = time + 1 WHERE number = 2", /^main: line 3 does not fit/],
    ["DELETE FROM audit WHERE number = 3", /^main: line 3 is missing/],
    [`DELETE FROM audit WHERE number = ${last}`, /^main: lines after \d+ are missing/],
    ["DELETE FROM audit", /^main: lines after 0 are missing/],
    ["UPDATE audit SET previous = '' WHERE number = 3", /^main: line 3 has lost its link/],
    ["DELETE FROM audit WHERE number < 4", /^main: lines before 4 are missing: they make room only/],
    ["DELETE FROM audit_head", /^main: the hub's note of the newest line is missing/],
    // Who also knows of the note on the newest line is found by an anchor that is kept elsewhere.
    [
      `DELETE FROM audit WHERE number = ${last}; DELETE FROM audit_head`,
      /^main: lines after \d+ are missing: the anchor is of line/,
    ],
    // So is who writes a whole new chain, whatever numbers it has.
    [
      `DELETE FROM audit_head; DELETE FROM audit WHERE number < ${last};
       UPDATE audit SET number = ${last + 5}, actor = 'user:x'`,
      new RegExp(`^main: line ${last} of the anchor is not there: the oldest is line ${last + 5}`),
    ],
    [
      `DELETE FROM audit_head; DELETE FROM audit WHERE number < ${last};
       UPDATE audit SET number = ${last + 1}, actor = 'user:x'`,
      new RegExp(`^main: line ${last + 1} was not written behind the one of the anchor`),
    ],
    [
      `DELETE FROM audit_head; DELETE FROM audit WHERE number < ${last}; UPDATE audit SET actor = 'user:x'`,
      new RegExp(`^main: line ${last} is not the one of the anchor`),
    ],
  ];
  let found = 0;
  for (const [sql, expected] of rows) {
    const data = join(freshFolder(), "data");
    cpSync(hub.data, data, { recursive: true, filter: (name) => !name.endsWith(".sock") });
    const done = runNow("sqlite3", [join(data, "registry.db"), sql]);
    assert.equal(done.code, 0, done.err);
    const told = verify("--data", data, "--anchor", anchor);
    assert.equal(told.code, 1, `${sql}: ${told.out}`);
    assert.match(told.out, expected, sql);
    ++found;
  }
  console.log(JSON.stringify({ tampered: rows.length, found }));
});

test("a key that may read the audit exports the same lines from afar", async (t) => {
  const hub = await hubWithPast(t);
  const scopes = ["audit:read"];
  const { secret } = (await hub.rest.must("POST", "/v1/apps", { id: "archive" })).body;
  await hub.rest.must("POST", "/v1/grants", { app: "archive", scopes, devices: ["*"] });
  // More than a page of them.
  const { keyId } = await hub.key("lamp-1");
  await hub.rest.must("DELETE", `/v1/devices/lamp-1/keys/${keyId}`);
  for (let at = 0; at < 600; ++at) {
    const { keyId: fresh } = await hub.key("lamp-2");
    await hub.rest.must("DELETE", `/v1/devices/lamp-2/keys/${fresh}`);
  }
  const afar = await hub.remote(secret, "audit", "export");
  assert.equal(afar.code, 0, afar.err);
  const lines = afar.out.split("\n");
  assert.ok(lines.length > 1_200, `${lines.length} lines`);
  assert.equal(afar.out, exported(hub.data));
  const file = join(freshFolder(), "audit.jsonl");
  writeFileSync(file, afar.out);
  assert.match(verify(file).out, /^main: \d+ lines, chain whole/);

  const { key } = await hub.key("lamp-1");
  const refused = await hub.remote(key, "audit", "export");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^tandem: .*audit:read/);
  assert.equal(runNow(tandem, ["audit", "export"]).code, 2);
});

test("an export that cannot be written whole says so", async (t) => {
  const hub = await hubWithPast(t);
  const onto = (file) => runNow("sh", ["-c", `"$0" audit export --data "$1" > ${file}`, tandem, hub.data]);
  assert.equal(onto("/dev/null").code, 0);
  const full = onto("/dev/full");
  assert.equal(full.code, 1);
  assert.match(full.err, /^tandem: .*standard output cannot be written: No space left on device\n$/);
});

test("as many lines as a tenant keeps are verified, and one that was changed is found", () => {
  const kept = 100_000; // docs/reference/limits.md
  let prev = "0".repeat(64);
  const lines = Array.from({ length: kept }, (_, at) => {
    const line = `{"action":"keys.create","actor":"user:admin","address":"192.0.2.7","count":1,"credential":"0123456789abcdef","door":"rest","kind":"authn_token_created","number":${at + 1},"prev":"${prev}","resource":"device:lamp-${at}","result":"ok","tenant":"main","time":"2026-01-01T00:00:00Z"}`;
    prev = sha256(line);
    return line;
  });
  const file = join(freshFolder(), "audit.jsonl");
  writeFileSync(file, lines.join("\n") + "\n");
  const began = performance.now();
  const whole = verify(file, "--anchor", `main:${kept}:${prev}`);
  const ms = Math.round(performance.now() - began);
  assert.equal(whole.code, 0, whole.out);
  assert.match(whole.out, /^main: 100000 lines, chain whole\n/);
  console.log(JSON.stringify({ verified: kept, ms }));
  lines[kept / 2] = lines[kept / 2].replace("user:admin", "user:other");
  writeFileSync(file, lines.join("\n") + "\n");
  assert.match(verify(file).out, /^main: line 50002 /);
});

test("what cannot be verified says so", () => {
  const nowhere = verify("--data", join(freshFolder(), "none"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /none is no hub's data/);
  assert.equal(verify().code, 2);
  assert.match(verify("--data", "x", "--anchor", "5:abc").err, /TENANT:NUMBER:HASH is accepted/);
});
