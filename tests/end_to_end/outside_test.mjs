// Bearers of an outside issuer: a real server with metadata and keys, which the hub asks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { selfSigned } from "./certificates.mjs";
import { startHub } from "./hub.mjs";
import { Issuer, trusting } from "./issuer.mjs";
import { atOnce } from "./together.mjs";

const test = atOnce(3);
const kFlood = 10_000;

async function hubThatTrusts(t, issuer, more = "") {
  const file = trusting(issuer, more);
  const hub = await startHub(t, { words: ["--config", file] });
  await hub.device("lamp-1");
  await hub.rest.must("POST", "/v1/apps", { id: "plant" });
  const scopes = ["telemetry:read", "telemetry:write", "commands:send"];
  await hub.rest.must("POST", "/v1/grants", { app: "plant", scopes, devices: ["lamp-1"] });
  return hub;
}

const status = async (hub, token) => (await hub.client(token).ask("GET", "/v1/me")).status;

test("tokens of an outside issuer open both doors", async (t) => {
  const issuer = await new Issuer().start(t);
  const key = issuer.newKey("k1");
  const hub = await hubThatTrusts(t, issuer);
  const token = issuer.token(key);
  const rest = hub.client(token);
  await rest.must("POST", "/v1/devices/lamp-1/telemetry", { power: 8.1 });
  const me = await rest.must("GET", "/v1/me");
  assert.deepEqual([me.body.kind, me.body.id], ["app", "plant"]);
  assert.deepEqual(me.body.scopes, ["telemetry:read", "telemetry:write", "self:read"]);
  // The app may send commands, the token may not.
  const sent = await rest.ask("POST", "/v1/devices/lamp-1/commands", { name: "blink" });
  assert.equal(sent.status, 403);
  const socket = await hub.socket(issuer.token(key));
  assert.equal((await socket.call("me.get")).body.id, "plant");
  const renewed = await socket.call("auth", { body: { token: issuer.token(key) } });
  assert.equal(renewed.status, 200, JSON.stringify(renewed));
  assert.equal(issuer.asked, 1);

  await t.test("and no others do", async () => {
    for (const [name, bad] of [
      ["another audience", issuer.token(key, { aud: "other" })],
      ["another issuer", issuer.token(key, { iss: "https://evil.example" })],
      ["run out", issuer.token(key, { exp: Math.floor(Date.now() / 1000) - 120 })],
      ["an id token", issuer.token(key, {}, { typ: "JWT" })],
      ["no algorithm", issuer.token(key, {}, { alg: "none" })],
      ["a shared secret", issuer.token(key, {}, { alg: "HS256" })],
      ["a signature of another", `${issuer.token(key).slice(0, -4)}AAAA`],
    ]) {
      assert.equal(await status(hub, bad), 401, name);
    }
    assert.equal(issuer.asked, 1);
  });

  await t.test(`a flood of ${kFlood} unknown keys`, async () => {
    const before = issuer.asked;
    const flood = hub.client(undefined, { pipelining: 16 });
    const began = Date.now();
    for (let at = 0; at < kFlood; at += 100) {
      const some = Array.from({ length: 100 }, (_, each) => {
        const authorization = `Bearer ${issuer.token({ ...key, kid: `unknown-${at + each}` })}`;
        return flood.ask("GET", "/v1/me", undefined, { authorization });
      });
      for (const answer of await Promise.all(some)) {
        assert.equal(answer.status, 401);
      }
    }
    const minutes = Math.ceil((Date.now() - began) / 60_000) || 1;
    const fetches = issuer.asked - before;
    console.log(`unknown kids ${kFlood}, fetches ${fetches} in ${minutes} min`);
    assert.ok(fetches <= 2 * minutes + 1, `${fetches}`);
    assert.equal(await status(hub, issuer.token(key)), 200);
  });

  await t.test("an issuer that is away", async () => {
    issuer.stop();
    assert.equal(await status(hub, issuer.token(key)), 200);
    await hub.stop();
    await hub.start();
    assert.equal(await status(hub, issuer.token(key)), 503);
    assert.ok((await fetch(`${hub.url}/readyz`)).ok);
  });
});

test("what an issuer may not answer", async (t) => {
  for (const [name, answer] of [
    ["a redirect", (say) => say(302, {}, { location: "/realms/plant/other" })],
    ["no JSON", (say) => say(200, "<html>")],
    ["no key set", (say) => say(200, { keys: 7 })],
    ["an error", (say) => say(500, {})],
    ["more than 64 KiB", (say) => say(200, { keys: [], pad: "x".repeat(70_000) })],
    ["half an answer", (say) => say(200, "{", { "content-length": "1000" })],
  ]) {
    await t.test(name, async (inner) => {
      const issuer = await new Issuer().start(inner);
      const key = issuer.newKey("k1");
      issuer.answer = answer;
      const hub = await hubThatTrusts(inner, issuer);
      assert.equal(await status(hub, issuer.token(key)), 503, hub.log);
      assert.equal(issuer.asked, 1);
    });
  }
});

test("an issuer over TLS is the one whose certificate is good", async (t) => {
  const certificate = selfSigned("issuer");
  const tls = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  for (const [name, more, expected] of [
    ["trusted", `ca = "${certificate.cert}"`, 200],
    ["not trusted", "", 503],
  ]) {
    await t.test(name, async (inner) => {
      const issuer = await new Issuer().start(inner, tls);
      const key = issuer.newKey("k1");
      const hub = await hubThatTrusts(inner, issuer, more);
      assert.equal(await status(hub, issuer.token(key)), expected, hub.log);
    });
  }
});
