import assert from "node:assert/strict";
import { test } from "node:test";

import { HubError, type StreamItem, type Subscription } from "../src/index.js";
import { outcome, settle, World } from "./world.js";

async function opened(world: World) {
  const hub = world.hub();
  void hub.connect().catch(() => {});
  await settle();
  await world.socket.greet();
  return hub;
}

/** Lets the client come back on another socket. */
async function reopened(world: World) {
  await world.socket.shut(1006);
  await world.clock.pass(5000);
  await world.socket.greet();
}

const event = (v: unknown) => ({ d: "lamp", s: "power", t: 1, v });

function taking(subscription: Subscription) {
  const items: StreamItem[] = [];
  const ended = outcome(subscription.each((item) => void items.push(item)));
  const values = () => items.map((each) => (each.kind === "gap" ? each : each.value));
  return { items, ended, values };
}

test("a subscription asks once there is a connection, and delivers what comes", async () => {
  const world = new World();
  const hub = world.hub();
  const taken = taking(hub.stream({ devices: ["lamp"], kinds: ["reading", "presence"] }));
  await settle();
  assert.equal(world.sockets.length, 1, "it opens the socket by itself");
  await world.socket.greet();
  assert.deepEqual(world.socket.last("stream.subscribe").body, {
    devices: ["lamp"],
    kinds: ["reading", "presence"],
    start: "now",
  });
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({
    sub: 1,
    cur: "C",
    ev: [event(1), { d: "lamp", k: "presence", t: 2, v: { online: true, door: "ws" } }],
  });
  assert.deepEqual(taken.items, [
    { kind: "reading", device: "lamp", series: "power", time: 1, value: 1, late: false },
    {
      kind: "presence",
      device: "lamp",
      time: 2,
      value: { online: true, door: "ws" },
      cursor: "C",
    },
  ]);
});

test("events that come in the frame of the reply are not missed", async () => {
  const world = new World();
  const hub = await opened(world);
  const taken = taking(hub.stream());
  await settle();
  const { id } = world.socket.last("stream.subscribe");
  await world.socket.hear(
    { id, status: 200, body: { sub: 4, cursor: "A" } },
    { sub: 4, cur: "B", ev: [event(1)] },
  );
  assert.deepEqual(taken.values(), [1]);
});

test("after a loss it goes on from the last cursor", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream({ series: ["power"] });
  const taken = taking(subscription);
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await reopened(world);
  assert.equal(world.socket.last("stream.subscribe").body.start, "A", "nothing had come");
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1)] });
  await world.socket.hear({ sub: 1, cur: "C" });
  assert.equal(subscription.cursor, "C", "a message without events says where one stands");
  await reopened(world);
  const { start, series } = world.socket.last("stream.subscribe").body;
  assert.deepEqual([start, series], ["C", ["power"]]);
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "Z" } });
  await reopened(world);
  assert.equal(
    world.socket.last("stream.subscribe").body.start,
    "C",
    "what is behind has not come",
  );
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "C" } });
  await world.socket.hear({ sub: 1, cur: "D", ev: [event(2)] });
  assert.deepEqual(taken.values(), [1, 2]);
});

test("receipts stand before the events that follow them", async () => {
  const world = new World();
  const hub = await opened(world);
  const taken = taking(hub.stream());
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  const gap = { from: "A", to: "B", n: 64, why: "slow" };
  await world.socket.hear({ sub: 1, cur: "C", gap, ev: [event(65)] });
  assert.deepEqual(taken.values(), [
    { kind: "gap", from: "A", to: "B", count: 64, why: "slow" },
    65,
  ]);
});

test("`latest` begins anew until something has come, and says what it cannot know", async () => {
  const world = new World();
  const hub = await opened(world);
  const taken = taking(hub.stream({ start: "latest" }));
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await reopened(world);
  assert.equal(world.socket.last("stream.subscribe").body.start, "latest");
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "B" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(7)] });
  assert.deepEqual(taken.values(), [
    { kind: "gap", from: "A", to: "B", count: 0, why: "unknown", cursor: "A" },
    7,
  ]);
  await reopened(world);
  assert.equal(world.socket.last("stream.subscribe").body.start, "B");
});

test("the cursor is where the consumer is, not where the hub is", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream();
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1)] });
  await world.socket.hear({ sub: 1, cur: "C", ev: [event(2)] });
  assert.equal(subscription.cursor, "A");
  const batches = subscription.batches();
  assert.equal((await batches.next()).value?.cursor, "B");
  assert.equal(subscription.cursor, "A", "it has been given B, and has not come back from it");
  await batches.next();
  assert.equal(subscription.cursor, "B");
});

test("a consumer that is too slow makes the subscription rest, and then go on", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream({ buffer: 4 });
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1), event(2), event(3)] });
  await world.socket.hear({ sub: 1, cur: "C", ev: [event(4), event(5)] });
  assert.deepEqual(world.socket.last("stream.unsubscribe").body, { sub: 1 });
  await world.socket.hear({ sub: 1, cur: "D", ev: [event(6)] });
  const batches = subscription.batches();
  await batches.next();
  await settle();
  assert.equal(world.socket.count("stream.subscribe"), 1, "as many wait as before");
  const rest = outcome(batches.next());
  await settle();
  assert.equal(rest.value?.value?.events.length, 2);
  assert.equal(world.socket.count("stream.subscribe"), 2, "half of it has been taken");
  const values: unknown[] = [];
  void (async () => {
    for await (const { events } of batches) values.push(...events.map((each) => each.value));
  })();
  assert.equal(world.socket.last("stream.subscribe").body.start, "C");
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 2, cursor: "C" } });
  await world.socket.hear({ sub: 2, cur: "D", ev: [event(6)] });
  assert.deepEqual(values, [6], "it has come again, from the log");
});

test("whoever leaves the loop ends the subscription", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream();
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1), event(2)] });
  for await (const item of subscription) {
    assert.equal(item.kind, "reading");
    break;
  }
  assert.deepEqual(world.socket.last("stream.unsubscribe").body, { sub: 1 });
  await reopened(world);
  assert.equal(world.socket.count("stream.subscribe"), 0);
});

test("a subscription that is closed before it is answered is taken back", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream();
  await settle();
  subscription.close();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 3, cursor: "A" } });
  assert.deepEqual(world.socket.last("stream.unsubscribe").body, { sub: 3 });
});

test("a signal ends it", async () => {
  const world = new World();
  const hub = await opened(world);
  const stop = new AbortController();
  const taken = taking(hub.stream({ signal: stop.signal }));
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  stop.abort();
  await settle();
  assert.ok(taken.ended.settled && taken.ended.error === undefined);
  assert.equal(world.socket.last("stream.unsubscribe").body.sub, 1);
});

test("a refusal for good is the error of the loop; others go on", async () => {
  const world = new World();
  const hub = await opened(world);
  const bad = hub.stream({ devices: ["?"] });
  const ready = outcome(bad.ready);
  const ended = taking(bad).ended;
  await settle();
  const problem = { type: "/problems/invalid-field", status: 400, retryable: false };
  await world.socket.reply("stream.subscribe", 400, { problem });
  assert.ok(ended.error instanceof HubError && ended.error.type === "/problems/invalid-field");
  assert.equal(ready.error, ended.error);
  assert.equal(hub.connectionState.kind, "open");
});

test("a subscription that is too long to be sent ends with that", async () => {
  const world = new World();
  const hub = await opened(world);
  const devices = Array.from({ length: 20_000 }, (_, at) => `device-${at}`);
  const subscription = hub.stream({ devices });
  const ready = outcome(subscription.ready);
  const { ended } = taking(subscription);
  await settle();
  assert.match(String(ended.error?.message), /messages of 131072 bytes at most/);
  assert.equal(ready.error, ended.error);
  assert.equal(world.socket.count("stream.subscribe"), 0);
  assert.equal(hub.connectionState.kind, "open");
});

test("a refusal that passes is tried again when the hub says", async () => {
  const world = new World();
  const hub = await opened(world);
  const taken = taking(hub.stream());
  await settle();
  const problem = { type: "/problems/unavailable", status: 503, retryable: true };
  await world.socket.reply("stream.subscribe", 503, { problem, headers: { "retry-after": "5" } });
  await world.clock.pass(4999);
  assert.equal(world.socket.count("stream.subscribe"), 1);
  await world.clock.pass(1);
  assert.equal(world.socket.count("stream.subscribe"), 2);
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1)] });
  assert.deepEqual(taken.values(), [1]);
});

test("when the connection is over, what has come is still taken, and then the reason", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream();
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1)] });
  await world.socket.shut(4401);
  const taken = taking(subscription);
  await settle();
  assert.deepEqual(taken.values(), [1]);
  assert.equal(taken.ended.error?.code, 4401);
});

test("credit that is left goes along to the next socket", async () => {
  const world = new World();
  const hub = await opened(world);
  const subscription = hub.stream({ flow: "credit", credit: 2 });
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ sub: 1, cur: "B", ev: [event(1), event(2)] });
  subscription.grant(5);
  assert.deepEqual(world.socket.last("stream.credit").body, { sub: 1, more: 5 });
  await world.socket.hear({ sub: 1, cur: "C", ev: [event(3)] });
  await reopened(world);
  const { start, credit } = world.socket.last("stream.subscribe").body;
  assert.deepEqual([start, credit], ["C", 4]);
});

test("what a newer hub says and this client does not know is passed over", async () => {
  const world = new World();
  const hub = await opened(world);
  const taken = taking(hub.stream());
  await settle();
  await world.socket.reply("stream.subscribe", 200, { body: { sub: 1, cursor: "A" } });
  await world.socket.hear({ weather: {} }, 7 as any, { sub: 1, cur: "B", ev: [null, event(1)] });
  world.socket.onmessage?.({ data: "{" });
  assert.deepEqual(taken.values(), [1]);
});
