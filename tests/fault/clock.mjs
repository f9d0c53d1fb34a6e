// The clock jumps while the hub runs: an hour back, a day ahead, and to where it belongs.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freshFolder } from "../end_to_end/hub.mjs";
import { eventually, within } from "../end_to_end/wait.mjs";
import { Skip } from "./disks.mjs";
import { makeHub } from "./harness.mjs";
import { Load } from "./load.mjs";

const kHour = 3_600;
const kDay = 24 * kHour;
const kJumps = [-kHour, kDay, 0, -kDay, kHour, 0];
const kReadingsEach = 40;
const kWaitS = 1;

function library() {
  for (const folder of readdirSync("/usr/lib")) {
    const path = join("/usr/lib", folder, "faketime", "libfaketimeMT.so.1");
    if (existsSync(path)) return path;
  }
  throw new Skip("faketime is not installed");
}

/** A clock that others can be given and that jumps; with `monotonic` the one of waits does too. */
export class Clock {
  #file = join(freshFolder(), "clock");
  constructor({ monotonic = false } = {}) {
    this.jump(0);
    this.by = ["env", `LD_PRELOAD=${library()}`, `FAKETIME_TIMESTAMP_FILE=${this.#file}`];
    this.by.push("FAKETIME_NO_CACHE=1");
    if (!monotonic) this.by.push("FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1");
  }
  jump(seconds) {
    writeFileSync(this.#file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  }
}

/** Where the hub's clock is, from its answer. */
async function hubsClock(hub) {
  const { headers } = await hub.rest.get("/healthz");
  return Date.parse(headers.date);
}

/** A device whose readings have no time: the hub's clock counts. */
class Counter {
  next = 0;
  static async begin(hub) {
    const counter = new Counter();
    const device = await hub.device("counter");
    counter.socket = await hub.socket(device.key);
    counter.events = (await hub.follow({ devices: ["counter"], series: ["n"] })).events;
    return counter;
  }
  async write(count) {
    for (let at = 0; at < count; ++at) {
      const call = { path: { device: "me" }, body: { n: this.next++ } };
      await this.socket.must("telemetry.write", call);
    }
  }
  /** All of them have been told of, in their order. */
  async check(row) {
    await this.events.count(this.next, 10_000, "the events of the counter");
    const told = this.events.items.map(({ v }) => v);
    row.expect(told.every((n, at) => n === at), `events out of order: ${told.slice(0, 50)}`);
    row.figures.events_in_order = told.length;
  }
}

async function longPoll(row, hub, device) {
  const began = performance.now();
  const client = hub.client(device.key);
  const path = "/v1/me/commands?status=queued";
  await client.ask("GET", path, undefined, { prefer: `wait=${kWaitS}` });
  client.close();
  const took = performance.now() - began;
  row.expect(took > 900 * kWaitS && took < 5_000 * kWaitS, `a wait of ${kWaitS} s took ${took} ms`);
}

async function readings(hub) {
  const answer = await hub.rest.get("/v1/devices/counter/telemetry?series=n&limit=10000");
  return new Set(answer.body.readings.map(({ v }) => v));
}

export const clock = {
  id: "clock",
  what: "a clock that jumps",
  async run(row) {
    const fake = new Clock();
    const hub = makeHub({ by: fake.by });
    await hub.start();
    const counter = await Counter.begin(hub);
    const poller = await hub.device("poller");
    const load = await Load.begin(hub, "c", row.random);
    await counter.write(kReadingsEach);
    const jumps = row.long ? kJumps : kJumps.slice(0, 3);
    for (const jump of jumps) {
      const waiting = longPoll(row, hub, poller);
      fake.jump(jump);
      const away = async () => Math.abs((await hubsClock(hub)) - Date.now() - jump * 1000) < 30_000;
      await eventually(10_000, `the hub's clock to be ${jump} s away`, away);
      await counter.write(kReadingsEach);
      const before = load.acknowledged;
      await eventually(10_000, "the load to go on", () => load.acknowledged > before);
      await within(10_000, "the wait to end", waiting);
      row.add("jumps");
    }
    await counter.check(row);
    row.expect(counter.socket.open, "a socket was closed");
    // Killed while the clock is wrong, and started when it is another.
    fake.jump(-kHour);
    await hub.kill();
    await load.stop();
    fake.jump(kHour);
    await hub.start();
    await row.compare(hub, load);
    const there = await readings(hub);
    row.figures.readings_without_time = counter.next;
    const missing = counter.next - there.size;
    row.counts.compared += counter.next;
    row.counts.lost += missing;
    await hub.stop();
  },
};
