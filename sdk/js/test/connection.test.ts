import assert from "node:assert/strict";
import { test } from "node:test";

import { afterClose } from "../src/connection.js";
import {
  ClosedError,
  ConnectionError,
  HubError,
  TimeoutError,
  UnauthorizedError,
} from "../src/index.js";
import { outcome, settle, World } from "./world.js";

async function opened(world: World, hub = world.hub()) {
  void hub.connect().catch(() => {});
  await settle();
  await world.socket.greet();
  return hub;
}

test("the first message says who is calling, and nothing else goes before the hello", async () => {
  const world = new World();
  const hub = world.hub();
  const ready = outcome(hub.connect());
  await settle();
  assert.equal(world.socket.url, "ws://hub.test/v1/stream");
  assert.deepEqual(world.socket.protocols, ["tandem.v1.json"]);
  world.socket.onopen?.({});
  assert.deepEqual(world.socket.sent, [{ id: 1, op: "auth", body: { token: "tak_1" } }]);
  assert.equal(ready.settled, false);
  await world.socket.greet();
  assert.equal(ready.value?.principal.id, "tests");
  assert.equal(hub.connectionState.kind, "open");
});

test("a client says after how much silence it wants to be pinged", async () => {
  const world = new World();
  await opened(world, world.hub({ pingMs: 60_000 }));
  assert.equal(world.socket.url, "ws://hub.test/v1/stream?ping_ms=60000");
});

test("a session opens each socket with a ticket of its own", async () => {
  const world = new World();
  world.answers = [
    { status: 201, body: { ticket: "one" } },
    { status: 201, body: { ticket: "two" } },
  ];
  const hub = world.session();
  void hub.connect();
  await settle();
  assert.deepEqual(world.socket.protocols, ["tandem.v1.json", "tandem.ticket.one"]);
  await world.socket.greet();
  assert.deepEqual(world.socket.sent, [], "a ticket needs no auth");
  await world.socket.shut(1006);
  await world.clock.pass(500);
  assert.deepEqual(world.socket.protocols[1], "tandem.ticket.two");
  assert.equal(world.asked[0]?.headers.authorization, undefined);
});

test("a session that has ended ends the connection", async () => {
  const world = new World();
  world.answers = [{ status: 401, body: { type: "/problems/unauthenticated" } }];
  const hub = world.session();
  const ready = outcome(hub.connect());
  await settle();
  assert.ok(ready.error instanceof HubError);
  assert.equal(hub.connectionState.kind, "closed");
  assert.equal(world.sockets.length, 0);
});

test("waits double, are spread by chance, and have an end", async () => {
  const world = new World();
  const waits: number[] = [];
  const hub = world.hub();
  hub.on("state", (state) => {
    if (state.kind === "waiting") waits.push(state.until - world.clock.now());
  });
  void hub.connect();
  await settle();
  for (let i = 0; i < 9; ++i) {
    world.clock.chance = i % 2;
    await world.socket.shut(1006);
    await world.clock.pass(waits.at(-1) ?? 0);
  }
  assert.deepEqual(waits, [250, 1000, 1000, 4000, 4000, 16_000, 15_000, 30_000, 15_000]);
});

test("what is closed right after its hello is no success: the waits go on growing", async () => {
  const world = new World();
  const hub = await opened(world);
  const waits: number[] = [];
  hub.on("state", (state) => {
    if (state.kind === "waiting") waits.push(state.until - world.clock.now());
  });
  await world.socket.shut(1013);
  await world.clock.pass(250);
  await world.socket.greet();
  await world.socket.shut(1013);
  await world.clock.pass(500);
  await world.socket.greet();
  await world.clock.pass(10_000);
  await world.socket.shut(1013);
  assert.deepEqual(waits, [250, 500, 250]);
});

test("a hub that stops says when to come back, and is not asked sooner", async () => {
  const world = new World();
  await opened(world);
  await world.socket.hear({ goaway: { after_ms: 200, spread_ms: 1000 } });
  await world.socket.shut(1012, '{"retry_ms":1000}');
  await world.clock.pass(1249);
  assert.equal(world.sockets.length, 1);
  await world.clock.pass(1);
  assert.equal(world.sockets.length, 2);
});

test("until it closes, a hub that stops is asked as ever", async () => {
  const world = new World();
  const hub = await opened(world);
  const goaways: unknown[] = [];
  hub.on("goaway", (told) => goaways.push(told));
  await world.socket.hear({ goaway: { after_ms: 200, spread_ms: 1000 } });
  assert.deepEqual(goaways, [{ withinMs: 1200 }]);
  const answer = outcome(hub.me.get({ door: "socket" }));
  await settle();
  await world.socket.reply("me.get", 200, { body: { id: "tests" } });
  assert.equal(answer.value?.id, "tests");
});

test("a budget that gets scarce is told", async () => {
  const world = new World();
  const hub = await opened(world);
  const told: unknown[] = [];
  hub.on("limits", (limits) => told.push(limits));
  await world.socket.hear({ limits: { requests: { q: 100, w: 5, r: 24, t: 4 } } });
  assert.deepEqual(told, [{ requests: { quota: 100, left: 24, fullInMs: 4000 } }]);
});

test("a hub that said it would close and did not is taken for gone", async () => {
  const world = new World();
  const hub = await opened(world);
  await world.socket.hear({ goaway: { after_ms: 200, spread_ms: 1000 } });
  await world.clock.pass(6200);
  assert.equal(hub.connectionState.kind, "waiting");
  assert.ok(world.socket.ended);
});

test("what each closing code asks for", () => {
  const never = [4400, 4403, 4409, 4499];
  const later = [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4429, 4500, 4599];
  const slowly = [1002, 1007, 1008, 1009];
  for (const code of never) assert.equal(afterClose(code), "never", String(code));
  for (const code of later) assert.equal(afterClose(code), "later", String(code));
  for (const code of slowly) assert.equal(afterClose(code), "slowly", String(code));
  assert.equal(afterClose(4401), "renew");
});

test("a socket that another one of the device has replaced does not fight back", async () => {
  const world = new World();
  const hub = await opened(world);
  await world.socket.shut(4409, "another socket");
  await world.clock.pass(3_600_000);
  assert.equal(world.sockets.length, 1);
  const { connectionState: state } = hub;
  assert.equal(state.kind, "closed");
  assert.ok(state.kind === "closed" && state.why instanceof ClosedError && state.why.code === 4409);
});

test("a key that is refused stops the connection: there is no other", async () => {
  const world = new World();
  const hub = world.hub();
  const ready = outcome(hub.connect());
  await settle();
  world.socket.onopen?.({});
  await world.socket.reply("auth", 401, { problem: { type: "/problems/unauthenticated" } });
  await world.socket.shut(4401);
  await world.clock.pass(3_600_000);
  assert.equal(world.sockets.length, 1);
  assert.ok(ready.error instanceof ClosedError && ready.error.code === 4401);
});

test("a token that is refused is asked for anew, once", async () => {
  const world = new World();
  const reasons: string[] = [];
  const hub = world.hub({
    tokenProvider: (why) => {
      reasons.push(why);
      return `token-${reasons.length}`;
    },
  });
  await opened(world, hub);
  await world.socket.shut(4401);
  await world.clock.pass(250);
  world.socket.onopen?.({});
  assert.deepEqual(world.socket.last("auth").body, { token: "token-2" });
  await world.socket.shut(4401);
  await world.clock.pass(3_600_000);
  assert.deepEqual(reasons, ["first", "refused"]);
  assert.equal(world.sockets.length, 2);
  assert.equal(hub.connectionState.kind, "closed");
});

test("a provider that has no token any more ends it; one that fails is asked again", async () => {
  const world = new World();
  const failures = [new Error("no network"), new UnauthorizedError("logged out")];
  const hub = world.hub({
    tokenProvider: () => {
      throw failures.shift();
    },
  });
  void hub.connect().catch(() => {});
  await settle();
  assert.equal(hub.connectionState.kind, "waiting");
  await world.clock.pass(250);
  assert.equal(hub.connectionState.kind, "closed");
});

test("a token that ends soon is renewed on the same socket", async () => {
  const world = new World();
  const reasons: string[] = [];
  const hub = world.hub({
    tokenProvider: (why) => {
      reasons.push(why);
      return `token-${reasons.length}`;
    },
  });
  await opened(world, hub);
  await world.socket.hear({ auth: { expires_in: 60 } });
  assert.deepEqual(world.socket.last("auth").body, { token: "token-2" });
  await world.socket.reply("auth", 200, { body: {} });
  assert.deepEqual(reasons, ["first", "expiring"]);
  assert.equal(world.sockets.length, 1);
  await hub.me.get();
  assert.equal(world.asked[0]?.headers.authorization, "Bearer token-2", "REST has it too");
});

test("a renewal that fails is told and tried again while there is time", async () => {
  const world = new World();
  let asked = 0;
  const hub = world.hub({
    tokenProvider: () => {
      asked += 1;
      if (asked === 2) throw new Error("no network");
      return `token-${asked}`;
    },
  });
  const errors: Error[] = [];
  hub.on("error", (error) => errors.push(error));
  await opened(world, hub);
  await world.socket.hear({ auth: { expires_in: 60 } });
  assert.equal(errors.length, 1);
  await world.clock.pass(5000);
  assert.deepEqual(world.socket.last("auth").body, { token: "token-3" });
});

test("a hub that is not heard of for 20 s is asked, and 10 s later given up", async () => {
  const world = new World();
  const hub = await opened(world);
  await world.clock.pass(19_999);
  assert.equal(world.socket.count("me.get"), 0);
  await world.clock.pass(1);
  assert.equal(world.socket.count("me.get"), 1);
  await world.socket.reply("me.get", 200);
  await world.clock.pass(20_000 + 9_999);
  assert.equal(hub.connectionState.kind, "open");
  await world.clock.pass(1);
  assert.equal(hub.connectionState.kind, "waiting");
  assert.ok(world.socket.ended);
});

test("any message is a sign of life", async () => {
  const world = new World();
  await opened(world);
  for (let i = 0; i < 10; ++i) {
    await world.clock.pass(15_000);
    await world.socket.hear({ sub: 9, cur: "A" });
  }
  assert.equal(world.socket.count("me.get"), 0);
});

test("a hub that accepts and does not greet is given up", async () => {
  const world = new World();
  const hub = world.hub();
  void hub.connect();
  await settle();
  world.socket.onopen?.({});
  await world.clock.pass(15_000);
  assert.equal(hub.connectionState.kind, "waiting");
  assert.ok(world.sockets[0]?.ended);
});

test("what is on its way when the socket ends fails, and says that it had left", async () => {
  const world = new World();
  const hub = await opened(world);
  const answer = outcome(hub.keys.create("lamp", {}, { door: "socket" }));
  await settle();
  assert.equal(world.socket.count("keys.create"), 1);
  await world.socket.shut(1006);
  assert.ok(answer.error instanceof ConnectionError && answer.error.sent);
  assert.equal(world.asked.length, 0, "it could have been made: it is not asked for twice");
});

test("wake() ends a wait, and asks a hub that seems to be there", async () => {
  const world = new World();
  const hub = await opened(world);
  hub.wake();
  assert.equal(world.socket.count("me.get"), 1);
  await world.socket.shut(1006);
  hub.wake();
  await settle();
  assert.equal(world.sockets.length, 2);
});

test("after close() nothing happens any more", async () => {
  const world = new World();
  const hub = await opened(world);
  const answer = outcome(hub.me.get({ door: "socket" }));
  await settle();
  hub.close();
  await settle();
  assert.ok(answer.error instanceof ClosedError);
  assert.ok(world.socket.ended);
  await world.socket.shut(1006);
  await world.clock.pass(3_600_000);
  assert.equal(world.sockets.length, 1);
});

test("a call over a socket that does not answer ends in time", async () => {
  const world = new World();
  const hub = await opened(world);
  const answer = outcome(hub.me.get({ door: "socket", timeoutMs: 3000, retry: false }));
  await world.clock.pass(3000);
  assert.ok(answer.error instanceof TimeoutError);
  await world.socket.reply("me.get", 200, { body: { id: "late" } });
  assert.equal(hub.connectionState.kind, "open", "a late reply is nobody's");
});

test("a message that is longer than the hub takes is not sent", async () => {
  const world = new World();
  const hub = await opened(world);
  const body = { name: "x".repeat(140_000) };
  const answer = outcome(hub.devices.put("lamp", body, { door: "socket", retry: false }));
  await settle();
  assert.match(answer.error.message, /131072 bytes/);
  assert.equal(world.socket.count("devices.put"), 0);
});

test("what is over begins again when the caller says so, and by nothing else", async () => {
  const world = new World();
  const hub = await opened(world);
  await world.socket.shut(4409);
  const call = outcome(hub.me.get({ door: "socket" }));
  const subscription = outcome(hub.stream().ready);
  await world.clock.pass(60_000);
  assert.ok(call.error instanceof ClosedError && call.error.code === 4409);
  assert.equal(subscription.error, call.error);
  assert.equal(world.sockets.length, 1);
  const again = outcome(hub.connect());
  await settle();
  await world.socket.greet();
  assert.ok(again.value);
  assert.equal(world.sockets.length, 2);
});

test("frames that are looked at hold no secret", async () => {
  const world = new World();
  const hub = world.hub();
  const frames: string[] = [];
  hub.on("frame", ({ direction, text }) => frames.push(`${direction} ${text}`));
  await opened(world, hub);
  assert.equal(frames[0], 'out {"id":1,"op":"auth","body":{"token":"…"}}');
  assert.match(frames[1] ?? "", /^in \[/);
  assert.doesNotMatch(frames.join(), /tak_1/);
});

test("without a WebSocket the error says what to do", async () => {
  const world = new World();
  const hub = world.hub({ WebSocket: null });
  const known = (globalThis as any).WebSocket;
  if (known !== undefined) return;
  await assert.rejects(hub.connect(), /pass one as `WebSocket`/);
});
