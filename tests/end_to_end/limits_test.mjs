// What clients meet at their limits, as they meet it: the fields over REST, the messages on a
// socket, the reasons, the dry run, quotas, and a login that is guessed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startHub } from "./hub.mjs";

const kLimits = {
  requests_per_second: 1,
  requests_burst: 40,
  readings_per_second: 1,
  readings_burst: 20,
};

test("a client sees what is left, is refused, and hears why", async (t) => {
  const hub = await startHub(t, { limits: kLimits });
  const lamp = await hub.device("lamp-1");
  const rest = hub.client(lamp.key);
  const written = await rest.must("POST", "/v1/me/telemetry", { power: 1, volt: 230 });
  assert.equal(written.headers["ratelimit-policy"], '"readings";q=20;qu="readings";w=20');
  assert.equal(written.headers.ratelimit, '"readings";r=18;t=2');
  const asked = await rest.must("GET", "/v1/me");
  assert.equal(asked.headers["ratelimit-policy"], '"requests";q=40;w=40');
  assert.equal(asked.headers.ratelimit, '"requests";r=39;t=1');

  // Both doors spend one budget.
  const socket = await hub.socket(lamp.key);
  let reply = { status: 200 };
  while (reply.status === 200) reply = await socket.call("me.get");
  assert.equal(reply.status, 429);
  assert.equal(reply.problem.limit, "requests_per_second");
  const told = socket.notices.items.flatMap(({ limits }) => limits?.requests ?? []);
  assert.deepEqual(
    told.map(({ q, w, r }) => [q, w, r]),
    [
      [40, 40, 9],
      [40, 40, 0],
    ],
  );
  socket.close();
  const refused = await rest.ask("GET", "/v1/me");
  assert.equal(refused.status, 429);
  assert.match(refused.headers.ratelimit, /^"requests";r=0;t=(39|40)$/);
  assert.equal(refused.headers["retry-after"], "1");

  // Refused as well until there is a request to spend.
  let why = refused;
  while (why.status === 429) why = await rest.ask("GET", "/v1/me/limits");
  assert.equal(why.status, 200);
  const requests = why.body.limits.find(({ name }) => name === "requests_per_second");
  assert.equal(requests.max, 40);
  assert.equal(requests.remaining, 0);
  const over = why.body.hits.find(({ door }) => door === "ws");
  assert.equal(over.limit, "requests_per_second");
  assert.equal(over.operation, "me.get");
  assert.match(over.advice, /^ask less often/);
  const page = await fetch(`${hub.url}/metrics`, {
    headers: { authorization: `Bearer ${hub.admin.admin_key}` },
  });
  assert.match(await page.text(), /^tandem_limit_hits_total\{limit="requests_per_second"\} \d+$/m);
});

test("a dry run says what would fit, at both doors", async (t) => {
  const hub = await startHub(t, { limits: { readings_per_second: 100 } });
  const workload = { devices: 20, interval: 100, readings: 1, sender: "gateway" };
  const told = (await hub.rest.must("POST", "/v1/me/limits/check", workload)).body;
  assert.equal(told.fits, false);
  const readings = told.limits.find(({ limit }) => limit === "readings_per_second");
  assert.equal(readings.wanted, 200);
  assert.equal(readings.allowed, 100);
  assert.equal(readings.change, "an interval of 200 ms, or several senders");
  const socket = await hub.socket(hub.admin.admin_key);
  assert.deepEqual((await socket.call("limits.check", { body: workload })).body, told);
  const fits = { ...workload, interval: 200 };
  assert.equal((await socket.call("limits.check", { body: fits })).body.fits, true);
  socket.close();
});

test("a quota holds at both doors, and after a restart", async (t) => {
  const hub = await startHub(t, { limits: { "tenant.devices": 2 } });
  for (const id of ["one", "two"]) await hub.rest.must("POST", "/v1/devices", { id });
  const refuses = async () => {
    const refused = await hub.rest.ask("POST", "/v1/devices", { id: "three" });
    assert.equal(refused.status, 409);
    assert.equal(refused.body.limit, "tenant.devices");
    const socket = await hub.socket(hub.admin.admin_key);
    const reply = await socket.call("devices.create", { body: { id: "three" } });
    assert.equal(reply.problem.limit, "tenant.devices");
    socket.close();
  };
  await refuses();
  await hub.stop();
  await hub.start();
  await refuses();
  const { limits } = (await hub.rest.must("GET", "/v1/me/limits")).body;
  const devices = limits.find(({ name }) => name === "tenant.devices");
  assert.equal(devices.used, 2);
  await hub.rest.must("DELETE", "/v1/devices/one");
  await hub.rest.must("POST", "/v1/devices", { id: "three" });
});

test("a password that is guessed is held up, the right one too, and others are not", async (t) => {
  const hub = await startHub(t, { limits: { "login.account": 3 } });
  const log_in = (user, password) =>
    fetch(`${hub.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password }),
    });
  const { admin_user: user, admin_password: password } = hub.admin;
  assert.equal((await log_in(user, password)).status, 201);
  for (let guess = 0; guess < 3; ++guess) {
    assert.equal((await log_in(user, `a guess, the ${guess}th`)).status, 401);
  }
  for (const each of [password, "another guess"]) {
    const held = await log_in(user, each);
    assert.equal(held.status, 429);
    assert.equal((await held.json()).limit, "login.account");
    assert.match(held.headers.get("retry-after"), /^([1-9]|1\d|20)$/);
  }
  assert.equal((await log_in("somebody", "a guess")).status, 401);
  // Whoever is on the machine gets in.
  assert.equal((await hub.cli("login-code")).code, 0);
  const lines = (await hub.rest.must("GET", "/v1/audit?kind=authn_login_fail_max")).body.items;
  assert.equal(lines.length, 1);
  assert.equal(lines[0].action, "session.begin");
});
