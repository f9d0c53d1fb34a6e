import assert from "node:assert/strict";
import { test } from "node:test";

import { CommandFailed, type DeviceClient, type DeviceOptions } from "../src/index.js";
import { outcome, settle, World } from "./world.js";

async function begun(
  world: World,
  prepare: (device: DeviceClient) => void = () => {},
  options: DeviceOptions = {},
) {
  const device = world.hub().device(options);
  prepare(device);
  void device.connect().catch(() => {});
  await settle();
  await world.socket.greet("device", "lamp");
  return device;
}

async function reopened(world: World) {
  await world.socket.shut(1006);
  await world.clock.pass(5000);
  await world.socket.greet("device", "lamp");
}

const command = (id: string, name = "set", params: unknown = { on: true }, attempt = 1) => ({
  cmd: { id, name, params, attempt, expires: 1_800_000_000_000 },
});
const path = (id: string) => ({ device: "me", command: id });

test("a command is acknowledged, carried out and finished with its result", async () => {
  const world = new World();
  const told: unknown[] = [];
  await begun(world, (device) =>
    device.onCommand("set", (params, context) => {
      told.push([params, context.id, context.attempt, context.name]);
      return { was: false };
    }),
  );
  await world.socket.hear(command("c1"));
  assert.deepEqual(told, [], "not before the hub knows that it was taken");
  assert.deepEqual(world.socket.last("commands.ack").path, path("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  assert.deepEqual(told, [[{ on: true }, "c1", 1, "set"]]);
  const finish = world.socket.last("commands.finish");
  assert.deepEqual(
    [finish.path, finish.body],
    [path("c1"), { status: "done", result: { was: false } }],
  );
});

test("commands are carried out one after the other, in their order", async () => {
  const world = new World();
  const steps: string[] = [];
  const open: Array<() => void> = [];
  await begun(world, (device) =>
    device.onCommand("set", async (_, { id }) => {
      steps.push(`${id} begins`);
      await new Promise<void>((done) => open.push(done));
      steps.push(`${id} ends`);
    }),
  );
  await world.socket.hear(command("c1"), command("c2"));
  assert.equal(world.socket.count("commands.ack"), 1, "the second is left in the hub's hands");
  await world.socket.reply("commands.ack", 200, { body: {} });
  open.shift()?.();
  await settle();
  await world.socket.reply("commands.finish", 200, { body: {} });
  await world.socket.reply("commands.ack", 200, { body: {} });
  open.shift()?.();
  await settle();
  assert.deepEqual(steps, ["c1 begins", "c1 ends", "c2 begins", "c2 ends"]);
});

test("with a concurrency of two, two are carried out at once", async () => {
  const world = new World();
  let at_once = 0;
  const never = () => {
    at_once += 1;
    return new Promise(() => {});
  };
  await begun(world, (device) => device.onCommand("set", never), { concurrency: 2 });
  await world.socket.hear(command("c1"), command("c2"), command("c3"));
  for (const ack of world.socket.sent.filter((each) => each.op === "commands.ack")) {
    await world.socket.hear({ id: ack.id, status: 200, body: {} });
  }
  assert.equal(at_once, 2);
});

test("a command that has ended meanwhile is not carried out", async () => {
  const world = new World();
  let run = 0;
  await begun(world, (device) => device.onCommand("set", () => (run += 1)));
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 409, {
    problem: { type: "/problems/conflict", status: 409, retryable: false },
  });
  assert.equal(run, 0);
  assert.equal(world.socket.count("commands.finish"), 0);
});

test("what a handler throws makes the command fail, with its words", async () => {
  const world = new World();
  const failures = [new Error("no power"), new CommandFailed("stuck", { at: 3 })];
  await begun(world, (device) =>
    device.onCommand("set", () => {
      throw failures.shift();
    }),
  );
  const bodies = [];
  for (const id of ["c1", "c2"]) {
    await world.socket.hear(command(id));
    await world.socket.reply("commands.ack", 200, { body: {} });
    bodies.push(world.socket.last("commands.finish").body);
    await world.socket.reply("commands.finish", 200, { body: {} });
  }
  assert.deepEqual(bodies, [
    { status: "failed", result: { error: "no power" } },
    { status: "failed", result: { at: 3 } },
  ]);
});

test("a command that nobody carries out fails at once; `*` takes any", async () => {
  const world = new World();
  const device = await begun(world);
  await world.socket.hear(command("c1", "dance"));
  assert.equal(world.socket.last("commands.finish").body.status, "failed");
  assert.equal(world.socket.count("commands.ack"), 0);
  device.onCommand("*", (_, { name }) => name);
  await world.socket.reply("commands.finish", 200, { body: {} });
  await world.socket.hear(command("c2", "dance"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  assert.equal(world.socket.last("commands.finish").body.result, "dance");
});

test("when the answer to the acknowledgement is lost, the command runs once", async () => {
  const world = new World();
  let run = 0;
  await begun(world, (device) => device.onCommand("set", () => (run += 1)));
  await world.socket.hear(command("c1"));
  await reopened(world);
  assert.equal(world.socket.count("commands.ack"), 1, "asked again on the next socket");
  await world.socket.hear(command("c1", "set", {}, 2));
  assert.equal(world.socket.count("commands.ack"), 1);
  await world.socket.reply("commands.ack", 200, { body: {} });
  await world.socket.reply("commands.finish", 200, { body: {} });
  assert.equal(run, 1);
  assert.deepEqual(
    [world.socket.count("commands.ack"), world.socket.count("commands.finish")],
    [1, 1],
  );
});

test("a result that was not heard goes again; a command is not carried out twice", async () => {
  const world = new World();
  let run = 0;
  await begun(world, (device) => device.onCommand("set", () => (run += 1)));
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  await reopened(world);
  assert.deepEqual(world.socket.last("commands.finish").body, { status: "done", result: 1 });
  await world.socket.reply("commands.finish", 200, { body: {} });
  await world.socket.hear(command("c1", "set", {}, 2));
  assert.equal(world.socket.count("commands.finish"), 2);
  assert.equal(run, 1);
});

test("a result goes out although the connection is lost in the very moment", async () => {
  const world = new World();
  await begun(world, (device) =>
    device.onCommand("set", () => {
      world.socket.onclose?.({ code: 1006, reason: "" });
      return "done it";
    }),
  );
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  assert.equal(world.socket.count("commands.finish"), 0);
  await world.clock.pass(5000);
  await world.socket.greet("device", "lamp");
  assert.equal(world.socket.last("commands.finish").body.result, "done it");
});

test("progress is told, and a result that the hub does not take ends the command", async () => {
  const world = new World();
  await begun(world, (device) =>
    device.onCommand("set", async (_, { progress }) => {
      await progress({ percent: 50 });
      return "x".repeat(10);
    }),
  );
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  assert.deepEqual(world.socket.last("commands.progress").body, { progress: { percent: 50 } });
  await world.socket.reply("commands.progress", 200, { body: {} });
  const problem = { type: "/problems/invalid-field", status: 400, detail: "too long" };
  await world.socket.reply("commands.finish", 400, { problem });
  assert.deepEqual(world.socket.last("commands.finish").body, {
    status: "done",
    result: { error: "too long" },
  });
});

test("a result that cannot be sent does not leave the sender waiting", async () => {
  const results: Record<string, unknown> = { long: "x".repeat(200_000), big: 1n };
  for (const [name, why] of [
    ["long", /messages of 131072 bytes at most/],
    ["big", /BigInt/],
  ] as const) {
    const world = new World();
    const errors: Error[] = [];
    const device = await begun(world, (each) => each.onCommand("*", () => results[name]));
    device.on("error", (error) => errors.push(error));
    await world.socket.hear(command("c1", name));
    await world.socket.reply("commands.ack", 200, { body: {} });
    const { body } = world.socket.last("commands.finish");
    assert.equal(body.status, "done");
    assert.match(body.result.error, why);
    assert.equal(errors.length, 1);
  }
});

test("a result that is refused when it is told again is an error of the device", async () => {
  const world = new World();
  const errors: Error[] = [];
  const device = await begun(world, (each) => each.onCommand("set", () => "done it"));
  device.on("error", (error) => errors.push(error));
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  await world.socket.reply("commands.finish", 200, { body: {} });
  await world.socket.hear(command("c1", "set", {}, 2));
  const problem = { type: "/problems/invalid-field", status: 400, detail: "not that" };
  await world.socket.reply("commands.finish", 400, { problem });
  await world.socket.reply("commands.finish", 400, { problem });
  assert.deepEqual(
    errors.map((each) => each.message),
    ["the end of c1 was refused", "not that"],
  );
});

test("a device that is closed tells its handlers and finishes nothing", async () => {
  const world = new World();
  let aborted = false;
  const device = await begun(world, (each) =>
    each.onCommand(
      "set",
      (_, { signal }) =>
        new Promise<void>((done) =>
          signal.addEventListener("abort", () => {
            aborted = true;
            done();
          }),
        ),
    ),
  );
  await world.socket.hear(command("c1"));
  await world.socket.reply("commands.ack", 200, { body: {} });
  device.close();
  await settle();
  assert.ok(aborted);
  assert.equal(world.socket.count("commands.finish"), 0);
});

test("a key that is no device's is told", async () => {
  const world = new World();
  const device = world.hub().device();
  const errors: Error[] = [];
  device.on("error", (error) => errors.push(error));
  void device.connect();
  await settle();
  await world.socket.greet("app", "tests");
  assert.match(errors[0]?.message ?? "", /not a device's key/);
});

// --- config

test("the config is read first, then each change is taken over and acknowledged", async () => {
  const world = new World();
  const configs: unknown[] = [];
  const device = await begun(world, (each) =>
    each.onConfig((value, version) => void configs.push([version, value])),
  );
  await world.socket.reply("config.get", 200, {
    headers: { etag: '"3"' },
    body: { brightness: 50, night: { from: 22 } },
  });
  assert.deepEqual(world.socket.last("config.ack").body, { version: 3 });
  await world.socket.reply("config.ack", 200, { body: {} });
  const delta = { brightness: 60, night: null };
  await world.socket.hear({ config: { version: 4, from: 3, delta } });
  assert.deepEqual(world.socket.last("config.ack").body, { version: 4 });
  assert.deepEqual(configs, [
    [3, { brightness: 50, night: { from: 22 } }],
    [4, { brightness: 60 }],
  ]);
  assert.deepEqual(device.config, { version: 4, value: { brightness: 60 } });
});

test("a change for a version that the device does not have makes it read the config", async () => {
  const world = new World();
  const versions: number[] = [];
  const config = { version: 3, value: { a: 1 } };
  await begun(world, (device) => device.onConfig((_, version) => void versions.push(version)), {
    config,
  });
  assert.equal(world.socket.count("config.get"), 0, "what it kept is known");
  await world.socket.hear({ config: { version: 6, from: 5, delta: { a: 2 } } });
  await world.socket.reply("config.get", 200, { headers: { etag: '"6"' }, body: { a: 2 } });
  assert.deepEqual(versions, [6]);
});

test("a config that was not taken over is not acknowledged", async () => {
  const world = new World();
  const errors: Error[] = [];
  const device = await begun(
    world,
    (each) => {
      each.onConfig(() => {
        throw new Error("no");
      });
      each.on("error", (error) => errors.push(error));
    },
    { config: { version: 1, value: {} } },
  );
  await world.socket.hear({ config: { version: 2, from: 1, delta: { a: 1 } } });
  assert.equal(world.socket.count("config.ack"), 0);
  assert.equal(errors[0]?.message, "no");
  assert.equal(device.config?.version, 1);
});

test("a change that comes a second time is only acknowledged", async () => {
  const world = new World();
  let taken = 0;
  await begun(world, (device) => device.onConfig(() => void (taken += 1)), {
    config: { version: 2, value: {} },
  });
  await world.socket.hear({ config: { version: 2, from: 1, delta: {} } });
  assert.equal(taken, 0);
  assert.deepEqual(world.socket.last("config.ack").body, { version: 2 });
});

// --- readings

const bodies = (world: World) =>
  world.socket.sent.filter((each) => each.op === "telemetry.write").map((each) => each.body);
const ack = (n: number, refused = 0) => ({ ack: { n, refused, durability: "durable" } });

test("readings of one turn leave in one message, with their times", async () => {
  const world = new World();
  const device = await begun(world);
  const sent = [device.send({ t: 1 }), device.send({ t: 2 }), device.send({ t: 3 }, 5)];
  const all = sent.map((each) => outcome(each));
  await settle();
  const now = world.clock.now();
  const { path: to, ack: how, body } = world.socket.last("telemetry.write");
  assert.deepEqual([to, how], [{ device: "me" }, "batch"]);
  assert.deepEqual(body, [
    { t: now, v: { t: 1 } },
    { t: now + 0.001, v: { t: 2 } },
    { t: 5, v: { t: 3 } },
  ]);
  assert.ok(all.every((each) => !each.settled));
  await world.socket.hear(ack(1));
  assert.ok(all.every((each) => each.settled && each.error === undefined));
  assert.equal(device.waiting, 0);
});

test("readings wait while there is no connection, and what was on its way goes first", async () => {
  const world = new World();
  const device = await begun(world);
  void device.send({ n: 1 });
  await settle();
  await world.socket.shut(1006);
  void device.send({ n: 2 });
  const flushed = outcome(device.flush());
  await world.clock.pass(5000);
  await world.socket.greet("device", "lamp");
  assert.deepEqual(
    bodies(world).map((body) => body.map((each: any) => each.v.n)),
    [[1, 2]],
  );
  assert.equal(flushed.settled, false);
  await world.socket.hear(ack(1));
  assert.equal(flushed.settled, true);
});

test("when as many wait as may, a reading is refused and told of", async () => {
  const world = new World();
  const unsent: unknown[] = [];
  const device = world.hub().device({ maxReadings: 2 });
  device.on("unsent", ({ v, why }) => unsent.push([v, why.name]));
  const sent = [1, 2, 3].map((n) => outcome(device.send({ n })));
  await settle();
  assert.deepEqual(unsent, [[{ n: 3 }, "BufferFullError"]]);
  assert.deepEqual(
    sent.map((each) => each.error?.name),
    [undefined, undefined, "BufferFullError"],
  );
  assert.equal(device.waiting, 2);
});

test("or the oldest is dropped for it, and told of as well", async () => {
  const world = new World();
  const unsent: unknown[] = [];
  const device = world.hub().device({ maxReadings: 2, whenFull: "drop-oldest" });
  device.on("unsent", ({ v }) => unsent.push(v));
  for (const n of [1, 2, 3, 4]) void device.send({ n });
  await settle();
  await world.socket.greet("device", "lamp");
  assert.deepEqual(unsent, [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(
    bodies(world)[0].map((each: any) => each.v.n),
    [3, 4],
  );
});

test("bytes have a limit too", async () => {
  const world = new World();
  const device = world.hub().device({ maxBytes: 100 });
  const first = outcome(device.send({ text: "x".repeat(40) }));
  const second = outcome(device.send({ text: "x".repeat(40) }));
  await settle();
  assert.equal(first.settled, false);
  assert.equal(second.error?.name, "BufferFullError");
});

const refusal = (status: number, more = {}) => ({
  status,
  problem: { type: "/problems/x", title: "x", status, retryable: false, ...more },
});

test("of a message that was taken in part, each reading learns what became of it", async () => {
  const world = new World();
  const device = await begun(world);
  const sent = [1, "two", 3].map((n) => outcome(device.send({ n })));
  await settle();
  const { id } = world.socket.last("telemetry.write");
  const problem = { type: "/problems/invalid-field", status: 400, detail: "a number" };
  await world.socket.hear(
    { id, status: 207, body: { accepted: 2, refused: [{ index: 1, problem }] } },
    ack(1, 1),
  );
  assert.deepEqual(
    sent.map((each) => each.error?.message),
    [undefined, "a number", undefined],
  );
  assert.ok(sent.every((each) => each.settled));
});

test("of a message that was refused, the readings go again one by one", async () => {
  const world = new World();
  const device = await begun(world);
  const sent = [1, 2].map((n) => outcome(device.send({ n })));
  await settle();
  const { id } = world.socket.last("telemetry.write");
  await world.socket.hear({ id, ...refusal(400, { detail: "no" }) }, ack(1, 1));
  const alone = world.socket.sent.filter((each) => each.op === "telemetry.write").slice(1);
  assert.deepEqual(
    alone.map((each) => each.body.length),
    [1, 1],
  );
  await world.socket.hear({ id: alone[1]?.id, ...refusal(400, { detail: "no" }) }, ack(1, 1));
  await world.socket.hear(ack(1));
  assert.deepEqual(
    sent.map((each) => each.error?.message),
    [undefined, "no"],
  );
});

test("a refusal that comes before an older commit does not pass for it", async () => {
  const world = new World();
  const device = await begun(world);
  const first = outcome(device.send({ n: 1 }));
  await settle();
  const second = outcome(device.send({ n: "bad" }));
  await settle();
  const { id } = world.socket.last("telemetry.write");
  await world.socket.hear({ id, ...refusal(400) }, ack(1, 1));
  assert.ok(second.settled && !first.settled);
  await world.socket.hear(ack(1));
  assert.ok(first.settled && first.error === undefined);
});

test("a hub that is full gets them when it has room again", async () => {
  const world = new World();
  const device = await begun(world);
  const sent = outcome(device.send({ n: 1 }));
  await settle();
  const { id } = world.socket.last("telemetry.write");
  const busy = refusal(429, { retryable: true, retry_after_ms: 3000 });
  await world.socket.hear({ id, ...busy }, ack(1, 1));
  void device.send({ n: 2 });
  await world.clock.pass(2999);
  assert.equal(bodies(world).length, 1);
  await world.clock.pass(1);
  assert.deepEqual(
    bodies(world)[1].map((each: any) => each.v.n),
    [1, 2],
  );
  await world.socket.hear(ack(1));
  assert.ok(sent.settled && sent.error === undefined);
});

test("what is refused together waits once, and goes again in its order", async () => {
  const world = new World();
  const device = await begun(world);
  for (let n = 1; n <= 6; ++n) {
    void device.send({ n });
    await settle();
  }
  const busy = refusal(429, { retryable: true, retry_after_ms: 8 });
  const ids = world.socket.sent.filter((each) => each.op === "telemetry.write");
  for (const { id } of ids) await world.socket.hear({ id, ...busy });
  await world.socket.hear(ack(6, 6));
  await world.clock.pass(50);
  assert.deepEqual(
    bodies(world)[6].map((each: any) => each.v.n),
    [1, 2, 3, 4, 5, 6],
  );
});

test("many readings leave in messages that the hub takes, so many at once", async () => {
  const world = new World();
  const device = await begun(world);
  for (let n = 0; n < 4000; ++n) void device.send({ n });
  await settle();
  assert.equal(bodies(world).length, 16);
  assert.ok(bodies(world).every((body) => body.length === 100));
  await world.socket.hear(ack(16));
  assert.equal(bodies(world).flat().length, 3200);
  await reopened(world);
  const first = bodies(world)
    .flat()
    .map((each: any) => each.v.n);
  assert.equal(first[0], 1600, "those before it are stored");
  assert.deepEqual(
    first,
    [...first].sort((one, other) => one - other),
  );
  const long = outcome(device.send({ text: "x".repeat(140_000) }));
  await settle();
  await world.socket.hear(ack(14));
  assert.match(long.error?.message, /131072 bytes/);
});

test("what waits when the device is closed is told of", async () => {
  const world = new World();
  const unsent: unknown[] = [];
  const device = world.hub().device();
  device.on("unsent", ({ v, why }) => unsent.push([v, why.name]));
  void device.send({ n: 1 });
  await settle();
  device.close();
  assert.deepEqual(unsent, [[{ n: 1 }, "ClosedError"]]);
  const late = outcome(device.send({ n: 2 }));
  await settle();
  assert.equal(late.error?.name, "ClosedError");
});

test("a device with a key of its own has a connection of its own", async () => {
  const world = new World();
  const hub = world.hub();
  void hub.connect();
  await settle();
  await world.socket.greet();
  const device = hub.device({ key: "tdk_2" });
  void device.connect().catch(() => {});
  await settle();
  assert.equal(world.sockets.length, 2);
  world.socket.onopen?.({});
  assert.deepEqual(world.socket.last("auth").body, { token: "tdk_2" });
  device.close();
  assert.ok(world.sockets[1]?.ended && !world.sockets[0]?.ended);
});
