// A hub that is restarted under its clients: it says so, closes with 1012, ends with exit code 0, and
// whoever comes back with a cursor has lost nothing.
import assert from "node:assert/strict";
import { test } from "node:test";

import WebSocket from "ws";

import { startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kReadings = 2_000;

/** Follows all readings of the hub and keeps its place: what a client of the npm package `ws` does. */
class Follower {
  seen = [];
  gaps = [];
  goaways = [];
  closings = [];
  cursor = "now";

  /** Opens a socket that goes on where the last one was. */
  async follow(hub) {
    const socket = new WebSocket(hub.wsUrl, ["tandem.v1.json"], {
      headers: { authorization: `Bearer ${hub.admin.admin_key}` },
    });
    socket.on("close", (code, reason) => this.closings.push({ code, reason: String(reason) }));
    await new Promise((done, refuse) => {
      socket.once("error", refuse);
      socket.on("message", (bytes) => this.#take(JSON.parse(bytes), done));
      socket.once("open", () => {
        const body = { start: this.cursor };
        socket.send(JSON.stringify({ id: 1, op: "stream.subscribe", body }));
      });
    });
  }
  #take(message, subscribed) {
    if (message.ev) {
      this.cursor = message.cur;
      for (const event of message.ev) this.seen.push(event.v);
    }
    if (message.gap) this.gaps.push(message.gap);
    if (message.goaway) this.goaways.push(message.goaway);
    if (message.id !== 1) return;
    assert.equal(message.status, 200, JSON.stringify(message));
    if (this.cursor === "now") this.cursor = message.body.cursor;
    subscribed();
  }
}

test("a restart loses nothing of a subscription that goes on from its cursor", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const follower = new Follower();
  await follower.follow(hub);

  // One after the other, each until the hub has said that it has it: what fails is sent again.
  let written = 0;
  let stopped = false;
  const writer = (async () => {
    let client = hub.client(device.key);
    while (written < kReadings) {
      await eventually(30_000, "the hub to be back", () => !stopped, 5);
      const body = { t: 1_700_000_000_000 + written, v: { n: written } };
      const reply = await client.ask("POST", "/v1/me/telemetry", body).catch(() => null);
      if (reply?.status === 200) written += 1;
      else if (!stopped) client = hub.client(device.key);
    }
  })();

  for (let round = 1; round <= 3; ++round) {
    await eventually(60_000, "some readings", () => follower.seen.length >= round * 300);
    hub.ending = true;
    hub.signal("SIGTERM");
    assert.deepEqual(await hub.ended, { code: 0, signal: null });
    stopped = true;
    await eventually(5_000, "the end of the socket", () => follower.closings.length === round);
    const { code, reason } = follower.closings.at(-1);
    assert.equal(code, 1012);
    assert.ok(JSON.parse(reason).retry_ms > 0, reason);
    assert.equal(follower.goaways.length, round);
    const { after_ms, spread_ms } = follower.goaways.at(-1);
    assert.ok(after_ms >= 0 && spread_ms >= 0);
    hub.closeClients();
    await hub.start();
    stopped = false;
    await follower.follow(hub);
  }
  await writer;
  await eventually(60_000, "the last reading", () => follower.seen.at(-1) === kReadings - 1);
  assert.deepEqual(
    follower.seen,
    Array.from({ length: kReadings }, (_, at) => at),
  );
  assert.deepEqual(follower.gaps, []);
});

test("a long answer that is being sent ends before the hub does", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp-1");
  for (let from = 0; from < 200_000; from += 50_000) {
    const rows = Array.from({ length: 50_000 }, (_, at) => ({ t: 1 + from + at, v: { n: at } }));
    await hub.rest.must("POST", "/v1/devices/lamp-1/telemetry", rows);
  }
  const answer = await fetch(`${hub.url}/v1/devices/lamp-1/telemetry?series=n`, {
    headers: {
      authorization: `Bearer ${hub.admin.admin_key}`,
      accept: "application/x-ndjson",
      "accept-encoding": "identity",
    },
  });
  assert.equal(answer.status, 200);
  const reader = answer.body.getReader();
  const first = await reader.read();
  hub.ending = true;
  hub.signal("SIGTERM");
  let text = Buffer.from(first.value).toString();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString();
  }
  assert.equal(text.trim().split("\n").length, 200_000);
  assert.deepEqual(await hub.ended, { code: 0, signal: null });
});

test("a poll that waits is answered by a hub that stops", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const { headers } = await hub.rest.must("PATCH", "/v1/devices/lamp-1/config", { level: 1 });
  const client = hub.client(device.key);
  const polls = [
    client.ask("GET", "/v1/me/config", undefined, {
      prefer: "wait=60",
      "if-none-match": headers.etag,
    }),
    hub.client(device.key).ask("GET", "/v1/me/commands?status=queued", undefined, {
      prefer: "wait=60",
    }),
  ];
  let answered = 0;
  for (const poll of polls) poll.then(() => (answered += 1));
  await eventually(10_000, "the polls to have come", async () => {
    const { presence } = (await hub.rest.get("/v1/devices/lamp-1")).body;
    return presence.online;
  });
  assert.equal(answered, 0);
  hub.ending = true;
  hub.signal("SIGTERM");
  const statuses = (await Promise.all(polls)).map(({ status }) => status);
  assert.deepEqual(statuses, [304, 200]);
  assert.deepEqual(await hub.ended, { code: 0, signal: null });
});
