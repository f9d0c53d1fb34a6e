// OAuth with clients that we did not write: openid-client, curl, python3. And a table of what goes
// wrong.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Agent, fetch as fetchWith } from "undici";

import { selfSigned, signedBy } from "./certificates.mjs";
import { freshFolder, runBeside, start, startHub } from "./hub.mjs";
import { vectors } from "./oauth_vectors.mjs";
import { Person } from "./person.mjs";
import { eventually, within } from "./wait.mjs";

// Node.js 18 has it under another name.
globalThis.crypto ??= webcrypto;
const client = await import("openid-client");

const kMs = 20_000;
const kRedirect = "https://app.example/done";
const kClaim = fileURLToPath(new URL("../../docs/guides/claim-device.sh", import.meta.url));
const python = "/usr/bin/python3";

/** A hub with the public app `wall`, the service `robot`, and the administrator at a browser. */
async function prepare(t, options = {}) {
  const hub = await startHub(t, {
    words: ["--limit", "oauth.client_per_minute=1e6", "--limit", "oauth.families=1e6"],
    ...options,
  });
  const redirect_uris = [kRedirect];
  await hub.rest.must("POST", "/v1/apps", { id: "wall", public: true, redirect_uris });
  const robot = await hub.rest.must("POST", "/v1/apps", { id: "robot" });
  await hub.rest.must("POST", "/v1/grants", {
    app: "robot",
    scopes: ["telemetry:read", "telemetry:write"],
    devices: ["*"],
  });
  const person = await new Person(hub).logIn(hub.admin.admin_user, hub.admin.admin_password);
  return { hub, person, secret: robot.body.secret };
}

/** The hub as openid-client sees it: from its metadata alone. */
const discover = (hub, id, ...proof) =>
  client.discovery(new URL(hub.url), id, undefined, proof[0], {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });

/** Consent, and where it leads, checked by the client: state, PKCE, and RFC 9207's `iss`. */
async function logInWith(config, person, scope) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: kRedirect,
    scope,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const back = await person.decide(url);
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  return await client.authorizationCodeGrant(config, back, checks);
}

test("a service with openid-client", async (t) => {
  const { hub, secret } = await prepare(t);
  await hub.device("lamp-1");
  for (const [name, proof] of [
    ["client_secret_basic", client.ClientSecretBasic(secret)],
    ["client_secret_post", client.ClientSecretPost(secret)],
  ]) {
    await t.test(name, async () => {
      const config = await discover(hub, "robot", proof);
      const tokens = await client.clientCredentialsGrant(config, { scope: "telemetry:write" });
      assert.equal(tokens.expires_in, 900);
      assert.equal(tokens.scope, "telemetry:write");
      const rest = hub.client(tokens.access_token);
      await rest.must("POST", "/v1/devices/lamp-1/telemetry", { power: 8.1 });
      const refused = await rest.ask("GET", "/v1/devices/lamp-1/latest");
      assert.equal(refused.status, 403, JSON.stringify(refused.body));
      const told = await client.tokenIntrospection(config, tokens.access_token);
      assert.equal(told.active, true);
      assert.equal(told.client_id, "robot");
      const socket = await hub.socket(tokens.access_token);
      assert.equal((await socket.call("me.get")).body.id, "robot");
      await client.tokenRevocation(config, tokens.access_token);
      const closed = await socket.closed(1_000);
      assert.equal(closed.code, 4401);
      assert.equal((await rest.ask("GET", "/v1/me")).status, 401);
    });
  }
  await t.test("private_key_jwt", async () => {
    for (const [alg, type, more] of [
      ["ES256", "ec", { namedCurve: "P-256" }],
      ["RS256", "rsa", { modulusLength: 2048 }],
      ["PS256", "rsa", { modulusLength: 2048 }],
      ["Ed25519", "ed25519", {}],
    ]) {
      const pair = generateKeyPairSync(type, more);
      const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: alg };
      await hub.rest.must("PATCH", "/v1/apps/robot", { jwks: { keys: [jwk] } });
      const importing = {
        ES256: { name: "ECDSA", namedCurve: "P-256" },
        RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
        PS256: { name: "RSA-PSS", hash: "SHA-256" },
        Ed25519: { name: "Ed25519" },
      }[alg];
      const pkcs8 = pair.privateKey.export({ format: "der", type: "pkcs8" });
      const key = await crypto.subtle.importKey("pkcs8", pkcs8, importing, false, ["sign"]);
      // RFC 9864 gives EdDSA's Ed25519 a name of its own, which the hub does not know yet.
      const named = (header) => {
        if (header.alg === "Ed25519") header.alg = "EdDSA";
      };
      const proof = client.PrivateKeyJwt({ key, kid: alg }, { [client.modifyAssertion]: named });
      const config = await discover(hub, "robot", proof);
      const tokens = await client.clientCredentialsGrant(config);
      assert.equal((await hub.client(tokens.access_token).must("GET", "/v1/me")).body.id, "robot");
    }
  });
});

test("a service with a client certificate, with openid-client", async (t) => {
  const authority = selfSigned("authority");
  const tls = selfSigned();
  const hub = await startHub(t, { tls, words: ["--tls-client-ca", authority.cert] });
  await hub.rest.must("POST", "/v1/apps", { id: "robot", tls_client_auth_subject_dn: "CN=robot" });
  const configOf = async (own) => {
    const dispatcher = new Agent({ connect: { ca: tls.ca, ...own } });
    t.after(() => dispatcher.destroy());
    const fetched = (url, options) => fetchWith(url, { ...options, dispatcher });
    return await client.discovery(new URL(hub.url), "robot", undefined, client.TlsClientAuth(), {
      algorithm: "oauth2",
      [client.customFetch]: fetched,
    });
  };
  const [robot, renewed, other] = ["robot", "robot", "other"].map((name) =>
    signedBy(authority, name),
  );
  const config = await configOf(robot);
  const { access_token: token } = await client.clientCredentialsGrant(config);
  const told = await client.tokenIntrospection(config, token);
  const fingerprint = new X509Certificate(robot.cert).fingerprint256.replaceAll(":", "");
  const expected = Buffer.from(fingerprint, "hex").toString("base64url");
  assert.deepEqual(told.cnf, { "x5t#S256": expected });
  const stranger = await configOf(other);
  await assert.rejects(client.clientCredentialsGrant(stranger), ({ status }) => status === 401);

  // The token is for this certificate alone, not for another of the same name.
  const status = async (own) => (await hub.client(token, { own }).ask("GET", "/v1/me")).status;
  assert.deepEqual([await status(robot), await status(renewed), await status()], [200, 401, 401]);
  const socket = await hub.socket(token, { own: robot });
  assert.equal((await socket.call("me.get")).body.id, "robot");
  for (const own of [renewed, other, undefined]) {
    await assert.rejects(hub.socket(token, { own }), ({ status }) => status === 401);
  }
});

test("an app with a user, with openid-client", async (t) => {
  const { hub, person } = await prepare(t);
  await hub.device("lamp-1");
  const config = await discover(hub, "wall", client.None());
  const tokens = await logInWith(config, person, "telemetry:read devices:read self:read");
  const rest = hub.client(tokens.access_token);
  const me = await rest.must("GET", "/v1/me");
  assert.deepEqual([me.body.kind, me.body.id], ["user", hub.admin.admin_user]);
  await rest.must("GET", "/v1/devices");
  assert.equal((await rest.ask("POST", "/v1/devices", { id: "x" })).status, 403);
  assert.equal((await rest.ask("GET", "/v1/users")).status, 403);

  await t.test("it refreshes, and a socket that is open is renewed with it", async () => {
    const socket = await hub.socket(tokens.access_token);
    const next = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(next.refresh_token, tokens.refresh_token);
    const renewed = await socket.call("auth", { body: { token: next.access_token } });
    assert.equal(renewed.status, 200, JSON.stringify(renewed));
    await client.tokenRevocation(config, next.refresh_token);
    const closed = await socket.closed(1_000);
    assert.equal(closed.code, 4401);
    await assert.rejects(client.refreshTokenGrant(config, next.refresh_token), {
      error: "invalid_grant",
    });
  });

  await t.test("a hub that starts again knows its tokens, and those that have ended", async () => {
    const kept = await logInWith(config, person, "self:read");
    const ended = await logInWith(config, person, "self:read");
    await client.tokenRevocation(config, ended.access_token);
    hub.closeClients();
    await hub.kill();
    await hub.start();
    const again = await discover(hub, "wall", client.None());
    assert.equal((await hub.client(kept.access_token).ask("GET", "/v1/me")).status, 200);
    assert.equal((await hub.client(ended.access_token).ask("GET", "/v1/me")).status, 401);
    const next = await client.refreshTokenGrant(again, kept.refresh_token);
    await assert.rejects(client.refreshTokenGrant(again, kept.refresh_token), {
      error: "invalid_grant",
    });
    assert.equal((await hub.client(next.access_token).ask("GET", "/v1/me")).status, 401);
  });
});

test("a box with a user, with openid-client", async (t) => {
  const { hub, person } = await prepare(t);
  const config = await discover(hub, "wall", client.None());
  const box = await client.initiateDeviceAuthorization(config, { scope: "telemetry:read" });
  const { shown } = await person.enter(box.user_code);
  assert.ok(shown.text.includes("telemetry:read"), shown.text);
  const tokens = await client.pollDeviceAuthorizationGrant(config, box);
  const me = await hub.client(tokens.access_token).must("GET", "/v1/me");
  assert.equal(me.body.id, hub.admin.admin_user);
});

test("a shell device claims itself with only curl", async (t) => {
  const { hub, person } = await prepare(t);
  const keyFile = join(freshFolder(), "device.key");
  const env = { TANDEM_URL: hub.url, TANDEM_KEY_FILE: keyFile, TANDEM_NAME: 'A "pump" & <more>' };
  const script = start("sh", [kClaim], env);
  t.after(() => script.process.kill("SIGKILL"));
  const line = await script.lines.find((each) => each.startsWith("Open "), kMs, "the code");
  const [, page, code] = line.match(/^Open (\S+) and enter (\S+)$/);
  assert.equal(page, `${hub.url}/oauth/device`);
  const { shown, done } = await person.enter(code, "allow", "pump-7");
  assert.ok(shown.text.includes("A &quot;pump&quot; &amp; &lt;more&gt;"), shown.text);
  assert.ok(done.text.includes("goes on by itself"), done.text);
  const { code: ended } = await within(kMs, "the script to end", script.ended);
  assert.equal(ended, 0, script.err);
  assert.ok(script.out.includes("This is pump-7 now"), script.out);
  const key = readFileSync(keyFile, "utf8").trim();
  const written = await runBeside("curl", [
    ...["--silent", "--fail-with-body", "-H", `Authorization: Bearer ${key}`],
    ...["--json", '{"pressure":3.2}', `${hub.url}/v1/me/telemetry`],
  ]);
  assert.equal(written.code, 0, written.out);
  assert.equal((await hub.rest.must("GET", "/v1/devices/pump-7")).body.name, env.TANDEM_NAME);

  await t.test("and with a claim code in one line", async () => {
    const made = await hub.rest.must("POST", "/v1/claim-codes", { prefix: "pump-", uses: 2 });
    const claim = (device) =>
      runBeside("curl", [
        ...["--silent", "-d", "grant_type=urn:tandem:claim", "-d", `claim_code=${made.body.code}`],
        ...["-d", `device=${device}`, `${hub.url}/oauth/token`],
      ]);
    const given = JSON.parse((await claim("pump-8")).out);
    assert.equal(given.device, "pump-8");
    await hub.client(given.access_token).must("POST", "/v1/me/telemetry", { pressure: 3.3 });
    assert.equal(JSON.parse((await claim("pump-8")).out).error, "invalid_grant");
    assert.equal(JSON.parse((await claim("lamp-8")).out).error, "invalid_grant");
  });
});

test("a service in Python's standard library", async (t) => {
  const { hub, secret } = await prepare(t);
  await hub.device("lamp-1");
  const script = `
import base64, json, sys, urllib.parse, urllib.request
url, secret = sys.argv[1], sys.stdin.read()
with urllib.request.urlopen(url + "/.well-known/oauth-authorization-server") as answer:
    metadata = json.load(answer)
proof = base64.b64encode(f"robot:{secret}".encode()).decode()
form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
asked = urllib.request.Request(metadata["token_endpoint"], form, {"Authorization": "Basic " + proof})
with urllib.request.urlopen(asked) as answer:
    tokens = json.load(answer)
headers = {"Authorization": "Bearer " + tokens["access_token"], "Content-Type": "application/json"}
write = urllib.request.Request(url + "/v1/devices/lamp-1/telemetry", b'{"power":21.5}', headers)
with urllib.request.urlopen(write) as answer:
    print(json.load(answer)["accepted"], tokens["scope"])
`;
  const done = await runBeside(python, ["-c", script, hub.url], { input: secret });
  assert.equal(done.code, 0, done.err);
  assert.equal(done.out.trim(), "1 telemetry:read telemetry:write self:read");
  const latest = await hub.rest.must("GET", "/v1/devices/lamp-1/latest");
  assert.equal(latest.body.series.power.v, 21.5);
});

/** What a row of the table needs. */
class Stage {
  redirect = kRedirect;
  otherRedirect = "https://other.example/done";
  verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  challenge = createHash("sha256").update(this.verifier).digest("base64url");

  constructor({ hub, person, secret }) {
    Object.assign(this, { hub, person, secret });
  }

  basic(id, secret) {
    return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  }
  async post(path, fields, headers = {}) {
    const given = Object.entries(fields).filter(([, value]) => value !== "");
    const body = new URLSearchParams(given);
    const answer = await fetch(this.hub.url + path, { method: "POST", headers, body });
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
  }
  async get(path, token) {
    return await this.hub.client(token).ask("GET", path);
  }
  me(token) {
    return this.get("/v1/me", token);
  }
  /** What comes of a request for consent: a page, or an address that the browser is sent to. */
  async authorize(fields, more = "", decision = "allow") {
    const asked = {
      client_id: "wall",
      redirect_uri: this.redirect,
      response_type: "code",
      scope: "telemetry:read self:read",
      state: "s",
      code_challenge: this.challenge,
      code_challenge_method: "S256",
      ...fields,
    };
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));
    const page = await this.person.open(`${this.hub.url}/oauth/authorize?${query}${more}`);
    if (page.status !== 200) return this.#sent(page);
    page.fields.set("decision", decision);
    return this.#sent(await this.person.send("/oauth/authorize", page.fields));
  }
  #sent(page) {
    const location = page.headers.get("location");
    return { status: page.status, sent: location && new URL(location) };
  }
  async code() {
    const { sent } = await this.authorize({});
    return sent.searchParams.get("code");
  }
  exchange(fields) {
    return this.post("/oauth/token", {
      grant_type: "authorization_code",
      client_id: "wall",
      redirect_uri: this.redirect,
      code_verifier: this.verifier,
      ...fields,
    });
  }
  async tokens() {
    const { body } = await this.exchange({ code: await this.code() });
    return body;
  }
  refresh(fields) {
    return this.post("/oauth/token", {
      grant_type: "refresh_token",
      client_id: "wall",
      ...fields,
    });
  }
  async box() {
    const { body } = await this.post("/oauth/device_authorization", { client_id: "wall" });
    return body;
  }
  poll(box, fields = {}) {
    return this.post("/oauth/token", {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: box.device_code,
      client_id: "wall",
      ...fields,
    });
  }
}

test("what goes wrong gets the answer that it should", async (t) => {
  const prepared = await prepare(t);
  const { hub } = prepared;
  const stage = new Stage(prepared);
  const redirect_uris = [stage.otherRedirect];
  await hub.rest.must("POST", "/v1/apps", { id: "other", public: true, redirect_uris });
  await hub.rest.must("POST", "/v1/apps", { id: "other-robot" });
  let good = 0;
  for (const [name, expected, run] of vectors) {
    await t.test(name, async () => {
      const answer = await run(stage);
      const said = JSON.stringify([answer.status, answer.body, answer.sent]);
      if (expected.page !== undefined) {
        assert.equal(answer.status, expected.page, said);
        assert.equal(answer.sent, null, said);
      }
      if (expected.sent !== undefined) {
        assert.equal(answer.sent?.origin, "https://app.example", said);
        assert.equal(answer.sent.searchParams.get("error"), expected.sent, said);
        assert.equal(answer.sent.searchParams.get("state"), "s", said);
        assert.equal(answer.sent.searchParams.get("iss"), hub.url, said);
        assert.equal(answer.sent.searchParams.get("code"), null, said);
      }
      if (expected.error !== undefined) assert.equal(answer.body.error, expected.error, said);
      if (expected.status !== undefined) assert.equal(answer.status, expected.status, said);
      good += 1;
    });
  }
  console.log(`oauth flows ${good}/${vectors.length}`);
  assert.equal(good, vectors.length);
  assert.ok(vectors.length >= 30);
  // Nothing of a secret is in the log or the audit.
  const audit = await eventually(kMs, "the audit", async () => {
    const { body } = await hub.rest.must("GET", "/v1/audit?limit=1000");
    return body.items.some(({ action }) => action === "oauth.reuse") && body;
  });
  for (const text of [JSON.stringify(audit), hub.log]) {
    assert.ok(!/t(?:at|ac|rt|dc|ak|dk)_[A-Za-z0-9]{16}_/.test(text), "a secret was written down");
  }
});
