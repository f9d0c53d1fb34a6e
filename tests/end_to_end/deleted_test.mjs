// Deleted means gone: after a device is deleted nothing of it is left at either door, and a device
// that is later made with the same id is a new one.
import assert from "node:assert/strict";
import { test } from "node:test";

import { restExample, restOperations, socketOperations } from "./contract.mjs";
import { startHub } from "./hub.mjs";

const kId = "lamp-1";
// They make the device when it is not there.
const kMakers = ["devices.put"];

const ofDevice = restOperations.filter(
  ({ path, name }) => path.includes("{device}") && !kMakers.includes(name),
);
const ofDeviceBySocket = socketOperations.filter(
  ({ message, name }) => message.path?.device !== undefined && !kMakers.includes(name),
);

/** A device that has everything that a device can have; what one must know to look for it. */
async function lived(hub) {
  const device = await hub.device(kId, { name: "Old lamp", labels: { room: "study" } });
  const socket = await hub.socket(device.key);
  const must = (method, path, body, headers) =>
    hub.rest.must(method, `/v1/devices/${kId}/${path}`, body, headers);
  await must("PUT", "series/power", { type: "number", unit: "W" });
  await must("POST", "telemetry", [
    { t: 1732387200000, v: { power: 8.1 } },
    { t: 1732387201000, v: { power: 8.4, on: true } },
  ]);
  await must("PUT", "config", { brightness: 80 }, { "if-match": '"0"' });
  await socket.must("state.put", { path: { device: "me" }, body: { brightness: 80 } });
  const command = (await must("POST", "commands", { name: "blink" })).body.id;
  const names = { device: kId, command, key: device.keyId, series: "power" };
  return { device, socket, names };
}

async function checkGone(hub, names, key) {
  for (const operation of ofDevice) {
    const { method, path, headers, body } = restExample(operation, names);
    const answer = await hub.rest.ask(method, path, body, headers);
    assert.equal(answer.status, 404, `${operation.name}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.type, "/problems/not-found", operation.name);
  }
  const socket = await hub.socket(hub.admin.admin_key);
  for (const { name, message } of ofDeviceBySocket) {
    const path = Object.fromEntries(Object.keys(message.path).map((each) => [each, names[each]]));
    const reply = await socket.call(name, { ...message, path });
    assert.equal(reply.status, 404, `${name}: ${JSON.stringify(reply)}`);
  }
  const listed = await hub.rest.get("/v1/devices?limit=1000");
  assert.deepEqual(listed.body.items, []);
  const asDevice = await hub.client(key).ask("GET", "/v1/me");
  assert.equal(asDevice.status, 401);
  await assert.rejects(hub.socket(key), { status: 401 });
}

test("a deleted device is gone at both doors, also after the hub starts anew", async (t) => {
  const hub = await startHub(t);
  const { device, socket, names } = await lived(hub);
  const follower = await hub.follow({
    devices: [kId],
    kinds: ["reading", "device", "command", "config"],
  });
  const before = follower.events.items.length;
  await hub.rest.must("DELETE", `/v1/devices/${kId}`);

  assert.equal((await socket.closed(5_000, "its socket to be closed")).code, 4401);
  const told = await follower.events.find(
    ({ k }) => k === "device",
    5_000,
    "news of its end",
    before,
  );
  assert.equal(told.v.change, "deleted");
  await checkGone(hub, names, device.key);

  await hub.stop();
  await hub.start();
  await checkGone(hub, names, device.key);
});

test("a device that is made with the id of a deleted one has nothing of it", async (t) => {
  const hub = await startHub(t);
  const old = await lived(hub);
  const follower = await hub.follow({ devices: [kId], start: "latest" });
  const cursor = (await follower.call("stream.subscribe", { body: { devices: [kId] } })).body
    .cursor;
  await hub.rest.must("DELETE", `/v1/devices/${kId}`);
  await hub.device(kId);

  const socket = await hub.socket(hub.admin.admin_key);
  const both = async (path, op, query) => {
    const rest = (await hub.rest.get(`/v1/devices/${kId}/${path}`)).body;
    assert.deepEqual(await socket.must(op, { path: { device: kId }, query }), rest, op);
    return rest;
  };
  assert.deepEqual(await both("telemetry?series=power", "telemetry.read", { series: ["power"] }), {
    series: "power",
    unit: null,
    readings: [],
  });
  assert.deepEqual(await both("latest", "telemetry.latest"), { series: {} });
  assert.deepEqual(await both("series", "series.list"), { items: [] });
  assert.deepEqual(await both("commands", "commands.list"), { items: [] });
  assert.deepEqual(await both("config", "config.get"), {});
  assert.deepEqual(await both("state", "state.get"), {});
  assert.equal((await both("twin", "twin.get")).config.version, 0);
  assert.deepEqual(Object.keys((await both("td", "td.get")).properties), ["config", "state"]);
  const { name, labels, version } = (await hub.rest.get(`/v1/devices/${kId}`)).body;
  assert.deepEqual({ name, labels, version }, { name: "", labels: {}, version: 1 });

  // Neither its old key nor a subscription, from now or from before, brings anything back.
  assert.equal((await hub.client(old.device.key).ask("GET", "/v1/me")).status, 401);
  for (const start of ["latest", cursor]) {
    const late = await hub.follow({ devices: [kId], start });
    await hub.rest.must("POST", `/v1/devices/${kId}/telemetry`, { fresh: 1 });
    const first = await late.events.find(() => true, 5_000, "the first event");
    assert.equal(first.s, "fresh", `from ${start}: ${JSON.stringify(first)}`);
  }
});
