// Real clients: the same small flow by curl, undici, npm ws and python3-websockets.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fetch, request } from "undici";
import WebSocket from "ws";

import { checkEvents, checkLatest, kReadings } from "./flow.mjs";
import { runBeside, start, startHub } from "./hub.mjs";
import { Mailbox, within } from "./wait.mjs";

const kWaitMs = 20_000;
const python = "/usr/bin/python3";

/** As a person would type it. Gives what curl prints of the body. */
async function curl(key, method, url, body, ...more) {
  const words = ["--silent", "--show-error", "--fail-with-body", "--max-time", "30", "-X", method];
  words.push("-H", `Authorization: Bearer ${key}`, ...more);
  if (body !== undefined) words.push("--json", JSON.stringify(body));
  const done = await runBeside("curl", [...words, url]);
  assert.equal(done.code, 0, `${done.err}${done.out}`);
  return done.out === "" ? null : JSON.parse(done.out);
}

async function byFetch(key, method, url, body, headers = {}) {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(answer.ok, `${answer.status}`);
  return await answer.json();
}

async function byRequest(key, method, url, body, headers = {}) {
  const { statusCode, body: answer } = await request(url, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(statusCode < 300, `${statusCode}`);
  return await answer.json();
}

/** Device, key, readings, history and a command that the device takes by long poll. */
async function flowOverRest(hub, id, ask) {
  const admin = hub.admin.admin_key;
  const listener = await hub.follow({ devices: [id] });
  const made = await ask(admin, "POST", `${hub.url}/v1/devices`, { id, name: "By a client" });
  assert.equal(made.id, id);
  const { key } = await ask(admin, "POST", `${hub.url}/v1/devices/${id}/keys`, {});
  const written = await ask(key, "POST", `${hub.url}/v1/me/telemetry`, kReadings);
  assert.equal(written.accepted, 4);
  checkLatest(await ask(key, "GET", `${hub.url}/v1/me/latest`));
  await listener.events.count(4, kWaitMs, "the readings at a subscriber");
  checkEvents(listener.events.items, id);
  listener.close();

  const sent = hub.rest.ask(
    "POST",
    `/v1/devices/${id}/commands`,
    { name: "x" },
    { prefer: "wait=20" },
  );
  const polled = await poll(ask, key, `${hub.url}/v1/me/commands?status=queued`);
  const [command] = polled.items;
  const end = { status: "done", result: { by: id } };
  await ask(key, "POST", `${hub.url}/v1/me/commands/${command.id}/result`, end);
  const answer = await sent;
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.result, { by: id });
}

const poll = (ask, key, url) =>
  ask === curl
    ? curl(key, "GET", url, undefined, "-H", "Prefer: wait=20")
    : ask(key, "GET", url, undefined, { prefer: "wait=20" });

test("curl -N follows server-sent events", async (t) => {
  const hub = await startHub(t);
  const pump = await hub.device("pump");
  const words = ["-sSN", "-H", `Authorization: Bearer ${hub.admin.admin_key}`];
  const following = start("curl", [
    ...words,
    "-H",
    "Accept: text/event-stream",
    `${hub.url}/v1/stream?devices=pump&fields=v`,
  ]);
  const line = (text) => following.lines.find((each) => each === text, kWaitMs, text);
  await following.lines.find((each) => each.startsWith("id: "), kWaitMs, "where it begins");
  for (const n of [1, 2]) {
    await hub.client(pump.key).must("POST", "/v1/me/telemetry", { n });
    await line(`data: {"ev":[{"v":${n}}]}`);
  }
  await hub.stop();
  const { code } = await following.ended;
  assert.equal(code, 0, "the hub has ended the answer in order");
});

test("curl", async (t) => {
  await flowOverRest(await startHub(t), "curl", curl);
});

test("undici: fetch", async (t) => {
  await flowOverRest(await startHub(t), "fetch", byFetch);
});

test("undici: request", async (t) => {
  await flowOverRest(await startHub(t), "request", byRequest);
});

// Everything by `ws` alone, with nothing of the tests' own between it and the hub.
test("npm ws: device, key, readings, stream and command on sockets only", async (t) => {
  const hub = await startHub(t);
  const open = async (key) => {
    const box = new Mailbox();
    const socket = new WebSocket(hub.wsUrl, ["tandem.v1.json"], {
      headers: { authorization: `Bearer ${key}` },
    });
    socket.on("message", (text) => box.add(JSON.parse(text)));
    await within(kWaitMs, "the socket", new Promise((done) => socket.once("open", done)));
    t.after(() => socket.terminate());
    assert.equal(socket.protocol, "tandem.v1.json");
    let next = 1;
    const call = async (op, parts) => {
      const id = next++;
      socket.send(JSON.stringify({ id, op, ...parts }));
      const reply = await box.find((each) => each.id === id, kWaitMs, `the reply to ${op}`);
      assert.ok(reply.status < 300, JSON.stringify(reply));
      return reply.body;
    };
    const hello = await box.find((each) => each.hello, kWaitMs, "the greeting");
    return { socket, box, call, hello: hello.hello };
  };
  const admin = await open(hub.admin.admin_key);
  const path = { device: "npm-ws" };
  await admin.call("devices.create", { body: { id: path.device } });
  const { key } = await admin.call("keys.create", { path, body: {} });
  const { sub } = await admin.call("stream.subscribe", { body: { devices: [path.device] } });
  const device = await open(key);
  assert.deepEqual(device.hello.principal, { kind: "device", id: path.device });
  const written = await device.call("telemetry.write", { path, body: kReadings });
  assert.equal(written.accepted, 4);
  checkLatest(await device.call("telemetry.latest", { path }));
  const told = await admin.box.find((each) => each.ev, kWaitMs, "the events");
  assert.equal(told.sub, sub);
  checkEvents(told.ev, path.device);

  const sent = admin.call("commands.send", {
    path,
    headers: { prefer: "wait=20" },
    body: { name: "blink", params: { times: 2 } },
  });
  const { cmd } = await device.box.find((each) => each.cmd, kWaitMs, "the command");
  assert.deepEqual([cmd.name, cmd.params], ["blink", { times: 2 }]);
  const command = { ...path, command: cmd.id };
  await device.call("commands.ack", { path: command });
  await device.call("commands.finish", { path: command, body: { status: "done", result: 2 } });
  assert.equal((await sent).result, 2);
});

test("npm ws: messages are compressed for who says who it is when it opens", async (t) => {
  const hub = await startHub(t, { words: ["--deflate"] });
  const { key } = await hub.device("squeezed");
  const open = async (headers) => {
    const socket = new WebSocket(hub.wsUrl, ["tandem.v1.json"], { headers, perMessageDeflate: true });
    t.after(() => socket.terminate());
    await within(kWaitMs, "the socket", new Promise((done) => socket.once("open", done)));
    return socket;
  };
  assert.equal((await open({})).extensions, "", "a stranger gets nothing to inflate");
  const socket = await open({ authorization: `Bearer ${key}` });
  assert.match(socket.extensions, /^permessage-deflate/);
  const replies = new Mailbox();
  socket.on("message", (text) => replies.add(JSON.parse(text)));
  const note = "over and over ".repeat(200);
  const ask = (message) => {
    socket.send(JSON.stringify(message));
    return replies.find(({ id }) => id === message.id, kWaitMs, "the reply");
  };
  const path = { device: "me" };
  assert.equal((await ask({ id: 1, op: "telemetry.write", path, body: { note } })).status, 200);
  const latest = await ask({ id: 2, op: "telemetry.latest", path });
  assert.equal(latest.body.series.note.v, note);
  const { bytesRead } = socket._socket;
  assert.ok(bytesRead < note.length, `${bytesRead} bytes came for ${note.length}`);
});

test("npm ws: events wait as long as their subscription lets them, replies do not", async (t) => {
  const hub = await startHub(t);
  const gatherMs = 400;
  const device = await hub.device("gathered");
  const listener = await hub.follow({ devices: [device.id], gather_ms: gatherMs });
  const began = performance.now();
  for (const value of [1, 2]) {
    await hub.client(device.key).must("POST", "/v1/me/telemetry", { value });
  }
  await listener.events.count(1, kWaitMs, "the first event");
  const passed = performance.now() - began;
  assert.ok(passed >= gatherMs * 0.9, `the first event came after ${passed} ms`);
  await listener.events.count(2, kWaitMs, "the second event");
  await hub.client(device.key).must("POST", "/v1/me/telemetry", { value: 3 });
  const asked = performance.now();
  const reply = await listener.call("telemetry.latest", { path: { device: device.id } });
  assert.equal(reply.status, 200);
  assert.ok(performance.now() - asked < gatherMs, "a reply takes along what waits");
});

test("python3-websockets", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("python");
  const words = [new URL("flow.py", import.meta.url).pathname, hub.wsUrl, device.key, device.id];
  const child = start(python, words);
  child.process.stdin.end(JSON.stringify(kReadings));
  const said = (wanted, what) =>
    child.lines.find((line) => wanted(JSON.parse(line)), kWaitMs, what).then(JSON.parse);

  assert.equal((await said(({ hello }) => hello, "the greeting")).hello.principal.id, "python");
  assert.equal((await said(({ id }) => id === 2, "the readings' reply")).body.accepted, 4);
  checkEvents((await said(({ ev }) => ev, "the readings as events")).ev, "python");
  checkLatest((await hub.rest.get("/v1/devices/python/latest")).body);

  const path = "/v1/devices/python/commands";
  const answer = await hub.rest.ask("POST", path, { name: "blink" }, { prefer: "wait=20" });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.result, { by: "python" });
  const { code } = await within(kWaitMs, "the end of flow.py", child.ended);
  assert.equal(code, 0, child.err);
});
