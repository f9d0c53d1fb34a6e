// A command from its sender to a device at either door, and what may become of it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startHub } from "./hub.mjs";
import { eventually, within } from "./wait.mjs";

const kDeliveryMs = 10_000;

const commandsOf = (device) => `/v1/devices/${device.id}/commands`;
const send = (hub, device, body, headers) =>
  hub.rest.ask("POST", commandsOf(device), body, headers);
const look = async (hub, device, id) => (await hub.rest.get(`${commandsOf(device)}/${id}`)).body;
const poll = (client, seconds) =>
  client.must("GET", "/v1/me/commands?status=queued", undefined, { prefer: `wait=${seconds}` });

/** Answers every command that comes to a device's socket with what `does` gives. */
function serve(socket, does) {
  const run = async () => {
    for (let at = 0; ; ++at) {
      await socket.commands.count(at + 1, 600_000, "a command");
      const command = socket.commands.items[at];
      const path = { device: "me", command: command.id };
      await socket.must("commands.ack", { path });
      await socket.must("commands.finish", { path, body: await does(command) });
    }
  };
  run().catch(() => {}); // It ends with its socket.
}

test("a command reaches the device and its result comes back to who waits", async (t) => {
  const hub = await startHub(t);

  for (const encoding of ["json", "cbor"]) {
    await t.test(`the device has a WebSocket, ${encoding}`, async () => {
      const device = await hub.device(`ws-${encoding}`);
      const socket = await hub.socket(device.key, { encoding });
      serve(socket, ({ name, params }) => ({
        status: "done",
        result: { did: name, with: params },
      }));
      const body = { name: "blink", params: { times: 3, colours: ["red", "grün"], dim: 0.25 } };
      const answer = await send(hub, device, body, { prefer: "wait=20" });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["preference-applied"], "wait=20");
      assert.equal(answer.body.status, "done");
      assert.deepEqual(answer.body.result, { did: "blink", with: body.params });
      assert.equal(answer.body.attempt, 1);
      socket.close();
    });
  }

  await t.test("the device polls over REST", async () => {
    const device = await hub.device("poller");
    const client = hub.client(device.key);
    const polled = poll(client, 20);
    const sent = send(hub, device, { name: "open", params: { valve: 2 } }, { prefer: "wait=20" });
    const { body } = await polled;
    assert.equal(body.items.length, 1);
    const [command] = body.items;
    assert.equal(command.name, "open");
    assert.deepEqual(command.params, { valve: 2 });
    assert.equal(command.status, "delivered");
    await client.must("POST", `/v1/me/commands/${command.id}/ack`);
    const end = { status: "done", result: { valve: "open" } };
    await client.must("POST", `/v1/me/commands/${command.id}/result`, end);
    const answer = await sent;
    assert.equal(answer.status, 200);
    assert.equal(answer.body.id, command.id);
    assert.deepEqual(answer.body.result, { valve: "open" });
  });

  await t.test("a device that fails says why", async () => {
    const device = await hub.device("failing");
    const socket = await hub.socket(device.key);
    serve(socket, () => ({ status: "failed", result: { why: "jammed" } }));
    const answer = await send(hub, device, { name: "open" }, { prefer: "wait=20" });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.status, "failed");
    assert.deepEqual(answer.body.result, { why: "jammed" });
    socket.close();
  });

  await t.test("a caller that waits in vain gets 202 and where to look later", async () => {
    const device = await hub.device("silent");
    const answer = await send(hub, device, { name: "open" }, { prefer: "wait=1" });
    assert.equal(answer.status, 202);
    assert.equal(answer.body.status, "queued");
    assert.equal(answer.headers.location, `${commandsOf(device)}/${answer.body.id}`);
    assert.equal((await hub.rest.get(answer.headers.location)).body.status, "queued");
  });

  await t.test("whoever follows commands sees each step", async () => {
    const device = await hub.device("followed");
    const listener = await hub.follow({ devices: [device.id], kinds: ["command"] });
    const socket = await hub.socket(device.key);
    serve(socket, () => ({ status: "done", result: 7 }));
    await send(hub, device, { name: "open" }, { prefer: "wait=20" });
    await listener.events.count(3, kDeliveryMs, "the steps of the command");
    const steps = listener.events.items.map((event) => event.v.status);
    assert.deepEqual(steps, ["delivered", "acknowledged", "done"]);
    assert.equal(listener.events.items[2].v.result, 7);
    socket.close();
    listener.close();
  });
});

test("an offline device gets its commands when it returns, each exactly once", async (t) => {
  for (const restart of [false, true]) {
    const when = restart ? "the hub has been restarted meanwhile" : "the hub runs on";
    await t.test(when, async (each) => {
      const hub = await startHub(each);
      const device = await hub.device("sleeper");
      const ids = [];
      for (const name of ["first", "second", "third"]) {
        const answer = await send(hub, device, { name, params: { n: ids.length } });
        assert.equal(answer.status, 202);
        ids.push(answer.body.id);
      }
      if (restart) {
        await hub.stop();
        await hub.start();
      }
      const socket = await hub.socket(device.key);
      await socket.commands.count(3, kDeliveryMs, "the three commands");
      for (const command of socket.commands.items.slice()) {
        const path = { device: "me", command: command.id };
        await socket.must("commands.ack", { path });
        await socket.must("commands.finish", { path, body: { status: "done" } });
      }
      socket.close();
      // A fourth one comes behind all that could have been sent again.
      const again = await hub.socket(device.key);
      const last = await send(hub, device, { name: "fourth" });
      await again.commands.count(1, kDeliveryMs, "the fourth command");
      assert.deepEqual(
        socket.commands.items.map((each) => each.id),
        ids,
      );
      assert.deepEqual(
        again.commands.items.map((each) => each.id),
        [last.body.id],
      );
      for (const id of ids) assert.equal((await look(hub, device, id)).attempt, 1);
      again.close();
    });
  }

  await t.test(
    "a device that was lost before it acknowledged gets the command again",
    async (each) => {
      const hub = await startHub(each);
      const device = await hub.device("lost");
      const socket = await hub.socket(device.key);
      const sent = await send(hub, device, { name: "open" });
      await socket.commands.count(1, kDeliveryMs, "the command");
      socket.close();
      const again = await hub.socket(device.key);
      await again.commands.count(1, kDeliveryMs, "the command once more");
      assert.equal(again.commands.items[0].id, sent.body.id);
      assert.equal(again.commands.items[0].attempt, 2);
      again.close();
    },
  );

  await t.test("a poll's lease that runs out gives the command to the next poll", async (each) => {
    const hub = await startHub(each);
    const device = await hub.device("leased");
    const client = hub.client(device.key);
    const sent = await send(hub, device, { name: "open" });
    const taken = await client.must("GET", "/v1/me/commands?status=queued&lease=1000", undefined, {
      prefer: "wait=0",
    });
    assert.equal(taken.body.items[0].id, sent.body.id);
    const none = await poll(client, 0);
    assert.deepEqual(none.body.items, []);
    const again = await poll(client, 20);
    assert.equal(again.body.items[0].id, sent.body.id);
    assert.equal(again.body.items[0].attempt, 2);
  });

  await t.test("of two polls one gets the command", async (each) => {
    const hub = await startHub(each);
    const device = await hub.device("twice");
    const polls = [hub.client(device.key), hub.client(device.key)].map((one) => poll(one, 2));
    await eventually(kDeliveryMs, "a poll to be heard", async () => {
      return (await hub.rest.get(`/v1/devices/${device.id}`)).body.presence.online;
    });
    await send(hub, device, { name: "open" });
    const got = (await Promise.all(polls)).map(({ body }) => body.items.length);
    assert.deepEqual(got.sort(), [0, 1]);
  });
});

test("a command ends before the device has it", async (t) => {
  const hub = await startHub(t);

  await t.test("cancelled: the device never sees it", async () => {
    const device = await hub.device("cancelled");
    const { body } = await send(hub, device, { name: "open" });
    const gone = await hub.rest.must("DELETE", `${commandsOf(device)}/${body.id}`);
    assert.equal(gone.body.status, "cancelled");
    const kept = await send(hub, device, { name: "close" });
    const socket = await hub.socket(device.key);
    await socket.commands.count(1, kDeliveryMs, "the other command");
    assert.deepEqual(
      socket.commands.items.map((each) => each.id),
      [kept.body.id],
    );
    const path = { device: "me", command: body.id };
    const refused = await socket.call("commands.ack", { path });
    assert.equal(refused.status, 409);
    assert.equal(refused.problem.type, "/problems/conflict");
    socket.close();
  });

  await t.test("acknowledged: it can no longer be cancelled", async () => {
    const device = await hub.device("acknowledged");
    const socket = await hub.socket(device.key);
    const { body } = await send(hub, device, { name: "open" });
    await socket.must("commands.ack", { path: { device: "me", command: body.id } });
    const refused = await hub.rest.ask("DELETE", `${commandsOf(device)}/${body.id}`);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.type, "/problems/conflict");
    socket.close();
  });

  await t.test("expired: the waiting caller is told, the device never sees it", async () => {
    const device = await hub.device("expired");
    const answer = await send(hub, device, { name: "open", ttl: 300 }, { prefer: "wait=20" });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.status, "expired");
    const socket = await hub.socket(device.key);
    const kept = await send(hub, device, { name: "close" });
    await socket.commands.count(1, kDeliveryMs, "the other command");
    assert.deepEqual(
      socket.commands.items.map((each) => each.id),
      [kept.body.id],
    );
    socket.close();
  });

  await t.test("expired while the hub was down", async () => {
    const device = await hub.device("expired-away");
    const { body } = await send(hub, device, { name: "open", ttl: 200 });
    await hub.stop();
    await within(5_000, "the command to run out", untilAfter(body.expires));
    await hub.start();
    await eventually(kDeliveryMs, "the hub to see that it has expired", async () => {
      return (await look(hub, device, body.id)).status === "expired";
    });
    const client = hub.client(device.key);
    assert.deepEqual((await poll(client, 0)).body.items, []);
  });
});

/** Resolves when the clock is past `time`, milliseconds since 1970. */
function untilAfter(time) {
  return eventually(5_000, "time to pass", () => Date.now() > time);
}

test("a repeat with the same Idempotency-Key is the same command", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("once");
  const body = { name: "open", params: { valve: 1 } };
  const headers = { "idempotency-key": "order-66" };
  const first = await send(hub, device, body, headers);
  const second = await send(hub, device, body, headers);
  assert.equal(first.status, 202);
  assert.equal(second.status, 202);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers.location, first.headers.location);

  const other = await send(hub, device, { name: "close" }, headers);
  assert.equal(other.status, 422);
  assert.equal(other.body.type, "/problems/unprocessable");

  await t.test("also when both are on their way at once", async () => {
    const key = { "idempotency-key": "order-67" };
    const clients = [hub.client(hub.admin.admin_key), hub.client(hub.admin.admin_key)];
    const answers = await Promise.all(
      clients.map((client) => client.ask("POST", commandsOf(device), body, key)),
    );
    const made = answers.filter(({ status }) => status === 202).map((each) => each.body.id);
    assert.equal(new Set(made).size, 1, JSON.stringify(answers.map((each) => each.body)));
    for (const { status, body: problem } of answers) {
      if (status !== 202) assert.equal(problem.type, "/problems/conflict");
    }
  });

  await t.test("also after the hub has been killed", async () => {
    await hub.kill();
    await hub.start();
    const third = await send(hub, device, body, headers);
    assert.deepEqual(third.body, first.body);
  });

  await t.test("also over WebSocket, where it is a header of the message", async () => {
    const socket = await hub.socket(hub.admin.admin_key);
    const call = { path: { device: device.id }, headers, body };
    assert.equal((await socket.must("commands.send", call)).id, first.body.id);
    socket.close();
  });
  const all = (await hub.rest.get(`${commandsOf(device)}?limit=100`)).body.items;
  assert.equal(all.length, 2);
});
