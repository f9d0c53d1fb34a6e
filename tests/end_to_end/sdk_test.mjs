// The TypeScript client of sdk/js with a hub: what its own tests assume of a hub, and what happens
// when that is killed, restarted, or does not want the client any more.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import WebSocket from "ws";

import { freshFolder, start, startHub } from "./hub.mjs";
import { Mailbox, eventually, within } from "./wait.mjs";

const built = new URL("../../sdk/js/dist/index.js", import.meta.url);
if (!existsSync(built)) {
  console.log("skipped: sdk/js is not built: tools/sdk");
  process.exit(77);
}
const { ClosedError, HubError, Tandem } = await import(built);

const kWaitMs = 20_000;

/** A client that ends with the test. */
function clientOf(t, hub, key = hub.admin.admin_key, options = {}) {
  const client = new Tandem({ url: hub.url, token: key, WebSocket, ...options });
  t.after(() => client.close());
  return client;
}

/** The items of a subscription, as they come. */
function following(subscription) {
  const box = new Mailbox();
  subscription.each((item) => box.add(item)).catch((error) => box.end(error));
  return box;
}

/** A hub that comes back at the same address. */
async function startedHub(t, options) {
  const hub = await startHub(t, options);
  hub.listen = hub.host;
  return hub;
}
async function killAndRestart(hub) {
  await hub.kill();
  await hub.start();
}

const upTo = (count) => Array.from({ length: count }, (_, at) => at + 1);

// Most of it is waiting: for hubs to start, for clients to come back.
describe("the TypeScript client with a hub", { concurrency: 4 }, () => {
  test("both doors answer alike, and refuse alike", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1", { name: "Lamp", labels: { room: "study" } });
    const client = clientOf(t, hub);
    const device = clientOf(t, hub, lamp.key);
    await device.telemetry.write("me", [{ t: 1732387200000, v: { power: 8.1, on: true } }]);
    await client.config.put("lamp-1", { night: { from: 22 } }, { ifMatch: '"0"' });
    const calls = {
      "me.get": (options) => client.me.get(options),
      "devices.list": (options) =>
        client.devices.list({ labels: "room=study", limit: 5, ...options }),
      "devices.get": (options) => client.devices.get("lamp-1", options),
      "telemetry.read": (options) =>
        client.telemetry.read("lamp-1", { series: ["power", "on"], order: "desc", ...options }),
      "telemetry.latest": (options) => client.telemetry.latest("lamp-1", options),
      "series.list": (options) => client.series.list("lamp-1", options),
      "twin.get": (options) => client.twin.get("lamp-1", options),
      "config.patch": (options) => client.config.patch("lamp-1", { night: null }, options),
      "commands.list": (options) =>
        client.commands.list("lamp-1", { status: ["done"], ...options }),
      "commands.take": (options) => device.commands.take("me", { wait: 0, ...options }),
      "no such device": (options) => client.devices.get("nobody", options),
      "a wrong body": (options) => client.devices.create({ id: 7 }, options),
      "a version that has passed": (options) =>
        client.config.put("lamp-1", {}, { ifMatch: '"0"', ...options }),
      "not for a device": (options) => device.devices.create({ id: "x" }, options),
    };
    for (const [name, call] of Object.entries(calls)) {
      const answers = [];
      for (const door of ["rest", "socket"]) {
        answers.push(await call({ door }).catch((error) => [error.name, error.problem]));
      }
      assert.deepEqual(answers[1], answers[0], name);
    }
    const tag = async (door) => (await client.replies.config.get("lamp-1", { door })).headers.etag;
    assert.equal(await tag("socket"), await tag("rest"));
  });

  test("a call that is repeated at the other door takes effect once", async (t) => {
    const hub = await startHub(t);
    await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const send = (door) =>
      client.commands.send("lamp-1", { name: "blink" }, { door, idempotencyKey: "the-same" });
    const first = await send("rest");
    assert.equal((await send("socket")).id, first.id);
    assert.equal((await client.commands.list("lamp-1")).items.length, 1);
  });

  test("a hub that is killed in mid-stream: nothing is lost, nothing comes twice", async (t) => {
    const hub = await startedHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const subscription = client.stream({ devices: ["lamp-1"] });
    const items = following(subscription);
    await subscription.ready;
    let written = 0;
    for (const count of [100, 200, 300]) {
      const writer = clientOf(t, hub, lamp.key);
      while (written < count) await writer.telemetry.write("me", { n: ++written });
      if (count < 300) await killAndRestart(hub);
    }
    await items.count(300, kWaitMs, "all readings");
    assert.deepEqual(
      items.items.map((each) => each.value),
      upTo(300),
    );
    // Once whoever got the last has come back from it.
    const { cursor } = items.items.at(-1);
    await eventually(kWaitMs, "the cursor behind it", () => subscription.cursor === cursor);
  });

  test("a hub that stops in order is left and found again, over and over", async (t) => {
    const hub = await startedHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const goaways = [];
    client.on("goaway", (told) => goaways.push(told));
    const subscription = client.stream({ devices: ["lamp-1"] });
    const items = following(subscription);
    await subscription.ready;
    const device = client.device({ key: lamp.key });
    t.after(() => device.close());
    for (const round of [1, 2]) {
      await Promise.all([client.connect(), device.connect()]);
      for (let at = 0; at < 50; ++at) void device.send({ n: (round - 1) * 50 + at + 1 });
      await hub.stop();
      await hub.start();
    }
    await device.flush();
    await items.count(100, kWaitMs, "all readings");
    const values = new Set(items.items.map((each) => each.value));
    assert.deepEqual([...values], upTo(100));
    assert.equal(goaways.length, 2);
  });

  test("what a killed hub did not acknowledge is sent again and stored once", async (t) => {
    const hub = await startedHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const device = client.device({ key: lamp.key });
    t.after(() => device.close());
    const stored = [];
    let n = 0;
    const feed = setInterval(() => {
      n += 1;
      stored.push(device.send({ n }));
    }, 2);
    t.after(() => clearInterval(feed));
    for (let round = 1; round <= 2; ++round) {
      const enough = () => n >= round * 100 && device.waiting < n;
      await eventually(kWaitMs, "some readings", enough);
      await killAndRestart(hub);
    }
    await eventually(
      kWaitMs,
      "the device to be back",
      () => device.hub.connectionState.kind === "open",
    );
    clearInterval(feed);
    await within(kWaitMs, "all to be stored", Promise.all(stored));
    const { readings } = await client.telemetry.read("lamp-1", { series: ["n"], limit: 100_000 });
    assert.deepEqual(
      readings.map((each) => each.v),
      upTo(n),
    );
  });

  test("a key that is revoked ends what it opened, for good", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const device = clientOf(t, hub, lamp.key);
    const items = following(device.stream());
    await device.connect();
    const states = new Mailbox();
    device.on("state", (state) => states.add(state));
    await client.keys.revoke("lamp-1", lamp.keyId);
    const ended = await states.find(({ kind }) => kind === "closed", kWaitMs, "the end");
    assert.ok(ended.why instanceof ClosedError);
    assert.equal(ended.why.code, 4401);
    await assert.rejects(items.count(1, kWaitMs, "an event"), ClosedError);
    await assert.rejects(device.me.get(), { name: "HubError", type: "/problems/unauthenticated" });
    await assert.rejects(device.connect(), ClosedError, "the hub has not changed its mind");
  });

  test("a provider's next key goes on where the revoked one ended", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const keys = [lamp.key];
    const reasons = [];
    const device = clientOf(t, hub, undefined, {
      token: undefined,
      tokenProvider: async (why) => {
        reasons.push(why);
        return keys.shift() ?? (await client.keys.create("lamp-1", {})).key;
      },
    });
    const subscription = device.stream();
    const items = following(subscription);
    await subscription.ready;
    await client.telemetry.write("lamp-1", { n: 1 });
    await items.count(1, kWaitMs, "the first reading");
    await client.keys.revoke("lamp-1", lamp.keyId);
    await client.telemetry.write("lamp-1", { n: 2 });
    await items.count(2, kWaitMs, "the second reading");
    assert.deepEqual(
      items.items.map((each) => each.value),
      [1, 2],
    );
    assert.deepEqual(reasons, ["first", "refused"]);
  });

  test("a key that ends soon is exchanged on the socket, which stays", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    await client.keys.revoke("lamp-1", lamp.keyId); // Two are as many as there may be.
    // The hub warns a minute before the end.
    const soon = await client.keys.create("lamp-1", { expires: Date.now() + 60_500 });
    const reasons = [];
    const device = clientOf(t, hub, undefined, {
      token: undefined,
      tokenProvider: async (why) => {
        reasons.push(why);
        return why === "first" ? soon.key : (await client.keys.create("lamp-1", {})).key;
      },
    });
    const states = [];
    device.on("state", ({ kind }) => states.push(kind));
    const renewed = new Mailbox();
    device.on("frame", ({ direction, text }) => {
      if (direction === "in" && /"scopes"/.test(text)) renewed.add(text);
    });
    await device.connect();
    await renewed.count(2, kWaitMs, "the reply to the second auth");
    await client.keys.revoke("lamp-1", soon.id);
    assert.equal((await device.me.get({ door: "socket" })).id, "lamp-1");
    assert.deepEqual(
      [reasons, states],
      [
        ["first", "expiring"],
        ["connecting", "open"],
      ],
    );
  });

  test("a command there and back, also to a device that is away and through a kill", async (t) => {
    const hub = await startedHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const early = await client.commands.send("lamp-1", { name: "set", params: { on: true } });
    const device = client.device({ key: lamp.key });
    t.after(() => device.close());
    const begun = new Mailbox();
    let goOn;
    device.onCommand("set", ({ on }) => ({ on }));
    device.onCommand("update", async (_, { progress }) => {
      await progress({ percent: 50 });
      begun.add("update");
      await new Promise((done) => (goOn = done));
      return "updated";
    });
    await device.connect();
    const finished = async (id) =>
      ["done", "failed"].includes((await client.commands.get("lamp-1", id)).status);
    await eventually(kWaitMs, "the command that had waited", () => finished(early.id));
    const set = await client.commands.send(
      "lamp-1",
      { name: "set", params: { on: false } },
      { wait: 20 },
    );
    assert.deepEqual([set.status, set.result], ["done", { on: false }]);
    const unknown = await client.commands.send("lamp-1", { name: "dance" }, { wait: 20 });
    assert.equal(unknown.status, "failed");

    const update = await client.commands.send("lamp-1", { name: "update" });
    await begun.count(1, kWaitMs, "the update to begin");
    assert.deepEqual((await client.commands.get("lamp-1", update.id)).progress, { percent: 50 });
    await killAndRestart(hub);
    goOn();
    await eventually(kWaitMs, "the end of the update", () => finished(update.id));
    const ended = await client.commands.get("lamp-1", update.id);
    assert.deepEqual([ended.status, ended.result, ended.attempt], ["done", "updated", 1]);
    assert.equal(begun.items.length, 1);
  });

  test("a config reaches the device as a whole and then by its changes", async (t) => {
    const hub = await startedHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    await client.config.put("lamp-1", { brightness: 50, night: { from: 22 } }, { ifMatch: '"0"' });
    const device = client.device({ key: lamp.key });
    t.after(() => device.close());
    const configs = new Mailbox();
    device.onConfig((value, version) => configs.add([version, value]));
    await device.connect();
    await configs.count(1, kWaitMs, "the config");
    await client.config.patch("lamp-1", { brightness: 60, night: null });
    await configs.count(2, kWaitMs, "its change");
    await killAndRestart(hub);
    await client.config.patch("lamp-1", { color: "red" });
    await configs.count(3, kWaitMs, "what changed meanwhile");
    assert.deepEqual(configs.items, [
      [1, { brightness: 50, night: { from: 22 } }],
      [2, { brightness: 60 }],
      [3, { brightness: 60, color: "red" }],
    ]);
    const acknowledged = async () => (await client.twin.get("lamp-1")).acknowledged?.version === 3;
    await eventually(kWaitMs, "the acknowledgement", acknowledged);
    await device.report({ brightness: 60 });
    const { sync } = await client.twin.get("lamp-1");
    assert.equal(sync.brightness.in_sync, true);
  });

  test("each reading learns what became of it, also where the hub slows it down", async (t) => {
    const hub = await startHub(t, { limits: { readings_per_second: 400, readings_burst: 50 } });
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    await client.series.put("lamp-1", "n", { type: "number" });
    const device = client.device({ key: lamp.key });
    t.after(() => device.close());
    const unsent = [];
    device.on("unsent", ({ v, why }) => unsent.push([v.n, why.type]));
    await device.connect();
    const sent = [];
    for (let n = 1; n <= 120; ++n) {
      sent.push(
        device.send({ n: n % 40 === 0 ? "wrong" : n }).then(
          () => true,
          () => false,
        ),
      );
      // In messages of a few, as a device would.
      if (n % 8 === 0) await new Promise((done) => setImmediate(done));
    }
    const results = await within(kWaitMs, "all to be settled", Promise.all(sent));
    assert.equal(results.filter((each) => !each).length, 3);
    assert.deepEqual(unsent, Array(3).fill(["wrong", "/problems/invalid-field"]));
    const { readings } = await client.telemetry.read("lamp-1", { series: ["n"] });
    assert.deepEqual(
      readings.map((each) => each.v),
      upTo(120).filter((n) => n % 40 !== 0),
    );
  });

  test("a consumer that is too slow gets everything, from the hub's log", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1");
    const client = clientOf(t, hub);
    const subscription = client.stream({ devices: ["lamp-1"], buffer: 50 });
    await subscription.ready;
    const writer = clientOf(t, hub, lamp.key);
    for (let from = 1; from <= 1000; from += 100) {
      const rows = upTo(100).map((n) => ({ t: 1732387200000 + from + n, v: { n: from + n - 1 } }));
      await writer.telemetry.write("me", rows);
    }
    await eventually(kWaitMs, "the subscription to rest", () => !subscription.live);
    const items = following(subscription);
    await items.count(1000, kWaitMs, "all readings");
    assert.deepEqual(
      items.items.map((each) => each.value),
      upTo(1000),
    );
  });

  test("a cursor from another process goes on there", async (t) => {
    const hub = await startHub(t);
    const lamp = await hub.device("lamp-1");
    const writer = clientOf(t, hub, lamp.key);
    const first = clientOf(t, hub);
    const subscription = first.stream({ devices: ["lamp-1"] });
    await subscription.ready;
    for (const n of upTo(5)) await writer.telemetry.write("me", { n });
    let cursor;
    for await (const item of subscription) {
      cursor = item.cursor ?? cursor;
      if (item.value === 3) break;
    }
    first.close();
    const items = following(clientOf(t, hub).stream({ devices: ["lamp-1"], start: cursor }));
    await items.count(2, kWaitMs, "the others");
    assert.deepEqual(
      items.items.map((each) => each.value),
      [4, 5],
    );
    const bad = clientOf(t, hub).stream({ devices: ["lamp-1"], start: "no cursor" });
    await assert.rejects(bad.ready, HubError);
  });

  test("the examples of its README run", async (t) => {
    const hub = await startHub(t);
    const folder = freshFolder("examples");
    const example = (name, key) => {
      const path = fileURLToPath(new URL(`../../sdk/js/examples/${name}.mjs`, import.meta.url));
      const words = ["-c", 'cd "$0" && exec "$@"', folder, process.execPath, path];
      const child = start("sh", words, { TANDEM_URL: hub.url, TANDEM_KEY: key });
      t.after(() => child.process.kill());
      const line = (pattern) =>
        child.lines.find((each) => pattern.test(each), kWaitMs, `${pattern}`);
      return { child, line };
    };
    const follower = example("follow", hub.admin.admin_key);
    const owner = example("owner", hub.admin.admin_key);
    const told = await owner.line(/^TANDEM_KEY=/);
    const lamp = example("device", /^TANDEM_KEY=(\S+)/.exec(told)[1]);
    await lamp.line(/^open$/);
    await owner.line(/^done \{ on: true \}$/);
    assert.deepEqual(await owner.child.ended, { code: 0, signal: null }, owner.child.err);
    await follower.line(/^lamp-1 has come$/);
    await follower.line(/^lamp-1 power 4\.8 /);
    follower.child.process.kill();
    await follower.child.ended;
    assert.ok(existsSync(join(folder, "cursor.txt")));
    assert.equal(lamp.child.err, "");
  });
});
