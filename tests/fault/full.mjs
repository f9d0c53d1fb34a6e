// The disk is full, and has room again. Writers are told, reading goes on, nothing acknowledged is
// lost, and nobody has to help.
import { closeSync, openSync, statSync, truncateSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";

import { eventually, within } from "../end_to_end/wait.mjs";
import { ext4, tmpfs } from "./disks.mjs";
import { makeHub } from "./harness.mjs";
import { Load } from "./load.mjs";

// A segment of the log has 16 MiB from its beginning; there is room for one more and the tables.
const kMebibytes = 48;
const kRows = 200;
const kLongest = "x".repeat(4_000);
const kUntilFullMs = 40_000;
const kRecoversMs = 10_000;
const kBlock = Buffer.alloc(4_096, 1);

const kReserveBytes = 8 << 20;

/** A file that takes what room there is, but for the hub's reserve. */
class Ballast {
  constructor(disk) {
    this.path = join(disk.path, "ballast");
    this.reserve = join(disk.path, "data", "reserve");
  }
  fill() {
    const file = openSync(this.path, "a");
    for (let size = 256 * kBlock.length; size > 0; size = size > 1 ? Math.floor(size / 16) : 0) {
      const some = Buffer.alloc(size, 1);
      try {
        for (;;) if (writeSync(file, some) < size) break;
      } catch (error) {
        if (error.code !== "ENOSPC") throw error;
      }
    }
    closeSync(file);
    // An audit line may have come while the disk was being filled, and the hub have given up the
    // reserve for it: what that has left is nobody else's.
    if (statSync(this.reserve).size > 0) return;
    truncateSync(this.path, Math.max(0, statSync(this.path).size - kReserveBytes));
  }
  empty() {
    unlinkSync(this.path);
  }
}

/** Writes as fast as it can, so that the segment of the log is full soon. */
async function hurry(hub, key) {
  const client = hub.client(key);
  let time = 1;
  const rows = () => Array.from({ length: kRows }, () => ({ t: time++, v: { s: kLongest } }));
  const write = () => client.ask("POST", "/v1/me/telemetry", rows());
  let answer;
  do answer = await write();
  while (answer.status === 200);
  client.close();
  return answer.status;
}

/** A balancer is told to send writers elsewhere, and why. */
async function expectUnready(row, client) {
  const ready = await client.ask("GET", "/readyz");
  row.add(`full: readyz ${ready.status}`);
  row.expect(ready.status === 503, `/readyz gives ${ready.status} while the disk is full`);
  row.expect(/disk is full/.test(ready.body.why), `/readyz says ${ready.body.why}`);
  const alive = await client.ask("GET", "/healthz");
  row.expect(alive.status === 200, `/healthz gives ${alive.status} while the disk is full`);
}

/** It has room again, and finds out although nobody writes. */
async function recoversUnasked(row, hub) {
  const client = hub.client(hub.admin.admin_key);
  const ready = async () => (await client.ask("GET", "/readyz")).status === 200;
  await eventually(kRecoversMs, "/readyz to be 200 by itself", ready);
  row.add("ready_again_unasked");
  client.close();
}

async function whileFull(row, hub, { device, load }) {
  const client = hub.client(hub.admin.admin_key);
  const ask = async (what, method, path, body) => {
    const { status } = await client.ask(method, path, body);
    row.add(`full: ${what} ${status}`);
    return status;
  };
  const read = await ask("read", "GET", `/v1/devices/${load.ledgers[0].device}/latest`);
  row.expect(read === 200, `reading while the disk is full gives ${read}`);
  row.expect((await ask("log in", "GET", "/v1/me")) === 200, "no request is let in");
  await expectUnready(row, client);
  const key = `/v1/devices/${device.id}/keys/${device.keyId}`;
  const revoked = await ask("revoke a key", "DELETE", key);
  const thief = hub.client(device.key);
  const { status } = await thief.ask("GET", "/v1/me");
  row.add(`full: that key afterwards ${status}`);
  row.expect(revoked === 204, `revoking a key gives ${revoked}`);
  row.expect(status === 401, `a revoked key gives ${status}`);
  client.close();
}

async function fillOnce(row, hub, ballast, round) {
  const device = await hub.device(`thief-${round}`);
  const fast = await hub.device(`fast-${round}`);
  const load = await Load.begin(hub, `f${round}`, row.random);
  await pass(100);
  ballast.fill();
  const status = await within(kUntilFullMs, "a writer to be told", hurry(hub, fast.key));
  row.expect(status === 507, `a writer is told ${status}`);
  await pass(300);
  await whileFull(row, hub, { device, load });
  const before = load.acknowledged;
  ballast.empty();
  const began = performance.now();
  const more = () => load.acknowledged > before + 20;
  await eventually(kRecoversMs, "writes to be taken again", more);
  row.figures.recovers_ms_at_most = Math.max(
    row.figures.recovers_ms_at_most ?? 0,
    Math.round(performance.now() - began),
  );
  return load;
}

/**
 * Ended and started while there is no room: it answers, and lets a key end. A hub that ends in order
 * lets go of SQLite's files beside the databases, and others take that room: then a start needs the
 * reserve.
 */
async function startWhileFull(row, hub, ballast, { load, how }) {
  const device = await hub.device(`thief-${how}`);
  ballast.fill();
  await pass(300);
  await hub.stop(how);
  await load.stop();
  ballast.fill();
  const began = await hub.start().then(
    () => true,
    (error) => row.expect(false, `it does not start: ${error.message}`),
  );
  row.add(`${began ? "starts" : "start_refused"} full after ${how}`);
  if (/store_reserve_given_up for=/.test(hub.log)) row.add("starts full from the reserve");
  if (began) {
    await expectVital(row, hub, device, load);
    ballast.empty();
    await recoversUnasked(row, hub);
    await hub.kill();
  } else {
    ballast.empty();
  }
  await hub.start();
}

async function expectVital(row, hub, device, load) {
  const client = hub.client(hub.admin.admin_key);
  const fast = hub.client(device.key);
  const write = await fast.ask("POST", "/v1/me/telemetry", { n: 1 });
  row.add(`started full: write ${write.status}`);
  const read = await client.ask("GET", `/v1/devices/${load.ledgers[0].device}/latest`);
  row.expect(read.status === 200, `reading after a start on a full disk gives ${read.status}`);
  const path = `/v1/devices/${device.id}/keys/${device.keyId}`;
  const { status } = await client.ask("DELETE", path);
  row.add(`started full: revoke a key ${status}`);
  row.expect(status === 204, `revoking a key after a start on a full disk gives ${status}`);
  const after = await fast.ask("POST", "/v1/me/telemetry", { n: 2 });
  row.expect(after.status === 401, `a key that was revoked gives ${after.status}`);
  // What is left of the segment of the log is room, too.
  if (write.status !== 200) await expectUnready(row, client);
  client.close();
  fast.close();
}

async function onDisk(row, disk) {
  const hub = makeHub({ under: disk.path });
  const ballast = new Ballast(disk);
  try {
    await hub.start();
    const load = await fillOnce(row, hub, ballast, 0);
    await startWhileFull(row, hub, ballast, { load, how: "SIGKILL" });
    await row.compare(hub, load);
    await startWhileFull(row, hub, ballast, { load, how: "SIGTERM" });
    await row.compare(hub, load, { again: true });
    row.add("rounds");
  } finally {
    await hub.kill();
    disk.remove();
  }
}

export const full = {
  id: "full",
  what: "a disk that is full",
  async run(row) {
    for (let round = 0; round < row.count(1, 4); ++round) {
      await onDisk(row, round % 2 === 0 ? tmpfs(kMebibytes) : ext4(kMebibytes));
    }
  },
};
