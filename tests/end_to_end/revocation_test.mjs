// Whoever may no longer come in is out within a second, of its open socket too, while as many other
// sockets are open: keys, secrets, passwords, users, grants and tenants end one after the other. T-63.
//
// TANDEM_LIVE_SOCKETS: how many there are; 1,000 in ./test --long.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startHub } from "./hub.mjs";
import { logIn, logInAdmin, socketOf } from "./page.mjs";
import { RestClient } from "./rest.mjs";

const kLive = Number(process.env.TANDEM_LIVE_SOCKETS ?? 100);
const kMostMs = 1_000;
const kPatience = 20_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
// Of a hundred sockets.
const kShares = { key: 60, secret: 10, grant: 10, user: 10, password: 5, tenant: 5 };
const kPassword = "correct horse battery staple";

/**
 * How somebody of each kind comes in and is sent away: `{socket, ask, end, code, status}`. `ask` is a
 * request that was served and is refused with `status` afterwards.
 */
const kinds = {
  async key({ hub, admin }, id) {
    const { key, keyId } = await hub.device(id);
    return {
      socket: await hub.socket(key),
      ask: (rest) => rest.ask("GET", "/v1/me", undefined, { authorization: `Bearer ${key}` }),
      end: () => admin.must("DELETE", `/v1/devices/${id}/keys/${keyId}`),
      code: 4401,
      status: 401,
    };
  },
  async secret({ hub, admin }, id) {
    const { secret } = (await admin.must("POST", "/v1/apps", { id })).body;
    return {
      socket: await hub.socket(secret),
      ask: (rest) => rest.ask("GET", "/v1/me", undefined, { authorization: `Bearer ${secret}` }),
      end: () => admin.must("DELETE", `/v1/apps/${id}/secrets/${secret.split("_")[1]}`),
      code: 4401,
      status: 401,
    };
  },
  async grant({ hub, admin }, id) {
    const { secret } = (await admin.must("POST", "/v1/apps", { id })).body;
    const scopes = ["telemetry:read", "devices:read"];
    const grant = { app: id, scopes, devices: ["granted"] };
    const made = (await admin.must("POST", "/v1/grants", grant)).body;
    const socket = await hub.socket(secret);
    const reply = await socket.call("stream.subscribe", { body: { devices: ["granted"] } });
    assert.equal(reply.status, 200, JSON.stringify(reply));
    return {
      socket,
      ask: (rest) =>
        rest.ask("GET", "/v1/devices/granted", undefined, { authorization: `Bearer ${secret}` }),
      end: () => admin.must("DELETE", `/v1/grants/${made.id}`),
      code: 4500,
      status: 404,
    };
  },
  async user({ hub, admin }, name) {
    await admin.must("POST", "/v1/users", { id: name, password: kPassword, role: "viewer" });
    const page = await logIn(hub, { user: name, password: kPassword });
    return {
      socket: await socketOf(hub, page),
      ask: () => page.ask("GET", "/v1/me"),
      end: () => admin.must("DELETE", `/v1/users/${name}`),
      code: 4401,
      status: 401,
    };
  },
  async password(world, name) {
    const made = await kinds.user(world, name);
    const path = `/v1/users/${name}/password`;
    const password = `another ${kPassword}`;
    return { ...made, end: () => world.admin.must("POST", path, { password }) };
  },
  async tenant({ hub, admin }, id) {
    const boss = { user: "boss", password: kPassword };
    await admin.must("POST", "/v1/tenants", { id, ...boss });
    const page = await logIn(hub, { tenant: id, ...boss });
    return {
      socket: await socketOf(hub, page),
      ask: () => page.ask("GET", "/v1/me"),
      end: () => admin.must("DELETE", `/v1/tenants/${id}`),
      code: 4401,
      status: 401,
    };
  },
};

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
function figures(times) {
  const sorted = times.toSorted((left, right) => left - right);
  const [p50, p99, max] = [quantile(sorted, 0.5), quantile(sorted, 0.99), sorted.at(-1)];
  return Object.fromEntries(Object.entries({ p50, p99, max }).map(([name, ms]) => [name, Number(ms.toFixed(1))]));
}

test(`what has ended is out of ${kLive} live sockets within a second`, async (t) => {
  const hub = await startHub(t);
  const admin = await logInAdmin(hub);
  const rest = new RestClient(hub.url, "");
  t.after(() => rest.close());
  await hub.device("granted");

  const guests = [];
  t.after(() => guests.forEach(({ socket }) => socket.close()));
  for (const [kind, share] of Object.entries(kShares)) {
    for (let at = 0; at < Math.ceil((kLive * share) / 100); ++at) {
      guests.push({ kind, ...(await kinds[kind]({ hub, admin }, `${kind}-${at}`)) });
    }
  }
  const open = () => guests.filter(({ socket }) => socket.open).length;
  assert.ok(guests.length >= kLive);
  assert.equal(open(), guests.length, "all are open");
  // Kinds by turns, so that each of them ends while all the others are there.
  const turns = guests.map((guest, at) => [(at * 7_919) % guests.length, guest]);
  turns.sort(([left], [right]) => left - right);

  const closed = {};
  const refused = [];
  let left = guests.length;
  for (const [, { kind, socket, ask, end, code, status }] of turns) {
    assert.equal((await ask(rest)).status, 200, `${kind} is served before`);
    const began = performance.now();
    const gone = socket.closed(kPatience, `the end of a socket, ${kind}`).then((how) => {
      (closed[kind] ??= []).push(performance.now() - began);
      return how;
    });
    await end();
    assert.equal((await ask(rest)).status, status, `${kind} is refused afterwards`);
    refused.push(performance.now() - began);
    assert.equal((await gone).code, code, kind);
    assert.equal(open(), --left, "and nobody else's socket");
  }
  const all = Object.values(closed).flat();
  const { p50, p99, max } = figures(all);
  const of = Object.fromEntries(Object.entries(closed).map(([kind, ms]) => [kind, figures(ms)]));
  const ok = p99 <= kMostMs;
  console.log(JSON.stringify({ id: "T-63", ok, live: guests.length, p50, p99, max, refused: figures(refused), of }));
  assert.ok(ok, `p99 ${p99} ms`);
});
