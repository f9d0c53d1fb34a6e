// Every operation of the contract without credentials: refused at both doors, and nothing is done.
import assert from "node:assert/strict";
import { test } from "node:test";

import { restExample, restOperations, socketOperations } from "./contract.mjs";
import { startHub } from "./hub.mjs";

const kNames = { device: "lamp-1" };
const guarded = restOperations.filter((each) => !each.open);

async function prepare(t) {
  const hub = await startHub(t);
  await hub.device("lamp-1", { name: "Lamp" });
  await hub.rest.must("POST", "/v1/devices/lamp-1/telemetry", {
    t: 1732387200000,
    v: { power: 1 },
  });
  await hub.rest.must("PUT", "/v1/devices/lamp-1/series/power", { type: "number" });
  await hub.rest.must("PUT", "/v1/devices/lamp-1/config", { a: 0 }, { "if-match": '"0"' });
  return hub;
}

/** Everything that can be read, but what tells of the refusals and of the time that passes. */
async function everything(hub) {
  const out = {};
  for (const operation of guarded.filter(
    ({ method, name }) => method === "GET" && !["audit.list", "hub.status"].includes(name),
  )) {
    const { path } = restExample(operation, kNames);
    const { status, body } = await hub.rest.ask("GET", path);
    // Each line of the audit is an event, and moves the place in the log.
    if (operation.name === "stream.read") delete body.cur;
    out[`${operation.name} ${path}`] = [status, body];
  }
  return out;
}

const secrets = {
  "without a token": null,
  "with a token of nobody": "Bearer tdk_AAAAAAAAAAAAAAAA_x",
};

for (const [how, authorization] of Object.entries(secrets)) {
  test(`every operation ${how} is refused at the REST door, and nothing is done`, async (t) => {
    const hub = await prepare(t);
    const before = await everything(hub);
    const stranger = hub.client(null);
    for (const operation of guarded) {
      const { method, path, headers, body } = restExample(operation, kNames);
      const answer = await stranger.ask(method, path, body, { ...headers, authorization });
      assert.equal(answer.status, 401, `${operation.name}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.type, "/problems/unauthenticated", operation.name);
      assert.match(answer.headers["content-type"], /^application\/problem\+json/);
      assert.match(answer.headers["www-authenticate"], /^Bearer/);
    }
    assert.ok(guarded.length > 30);
    assert.deepEqual(await everything(hub), before);
  });
}

test("every operation of a socket that has not said who it is is refused, and the socket ends", async (t) => {
  const hub = await prepare(t);
  const before = await everything(hub);
  for (const { name, message } of socketOperations) {
    const socket = await hub.socket(null);
    const reply = await socket.ask({
      ...message,
      id: 1,
      path: message.path && { ...message.path, ...kNames },
    });
    assert.equal(reply.status, 401, `${name}: ${JSON.stringify(reply)}`);
    assert.equal(reply.problem.type, "/problems/unauthenticated", name);
    const { code } = await socket.closed(5_000);
    assert.ok([1008, 4401].includes(code), `${name}: ${code}`);
  }
  assert.ok(socketOperations.length > 30);
  assert.deepEqual(await everything(hub), before);
});
