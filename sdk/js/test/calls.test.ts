import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ConnectionError,
  everyItem,
  HubError,
  TandemError,
  TimeoutError,
  UnauthorizedError,
} from "../src/index.js";
import { outcome, settle, World } from "./world.js";

const problem = (name: string, status: number, more = {}) => ({
  status,
  body: { type: `/problems/${name}`, title: name, status, ...more },
});
const busy = problem("rate-limited", 429, { retryable: true, retry_after_ms: 700 });

test("path, body and options become a request", async () => {
  const world = new World();
  const hub = world.hub();
  await hub.telemetry.read("lamp/1", { series: ["power", "on"], from: 5, limit: 10 });
  await hub.config.put("lamp", { on: true }, { ifMatch: '"3"' });
  await hub.commands.send("lamp", { name: "blink" }, { wait: 20, idempotencyKey: "mine" });
  await hub.commands.take("me", { wait: 30, limit: 2 });
  const [read, put, send, take] = world.asked;
  const url = "http://hub.test/v1/devices/lamp%2F1/telemetry?series=power%2Con&from=5&limit=10";
  assert.equal(read?.url, url);
  assert.equal(read?.headers.authorization, "Bearer tak_1");
  assert.equal(put?.method, "PUT");
  assert.equal(put?.headers["if-match"], '"3"');
  assert.deepEqual(put?.body, { on: true });
  assert.equal(send?.headers.prefer, "wait=20");
  assert.equal(send?.headers["idempotency-key"], "mine");
  assert.equal(take?.url, "http://hub.test/v1/devices/me/commands?status=queued&limit=2");
  assert.equal(take?.headers.prefer, "wait=30");
});

test("a missing part of the path does not become another operation", async () => {
  const world = new World();
  await assert.rejects(world.hub().devices.delete(""), TandemError);
  assert.equal(world.asked.length, 0);
});

test("`replies` has the whole answer, 304 too, which is an error elsewhere", async () => {
  const world = new World();
  const hub = world.hub();
  world.answers = [{ status: 200, body: { on: true }, headers: { ETag: '"4"' } }, { status: 304 }];
  const reply = await hub.replies.config.get("lamp");
  assert.deepEqual([reply.status, reply.headers.etag, reply.body], [200, '"4"', { on: true }]);
  assert.equal((await hub.replies.config.get("lamp", { ifNoneMatch: '"4"' })).status, 304);
  await assert.rejects(hub.config.get("lamp", { ifNoneMatch: '"4"' }), { status: 304 });
});

test("a refusal has the hub's words", async () => {
  const world = new World();
  world.answers = [problem("not-found", 404, { detail: "there is no such device" })];
  await assert.rejects(world.hub().devices.get("x"), (error: HubError) => {
    assert.deepEqual(
      [error.status, error.type, error.message, error.retryable],
      [404, "/problems/not-found", "there is no such device", false],
    );
    return true;
  });
});

test("a refusal that passes is tried again after the time that the hub says", async () => {
  const world = new World();
  world.answers = [busy, { body: { id: "lamp" } }];
  const answer = outcome(world.hub().keys.create("lamp", {}));
  await world.clock.pass(699);
  assert.equal(world.asked.length, 1);
  await world.clock.pass(1);
  assert.equal(answer.value?.id, "lamp", "it had not been carried out, whatever it is");
});

test("tries end: the last refusal is the answer", async () => {
  const world = new World();
  world.answers = [busy];
  const answer = outcome(world.hub().devices.list({ timeoutMs: 2000 }));
  await world.clock.pass(2000);
  assert.equal(answer.error?.type, "/problems/rate-limited");
  assert.equal(world.asked.length, 3);
  assert.equal(outcome(world.hub().devices.list({ retry: false })).settled, false);
  await settle();
  assert.equal(world.asked.length, 4);
});

test("what could be done twice is done once: a key of its own goes with each try", async () => {
  const world = new World();
  world.answers = [new TypeError("reset"), { status: 202, body: { id: "01" } }];
  const hub = world.hub();
  const sent = outcome(hub.commands.send("lamp", { name: "blink" }));
  await world.clock.pass(5000);
  assert.equal(sent.value?.id, "01");
  const [first, second] = world.asked.map((each) => each.headers["idempotency-key"]);
  assert.match(first ?? "", /^[0-9a-f]{32}$/);
  assert.equal(second, first);
  await hub.commands.send("lamp", { name: "blink" });
  assert.notEqual(world.asked[2]?.headers["idempotency-key"], first);
});

test("without a key, or with a precondition, a lost answer is not asked for again", async () => {
  const world = new World();
  const hub = world.hub();
  world.answers = [new TypeError("reset")];
  const calls = [
    hub.commands.send("lamp", { name: "blink" }, { idempotencyKey: false }),
    hub.config.put("lamp", {}, { ifMatch: '"1"' }),
    hub.keys.rotate("lamp", "k1"),
  ].map((each) => outcome<unknown>(each));
  await world.clock.pass(60_000);
  for (const call of calls) assert.ok(call.error instanceof ConnectionError && call.error.sent);
  assert.equal(world.asked.length, 3);
  assert.equal(world.asked[0]?.headers["idempotency-key"], undefined);
});

test("a repeat that meets its first try still at work waits for it", async () => {
  const world = new World();
  const hub = world.hub();
  world.answers = [
    new TypeError("reset"),
    problem("conflict", 409, { retryable: false, retry_after_ms: 1000 }),
    { status: 201, body: { id: "lamp" } },
  ];
  const made = outcome(hub.devices.create({ id: "lamp" }));
  await world.clock.pass(5000);
  assert.equal(made.value?.id, "lamp");
});

test("a token that REST refuses is exchanged and the request goes again", async () => {
  const world = new World();
  let token = 0;
  const hub = world.hub({ tokenProvider: () => `token-${++token}` });
  world.answers = [problem("unauthenticated", 401), { body: {} }];
  await hub.keys.create("lamp", {});
  assert.deepEqual(
    world.asked.map((each) => each.headers.authorization),
    ["Bearer token-1", "Bearer token-2"],
  );
});

test("a provider that gives what was refused has no other", async () => {
  const world = new World();
  const hub = world.hub({ tokenProvider: () => "the same" });
  world.answers = [problem("unauthenticated", 401)];
  await assert.rejects(hub.me.get(), UnauthorizedError);
  assert.equal(world.asked.length, 1);
});

test("a refusal of an old token does not cost the new one", async () => {
  const world = new World();
  let token = 0;
  const late: Array<(answer: Response) => void> = [];
  const hub = world.hub({
    tokenProvider: () => `token-${++token}`,
    fetch: async (_, init) => {
      const sent = new Headers(init?.headers).get("authorization");
      if (sent === "Bearer token-1") return new Promise((done) => late.push(done));
      return new Response("{}");
    },
  });
  const calls = [outcome(hub.me.get()), outcome(hub.me.get())];
  await settle();
  for (const answer of late) {
    answer(new Response("{}", { status: 401 }));
    await settle();
  }
  assert.ok(calls.every((each) => each.settled && each.error === undefined));
  assert.equal(token, 2);
});

test("two calls at once ask for one token", async () => {
  const world = new World();
  let asked = 0;
  const hub = world.hub({
    tokenProvider: async () => {
      asked += 1;
      return "token";
    },
  });
  await Promise.all([hub.me.get(), hub.me.get()]);
  assert.equal(asked, 1);
});

test("a hub that does not answer is given up in time", async () => {
  const world = new World();
  const hub = world.hub({ fetch: () => new Promise(() => {}) });
  const answer = outcome(hub.me.get({ timeoutMs: 1000 }));
  await world.clock.pass(1000);
  assert.ok(answer.error instanceof TimeoutError);
});

test("a signal ends a call, also while it waits for another try", async () => {
  const world = new World();
  world.answers = [busy];
  const stop = new AbortController();
  const answer = outcome(world.hub().me.get({ signal: stop.signal }));
  await settle();
  stop.abort(new Error("enough"));
  await settle();
  assert.equal(answer.error?.message, "enough");
  await world.clock.pass(60_000);
  assert.equal(world.asked.length, 1);
});

test("`auto` prefers an open socket; a call that is cut off goes on over REST", async () => {
  const world = new World();
  const hub = world.hub({ door: "auto" });
  await hub.me.get();
  assert.equal(world.asked.length, 1);
  void hub.connect();
  await settle();
  await world.socket.greet();
  const sent = outcome(hub.commands.send("lamp", { name: "blink" }, { wait: 5 }));
  await settle();
  const { headers, path, body } = world.socket.last("commands.send");
  assert.deepEqual([path, body, headers.prefer], [{ device: "lamp" }, { name: "blink" }, "wait=5"]);
  world.answers = [{ body: { id: "01" } }];
  await world.socket.shut(1006);
  await world.clock.pass(250);
  assert.equal(sent.value?.id, "01");
  assert.equal(world.asked[1]?.headers["idempotency-key"], headers["idempotency-key"]);
});

test("`socket` opens one and waits for it", async () => {
  const world = new World();
  const hub = world.hub({ door: "socket" });
  const answer = outcome(hub.devices.list({ type: "lamp" }));
  await settle();
  await world.socket.greet();
  assert.deepEqual(world.socket.last("devices.list").query, { type: "lamp" });
  await world.socket.reply("devices.list", 200, { body: { items: [] } });
  assert.deepEqual(answer.value, { items: [] });
});

test("what only REST has goes over REST", async () => {
  const world = new World();
  world.answers = [{ status: 201, body: { ticket: "t" } }];
  await world.hub({ door: "socket" }).tickets.create();
  assert.equal(world.asked.length, 1);
});

test("everyItem follows the pages to the end", async () => {
  const world = new World();
  const hub = world.hub();
  world.answers = [
    { body: { items: [{ id: "a" }, { id: "b" }], next: "c2" } },
    { body: { items: [{ id: "c" }] } },
  ];
  const ids = [];
  for await (const device of everyItem((cursor) => hub.devices.list({ cursor }))) {
    ids.push(device.id);
  }
  assert.deepEqual(ids, ["a", "b", "c"]);
  assert.match(world.asked[1]?.url ?? "", /cursor=c2/);
});
