// T-29: of a thousand subscribers, two hundred stop reading.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { tandem } from "../end_to_end/hub.mjs";
import { eventually } from "../end_to_end/wait.mjs";
import { attacks, besideTheHub, prefer, Skip } from "./harness.mjs";
import { Peer, crowd, message, pass, sourceAddress, upgrade } from "./wire.mjs";

const kMany = 1_000;
const kStalled = 200;
// Of those, so many never come back.
const kForGood = 50;
const kQueueKib = 256;
const kStallMs = 10_000;
const kSlackMs = 2_000;
const kBeatsPerSecond = 20;
// What fills the queues of those who do not read: 900 KiB a second.
const kChatterPerSecond = 30;
const kChatterReadings = 10;
const kChatterText = "x".repeat(3_000);
const kCalmMs = 3_000;
const kFullMs = 5_000;
const kCatchUpMs = 10_000;

/** Reads the frames of one subscription as they come. */
class Subscriber {
  #rest = Buffer.alloc(0);
  #open = false;
  events = 0;
  receipted = 0;
  receipts = 0;
  // What was missing without a receipt for it.
  silent = 0;
  next = { beat: null, chatter: null };
  // Series that may go on elsewhere: behind a receipt, each once.
  #mayJump = new Set();

  constructor(peer, beat) {
    this.peer = peer;
    this.beat = beat;
    peer.socket.on("data", (bytes) => this.#take(bytes));
  }

  #take(bytes) {
    bytes = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    if (!this.#open) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#open = true;
        at = end + 4;
      }
    }
    while (this.#open && at + 2 <= bytes.length) {
      let length = bytes[at + 1] & 0x7f;
      let head = 2;
      if (length === 126) {
        if (at + 4 > bytes.length) break;
        length = bytes.readUInt16BE(at + 2);
        head = 4;
      } else if (length === 127) {
        if (at + 10 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        head = 10;
      }
      if (at + head + length > bytes.length) break;
      if ((bytes[at] & 0x0f) === 1)
        this.#hear(bytes.toString("latin1", at + head, at + head + length));
      at += head + length;
    }
    this.#rest = bytes.subarray(at);
  }

  #hear(text) {
    const told = JSON.parse(text);
    if (told.gap !== undefined) {
      this.receipts += 1;
      this.receipted += told.gap.n;
      Object.keys(this.next).forEach((series) => this.#mayJump.add(series));
    }
    for (const { s, v } of told.ev ?? []) this.#count(s, v);
  }

  #count(series, value) {
    this.events += 1;
    const number = Number.parseInt(value, 10);
    const missing = this.next[series] === null ? 0 : number - this.next[series];
    if (!this.#mayJump.delete(series)) this.silent += Math.abs(missing);
    this.next[series] = number + 1;
    if (series === "beat") this.beat(number);
  }
}

const quantile = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)];

async function stalledSubscribers(arena) {
  const { admin_key: key } = arena.hub.admin;
  const sentAt = [];
  let latencies = [];
  const onBeat = (number) => latencies.push(performance.now() - sentAt[number]);
  const subscribers = await crowd(
    kMany,
    async (at) => {
      const peer = new Peer({ port: arena.port, from: sourceAddress(at) });
      const subscriber = new Subscriber(peer, at < kStalled ? () => {} : onBeat);
      await peer.opened;
      const devices = at < kStalled ? ["beat", "chatter"] : ["beat"];
      peer.write(upgrade(key));
      peer.write(message({ id: 1, op: "stream.subscribe", body: { devices } }));
      await peer.until(() => peer.text.includes('"sub":1'), 10_000);
      return subscriber;
    },
    100,
  );
  const stalled = subscribers.slice(0, kStalled);
  const reading = subscribers.slice(kStalled);

  const client = arena.hub.client(arena.crowd.beat.key, { pipelining: 16 });
  const chatterer = arena.hub.client(arena.crowd.chatter.key, { pipelining: 16 });
  let beats = 0;
  const beating = setInterval(() => {
    sentAt[beats] = performance.now();
    client.ask("POST", "/v1/me/telemetry", { beat: beats++ }).catch(() => {});
  }, 1_000 / kBeatsPerSecond);
  await pass(kCalmMs);
  const before = latencies.sort((one, other) => one - other);
  latencies = [];
  await chatterer.must("GET", "/v1/me");
  const openBefore = arena.open;
  const heldBefore = arena.heldKib;

  stalled.forEach(({ peer }) => peer.socket.pause());
  let chattered = 0;
  const chattering = setInterval(() => {
    const now = Date.now();
    const readings = Array.from({ length: kChatterReadings }, (_, at) => {
      const number = chattered++;
      return { t: now + at / 100, v: { chatter: `${number} ${kChatterText}` } };
    });
    chatterer.ask("POST", "/v1/me/telemetry", readings).catch(() => {});
  }, 1_000 / kChatterPerSecond);
  const receipted = () => arena.metric('tandem_stream_events_total{outcome="receipted"}');
  const began = performance.now();
  await eventually(20_000, "queues to be full", async () => (await receipted()) > 0, 200);
  arena.figure("full_after_s", (performance.now() - began) / 1000);
  await pass(kFullMs);
  arena.figure("queues_kib", Math.max(0, arena.heldKib - heldBefore), {
    most: kStalled * kQueueKib * 1.1,
  });
  arena.figure("cut_off_early", openBefore - arena.open, { is: 0 });
  // Those who come back get what was kept, a receipt for the rest, and then what is new.
  clearInterval(chattering);
  const back = stalled.slice(kForGood);
  back.forEach(({ peer }) => peer.socket.resume());
  await pass(kStallMs + kSlackMs - kFullMs);
  arena.figure("cut_off", openBefore - arena.open, { is: kForGood });
  clearInterval(beating);
  const caughtUp = () => subscribers.slice(kForGood).every(({ next }) => next.beat === beats);
  const all = await eventually(kCatchUpMs, "all to have caught up", caughtUp, 100).then(
    () => true,
    () => false,
  );
  arena.figure("all_caught_up", all, { is: true });

  const sum = (some, of) => some.reduce((total, each) => total + of(each), 0);
  arena.figure(
    "events_receipted",
    sum(back, (each) => each.receipted),
    { least: 1 },
  );
  arena.figure("with_a_receipt", back.filter(({ receipts }) => receipts > 0).length);
  // Whatever has not come is in a receipt, to the last one.
  const published = beats + chattered;
  const unaccounted = back.map((each) => published - each.events - each.receipted);
  arena.figure("events_unaccounted_for", Math.max(...unaccounted.map(Math.abs)), { is: 0 });
  arena.figure(
    "silent_gaps",
    sum(subscribers, ({ silent }) => silent),
    { is: 0 },
  );
  arena.figure(
    "healthy_receipts",
    sum(reading, ({ receipts }) => receipts),
    { is: 0 },
  );
  // As this process sees it, which has a thousand sockets to read: what the hub adds is measured by
  // T-29-others.
  const after = latencies.sort((one, other) => one - other);
  arena.figure("subscribers_p50_ms", quantile(after, 0.5));
  arena.figure("subscribers_p99_ms", quantile(after, 0.99));
  arena.figure("subscribers_p99_ms_before", quantile(before, 0.99));
  subscribers.forEach(({ peer }) => peer.destroy());
  [client, chatterer].forEach((each) => each.close());
}

// ---------------------------------------------------------------- what the others wait for

const kLoad = join(dirname(tandem), "bench", "load");
const kRounds = 5;
const kMeasuredS = 4;
const kOthersRate = 20;
const kMoreMs = 5;
// Where it is more before anybody stalls, the machine has something else to do.
const kQuietMs = 25;
// Clients that have no time measure themselves.
const kClientsBusy = 0.6;
// While it is measured, so little that those who read it hardly work; before, what fills queues.
const kCalmPerSecond = 5;
const kCalmReadings = 1;
const kFillMs = 60_000;
const kFullShare = 0.95;
const kSignMs = 15_000;

/** Writes so many readings so often; `set` changes both. `stored` is how many were taken. */
class Chatter {
  #timer;
  stored = 0;
  constructor(client) {
    this.client = client;
  }
  set(perSecond, readings) {
    clearInterval(this.#timer);
    if (perSecond === 0) return;
    this.#timer = setInterval(() => {
      const now = Date.now();
      const body = Array.from({ length: readings }, (_, at) => ({
        t: now + at / 100,
        v: { chatter: kChatterText },
      }));
      const taken = ({ status }) => (this.stored += status === 200 ? readings : 0);
      this.client.ask("POST", "/v1/me/telemetry", body).then(taken, () => {});
    }, 1_000 / perSecond);
  }
}

/** The 800, in a program that has time to spare: what it has measured, as it prints it. */
async function others(arena) {
  const [program, ...words] = [
    ...besideTheHub(),
    kLoad,
    ...["--mode", "fanout", "--protocol", "tandem", "--device", "beat"],
    ...["--port", String(arena.port), "--pid", String(arena.hub.pid)],
    ...["--sockets", String(kMany - kStalled), "--rate", String(kOthersRate), "--in-flight", "64"],
    ...["--seconds", String(kMeasuredS), "--warm-up", "1"],
  ];
  const env = {
    ...process.env,
    TANDEM_KEY: arena.hub.admin.admin_key,
    TANDEM_DEVICE_KEY: arena.crowd.beat.key,
  };
  const used = process.cpuUsage();
  const began = performance.now();
  const measuring = promisify(execFile)(program, words, { env });
  // The 200 read on the same core, by a process that takes longer.
  prefer(measuring.child.pid);
  const { stdout } = await measuring;
  const { user, system } = process.cpuUsage(used);
  const own = (user + system) / 1_000 / (performance.now() - began);
  const seen = JSON.parse(stdout);
  return { ...seen, clients: seen.client_busy + own };
}

async function othersOfTheStalled(arena) {
  const { admin_key: key } = arena.hub.admin;
  const stalled = await crowd(
    kStalled,
    async (at) => {
      const peer = new Peer({ port: arena.port, from: sourceAddress(at) });
      await peer.opened;
      peer.write(upgrade(key));
      const body = { devices: ["beat", "chatter"] };
      peer.write(message({ id: 1, op: "stream.subscribe", body }));
      await peer.until(() => peer.text.includes('"sub":1'), 10_000);
      return peer;
    },
    100,
  );
  // Who says nothing for 45 s is given up.
  const sign = message({ op: "me.get" });
  const alive = setInterval(() => stalled.forEach((peer) => peer.write(sign)), kSignMs);
  const chatter = new Chatter(arena.hub.client(arena.crowd.chatter.key, { pipelining: 16 }));
  const receipted = () => arena.metric('tandem_stream_events_total{outcome="receipted"}');
  const behind = () => arena.metric('tandem_stream_behind{door="ws",seconds="1"}');
  // Whatever is published then goes into receipts, of all of the stalled.
  let last = { receipted: await receipted(), stored: chatter.stored };
  const full = async () => {
    const now = { receipted: await receipted(), stored: chatter.stored };
    const published = now.stored - last.stored;
    const told = now.receipted - last.receipted;
    last = now;
    return published > 0 && told >= kFullShare * kStalled * published;
  };
  const rounds = { reading: [], stalled: [] };
  let behindAtMost = 0;
  for (let round = 0; round < kRounds; ++round) {
    chatter.set(kCalmPerSecond, kCalmReadings);
    rounds.reading.push(await others(arena));
    stalled.forEach(({ socket }) => socket.pause());
    chatter.set(kChatterPerSecond, kChatterReadings);
    await eventually(kFillMs, "all queues to be full", full, 1_000);
    behindAtMost = Math.max(behindAtMost, await behind());
    chatter.set(kCalmPerSecond, kCalmReadings);
    rounds.stalled.push(await others(arena));
    chatter.set(0, 0);
    stalled.forEach(({ socket }) => socket.resume());
    await eventually(kFillMs, "all to have caught up", async () => (await behind()) === 0, 500);
  }
  const all = [...rounds.reading, ...rounds.stalled];
  const ms = (some, share) => some.map((each) => each[share] / 1_000);
  const median = (list) => quantile([...list].sort((one, other) => one - other), 0.5);
  const before = ms(rounds.reading, "p99_us");
  const during = ms(rounds.stalled, "p99_us");
  const shown = (list) => list.map((each) => Number(each.toFixed(2)));
  arena.figure("others_p50_ms", median(ms(rounds.stalled, "p50_us")));
  arena.figure("others_p50_ms_before", median(ms(rounds.reading, "p50_us")));
  arena.figure("others_p99_ms", median(during), { most: median(before) + kMoreMs });
  arena.figure("others_p99_ms_before", median(before), { most: kQuietMs });
  arena.figure("others_p99_ms_each", shown(during));
  arena.figure("others_p99_ms_before_each", shown(before));
  arena.figure("others_messages", Math.min(...all.map(({ messages }) => messages)), {
    least: (kMany - kStalled) * kOthersRate * kMeasuredS * 0.95,
  });
  arena.figure("others_errors", Math.max(...all.map(({ errors }) => errors)), { is: 0 });
  arena.figure("told_behind", behindAtMost, { is: kStalled });
  arena.figure("clients_busy_percent", 100 * Math.max(...all.map(({ clients }) => clients)), {
    most: 100 * kClientsBusy,
  });
  const busy = (some) => 100 * median(some.map((each) => each.server_busy));
  arena.figure("hub_busy_percent", busy(rounds.stalled));
  arena.figure("hub_busy_percent_before", busy(rounds.reading));
  clearInterval(alive);
  stalled.forEach((peer) => peer.destroy());
  chatter.client.close();
}

const theTwo = async (arena) => {
  arena.crowd = {
    beat: await arena.hub.device("beat"),
    chatter: await arena.hub.device("chatter"),
  };
};

await attacks([
  {
    id: "T-29",
    what: "who does not read costs itself alone, and is told what it has missed",
    prepare: theTwo,
    run: stalledSubscribers,
  },
  {
    id: "T-29-others",
    what: "while 200 of 1,000 do not read, the others hear no later, as the hub is concerned",
    needs: () => {
      if (!existsSync(kLoad)) throw new Skip(`${kLoad} is not built`);
    },
    alone: true,
    // They stay stalled while it is measured, longer than a hub has patience.
    hub: { limits: { write_stall: 60 } },
    prepare: theTwo,
    run: othersOfTheStalled,
  },
]);
