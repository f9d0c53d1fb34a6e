// A write or a sync fails, once, at the N-th call of each thread. Whatever was acknowledged is there
// afterwards, and the hub does not go on as if nothing had happened.
import { setTimeout as pass } from "node:timers/promises";

import { makeHub } from "./harness.mjs";
import { Ledger } from "./ledger.mjs";
import { Load } from "./load.mjs";
import { fromTheStart, inject, injected, needStrace } from "./strace.mjs";

// SQLite as Debian builds it syncs with fdatasync, as the log does; fsync is for names in directories.
// `last`: up to which call, of a run with `--long`. `fill`: the load makes the log go on in a new
// segment, which is when such calls are made.
const kFaults = [
  { call: "fdatasync", error: "EIO", last: 60 },
  { call: "fsync", error: "EIO", last: 4, fill: true },
  { call: "pwrite64", error: "EIO", last: 60 },
  { call: "pwrite64", error: "ENOSPC", last: 60 },
  { call: "openat", error: "EMFILE", last: 4, fill: true },
  { call: "openat", error: "EIO", last: 4, fill: true },
  { call: "fallocate", error: "EIO", last: 2, fill: true },
  { call: "fallocate", error: "ENOSPC", last: 2, fill: true },
  { call: "ftruncate", error: "EIO", last: 2 },
  { call: "rename", error: "EIO", last: 2 },
];
// A fault that no thread has come to by then does not come.
const kLoadMs = 1_500;
const kAfterMs = 100;
// More than a segment of the log takes.
const kFillMessages = 24;
const kFillRows = 200;
const kFillText = JSON.stringify("x".repeat(4_000));

/** Fills the segment of the log; gives the status that it is refused with, if it is. */
async function fill(hub, load) {
  const device = await hub.device(`${load.name}-fill`);
  const client = hub.client(device.key);
  const ledger = new Ledger(device.id);
  load.ledgers.push(ledger);
  for (let message = 0; message < kFillMessages; ++message) {
    const times = Array.from({ length: kFillRows }, (_, row) => 1 + message * kFillRows + row);
    const sent = times.map((time) => ledger.send(time, new Map([["s", kFillText]])));
    const body = `[${times.map((time) => `{"t":${time},"v":{"s":${kFillText}}}`)}]`;
    const answer = await client.ask("POST", "/v1/me/telemetry", Buffer.from(body));
    if (answer.status === 200) {
      for (const each of sent) each.acknowledge();
      continue;
    }
    for (const each of sent) each.refuse({ kept: answer.status !== 507 });
    client.close();
    return answer.status;
  }
  client.close();
  return undefined;
}

/** The hub, a call of which has failed, must not be lying: what it says of itself, and its reads. */
async function lookAt(row, hub, what, load, error) {
  const client = hub.client(hub.admin.admin_key);
  const path = `/v1/devices/${load.ledgers[0].device}`;
  const read = await client.ask("GET", `${path}/latest`);
  row.expect(read.status === 200, `${what}: reading gives ${read.status}`);
  const other = `/v1/devices/${load.name}-control/telemetry`;
  const write = await client.ask("POST", other, { t: 1, v: { n: 1 } });
  const ready = await client.ask("GET", "/readyz");
  client.close();
  row.add(`write afterwards ${write.status}`);
  row.add(`readyz afterwards ${ready.status}`);
  // A disk that was full has room again; after any other failure nothing is written any more.
  const wanted = error === "ENOSPC" ? [200] : [503];
  if (error !== "ENOSPC") row.expect(ready.status === 503, `${what}: ready is ${ready.status}`);
  row.expect(wanted.includes(write.status), `${what}: writing afterwards gives ${write.status}`);
}

async function oneFault(row, hub, { call, error, fill: fills }, at) {
  const what = `${error} of ${call} ${at}`;
  await hub.start();
  const name = `${call}-${error}-${at}`.toLowerCase();
  const load = await Load.begin(hub, name, row.random);
  const strace = await inject(hub.pid, `${call}:error=${error}:when=${at}`);
  const filled = fills ? fill(hub, load) : pass(kLoadMs);
  const told = await Promise.race([load.failing, filled]);
  if (told !== undefined) await pass(kAfterMs);
  await load.stop();
  await filled;
  if (injected(strace)) row.add(`calls_failed ${call} ${error}`);
  if (told !== undefined) {
    row.add(`told ${told}`);
    await lookAt(row, hub, what, load, error);
  }
  // In order or not, in turns: ending in order puts everything into chunks.
  if (at % 2 === 0) await hub.stop();
  else await hub.kill();
  await hub.start();
  await row.compare(hub, load);
  await hub.stop();
  row.add(`rounds ${call} ${error}`);
}

/** A call that fails while the hub starts: it says so and ends, or it works. */
async function whileStarting(row, hub, { call, error }) {
  for (let at = 1; at <= row.count(3, 20); ++at) {
    hub.under = fromTheStart(`${call}:error=${error}:when=${at}`);
    const began = await hub.start().then(
      () => true,
      () => false,
    );
    if (began) await hub.kill();
    row.add(`${began ? "starts_with_fault" : "starts_refused"} ${call} ${error}`);
    hub.under = [];
  }
}

export const failing = {
  id: "failing",
  what: "a failing sync or write at each call",
  async run(row) {
    needStrace();
    for (const fault of kFaults) {
      const hub = makeHub();
      const last = Math.min(fault.last, row.count(3, 60));
      for (let at = 1; at <= last; ++at) {
        await oneFault(row, hub, fault, row.long || fault.last < 60 ? at : 7 * at);
      }
      await hub.start();
      const load = await Load.begin(hub, "start", row.random);
      await pass(kAfterMs);
      await hub.kill();
      await load.stop();
      await whileStarting(row, hub, fault);
      await hub.start();
      await row.compare(hub, load);
      await hub.stop();
    }
  },
};
