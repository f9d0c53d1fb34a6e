// Consumers that change the way out in mid-stream while the hub is killed and started again: every
// acknowledged reading arrives once and in order.
//   TANDEM_HOP_READINGS (20,000), TANDEM_HOP_KILLS (3), TANDEM_HOP_EVENTS (700: then another way)
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";

import WebSocket from "ws";

import { startHub } from "./hub.mjs";
import { within } from "./wait.mjs";

const kReadings = Number(process.env.TANDEM_HOP_READINGS ?? 20_000);
const kKills = Number(process.env.TANDEM_HOP_KILLS ?? 3);
const kHopEvents = Number(process.env.TANDEM_HOP_EVENTS ?? 700);
const kAtOnce = 500;
const kConsumers = 3;
const kPatienceMs = 200_000;

/** Follows one device from a cursor, by one way after the other. */
class Consumer {
  #hub;
  #cursor;
  #numbers;
  #over;
  #last = -1;
  #here = 0; // Events that have come by the present way.
  #leave = null; // Ends the present way.
  count = 0;
  repeated = 0;
  receipts = { slow: 0, other: 0 };
  hops = { ws: 0, sse: 0, poll: 0, page: 0 };

  /** `over(last)`: whether there is nothing more to come after that number. */
  constructor(hub, cursor, numbers, over) {
    this.#hub = hub;
    this.#cursor = cursor;
    this.#numbers = numbers;
    this.#over = over;
  }

  /** Takes a message; false: what comes next is not to be taken, go on from the cursor. */
  #take({ cur, ev = [], gap }) {
    if (gap !== undefined) {
      // What was too fast for this way is read again from before the gap.
      if (gap.why === "slow") {
        ++this.receipts.slow;
        this.#cursor = gap.from;
        return false;
      }
      ++this.receipts.other;
    }
    for (const { v } of ev) {
      if (v <= this.#last) ++this.repeated;
      this.#last = v;
      this.#numbers[v] = 1;
    }
    this.count += ev.length;
    this.#here += ev.length;
    this.#cursor = cur;
    return !this.#enough;
  }

  get #enough() {
    return this.#here >= kHopEvents || this.#over(this.#last);
  }
  /** Nothing more may be to come. */
  look() {
    if (this.#over(this.#last)) this.#leave?.();
  }

  get #query() {
    return `devices=pump&series=n&start=${this.#cursor}`;
  }
  get #fields() {
    return { authorization: `Bearer ${this.#hub.admin.admin_key}` };
  }

  ws() {
    return new Promise((done) => {
      const socket = new WebSocket(this.#hub.wsUrl, { headers: this.#fields });
      this.#leave = () => socket.terminate();
      const start = this.#cursor;
      const body = { devices: ["pump"], series: ["n"], start };
      socket.on("open", () =>
        socket.send(JSON.stringify({ id: 1, op: "stream.subscribe", body })),
      );
      let over = false;
      socket.on("message", (bytes) => {
        const message = JSON.parse(bytes);
        if (over || message.sub === undefined || this.#take(message)) return;
        over = true;
        socket.terminate();
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        over = true;
        this.#leave = null;
        done();
      });
    });
  }

  sse() {
    return new Promise((done) => {
      const headers = { ...this.#fields, accept: "text/event-stream", "last-event-id": this.#cursor };
      const request = http.get(`${this.#hub.url}/v1/stream?devices=pump&series=n`, { headers });
      this.#leave = () => request.destroy();
      let rest = "";
      let over = false;
      request.on("response", (answer) => {
        answer.setEncoding("utf8").on("data", (text) => {
          const blocks = (rest + text).split("\n\n");
          rest = blocks.pop();
          for (const block of blocks) {
            if (over) return;
            const id = /^id: (.*)$/m.exec(block)?.[1];
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (id === undefined) continue;
            if (this.#take({ cur: id, ...(data ? JSON.parse(data) : {}) })) continue;
            over = true;
            request.destroy();
          }
        });
        answer.on("error", () => {});
      });
      request.on("error", () => {});
      request.on("close", () => {
        over = true;
        this.#leave = null;
        done();
      });
    });
  }

  /** Whether the hub has answered. */
  async #ask(headers) {
    try {
      const answer = await fetch(`${this.#hub.url}/v1/stream?limit=10000&${this.#query}`, {
        headers: { ...this.#fields, ...headers },
      });
      if (answer.status !== 200) return false;
      const { cur, ev, gaps } = await answer.json();
      if (gaps.length > 0) ++this.receipts.other;
      this.#take({ cur, ev });
      return true;
    } catch {
      return false; // It was killed meanwhile.
    }
  }
  async poll() {
    let answered = true;
    while (answered && !this.#enough) answered = await this.#ask({ prefer: "wait=1" });
  }
  page() {
    return this.#ask({});
  }

  /** `up()`: resolves when the hub runs. */
  async follow(way, up) {
    const ways = Object.keys(this.hops);
    for (let at = way; !this.#over(this.#last); ++at) {
      const name = ways[at % ways.length];
      ++this.hops[name];
      this.#here = 0;
      await up();
      await this[name]();
    }
  }
}

test("who hops between WebSocket, server-sent events, long poll and pages while the hub is killed hears all once", async (t) => {
  const hub = await startHub(t);
  const pump = await hub.device("pump");
  const { cur } = (await hub.rest.must("GET", "/v1/stream")).body;

  const sent = new Uint8Array(kReadings);
  const acknowledged = new Uint8Array(kReadings);
  let newest = -1;
  let written = false;
  const over = (last) => written && last >= newest;
  const consumers = Array.from({ length: kConsumers }, () => {
    const numbers = new Uint8Array(kReadings);
    return { numbers, consumer: new Consumer(hub, cur, numbers, over) };
  });
  let running = Promise.resolve();
  const following = consumers.map(({ consumer }, at) => consumer.follow(at, () => running));

  const everyKill = Math.ceil(kReadings / kAtOnce / (kKills + 1));
  const write = async (from) => {
    const batch = [];
    for (let n = from; n < Math.min(from + kAtOnce, kReadings); ++n) {
      batch.push({ t: 1_000 + n, v: { n } });
      sent[n] = 1;
    }
    try {
      const answer = await fetch(`${hub.url}/v1/me/telemetry`, {
        method: "POST",
        headers: { authorization: `Bearer ${pump.key}`, "content-type": "application/json" },
        body: JSON.stringify(batch),
      });
      if (answer.status !== 200) return;
      newest = from + batch.length - 1;
      acknowledged.fill(1, from, from + batch.length);
    } catch {
      // Killed meanwhile: nobody knows whether they are there, and they are not sent again.
    }
  };
  let kills = 0;
  for (let from = 0, batches = 0; from < kReadings; from += kAtOnce) {
    const writing = write(from);
    if (++batches % everyKill === 0 && kills < kKills) {
      ++kills;
      let started;
      running = new Promise((done) => (started = done));
      await hub.kill();
      await writing;
      await hub.start();
      started();
    }
    await writing;
  }
  written = true;
  for (const { consumer } of consumers) consumer.look();
  await within(kPatienceMs, "all consumers to hear the last reading", Promise.all(following));

  const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);
  for (const { numbers, consumer } of consumers) {
    let lost = 0;
    let strange = 0;
    for (let n = 0; n < kReadings; ++n) {
      if (acknowledged[n] && !numbers[n]) ++lost;
      if (numbers[n] && !sent[n]) ++strange;
    }
    const { repeated, receipts, hops } = consumer;
    const told = { acknowledged: sum(acknowledged), kills, lost, repeated, strange, receipts, hops };
    console.log(JSON.stringify(told));
    assert.equal(kills, kKills);
    assert.deepEqual({ lost, repeated, strange, other: receipts.other }, { lost: 0, repeated: 0, strange: 0, other: 0 });
    for (const [way, times] of Object.entries(hops)) assert.ok(times > 0, `${way} was used`);
  }
  assert.ok(sum(acknowledged) >= kReadings - (kKills + 1) * kAtOnce, "what was not killed is acknowledged");
});
