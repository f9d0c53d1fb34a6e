// Secrets that are known to this test alone go through every door, right and wrong, of a hub that
// logs all it can: they are found in no log, no figure, no answer to others and no file. T-65.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { initialise, Hub, runNow, tandem } from "./hub.mjs";
import { RestClient } from "./rest.mjs";
import { SocketClient } from "./socket.mjs";

const kPatience = 10_000 * Number(process.env.TANDEM_PATIENCE ?? 1);

let looked = 0;
let hits = 0;
after(() => console.log(JSON.stringify({ id: "T-65", ok: hits === 0, looked, canary_hits: hits })));

/** The part of a key that proves it: `tdk_`, an id of 16 characters, `_`, and these, which may have a `_`. */
const secretOf = (key) => key.slice(21, 21 + 43);

/** As a text may lie around: plain, in base 64, in hexadecimal, percent-encoded. */
function formsOf(secret) {
  const bytes = Buffer.from(secret);
  // Base 64 of something longer that holds it, at each of the three places that it can begin at.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by, 0x20), bytes])
      .toString("base64")
      .slice(by === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString("hex"), encodeURIComponent(secret), ...shifted].map((form) =>
    Buffer.from(form),
  );
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Looks for every secret in `bytes`; `where` is for who reads of a hit. */
function look(secrets, where, bytes) {
  const heap = Buffer.from(bytes);
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of formsOf(secret)) {
      ++looked;
      if (!heap.includes(form)) continue;
      ++hits;
      assert.fail(`${name} is in ${where}`);
    }
  }
}

/** What is to be tried whether the hub likes it or not. */
async function tried(attempt) {
  try {
    const made = await attempt();
    return made?.status ?? 200;
  } catch (error) {
    return error.status ?? "closed";
  }
}

test("no secret is where it does not belong", async (t) => {
  const { data, admin } = initialise();
  const hub = new Hub({ data, admin, words: ["--log-level", "debug"] });
  t.after(() => hub.stop());
  await hub.start();
  const secrets = { "the administrator's key": secretOf(admin.admin_key) };
  const rest = (headers = {}, key) => {
    const client = new RestClient(hub.url, key, { headers });
    t.after(() => client.close());
    return client;
  };

  // A device: a key, another one by rotation, used at each door.
  const { key, keyId } = await hub.device("lamp-1");
  secrets["the device's key"] = secretOf(key);
  const rotated = await hub.rest.must("POST", `/v1/devices/lamp-1/keys/${keyId}/rotate`, {}, {
    "idempotency-key": "rotate-once",
  });
  secrets["the rotated key"] = secretOf(rotated.body.key);
  const device = hub.client(key);
  await device.must("POST", "/v1/me/telemetry", { temperature: 21 }, { "idempotency-key": "once" });
  const socket = await hub.socket(key);
  assert.equal((await socket.call("me.get")).status, 200);
  socket.close();
  const later = new SocketClient(hub.wsUrl, undefined);
  await later.opened();
  assert.equal((await later.call("auth", { body: { token: rotated.body.key } })).status, 200);
  later.close();

  // A person: a password, a code, a cookie, a ticket.
  secrets["the password"] = admin.admin_password;
  const origin = { origin: hub.url };
  const begin = (body) => rest(origin).ask("POST", "/v1/session", body);
  const begun = await begin({ user: admin.admin_user, password: admin.admin_password });
  assert.equal(begun.status, 201);
  const made = await hub.cli("login-code");
  assert.equal(made.code, 0, made.err);
  const code = /[#&]code=(\S+)/.exec(made.out)?.[1] ?? JSON.parse(made.out).code;
  secrets["the login code"] = code;
  assert.equal((await begin({ code })).status, 201);
  assert.equal((await begin({ code })).status, 401);
  const [cookie] = [begun.headers["set-cookie"]].flat()[0].split(";");
  secrets["the cookie"] = cookie.slice(cookie.indexOf("=") + 1);
  const page = rest({ ...origin, cookie });
  const { ticket } = (await page.must("POST", "/v1/ws-tickets", {})).body;
  secrets["the ticket"] = ticket;
  const protocols = ["tandem.v1.json", `tandem.ticket.${ticket}`];
  const bySession = new SocketClient(hub.wsUrl, undefined, { headers: origin, protocols });
  await bySession.opened();
  bySession.close();

  // What is almost right, and what is in the wrong place: such secrets are worth hiding too.
  secrets["a mistyped key"] = `${secretOf(key).slice(0, -2)}QQ`;
  const mistyped = key.replace(secretOf(key), secrets["a mistyped key"]);
  secrets["a wrong password"] = "correct horse battery staple";
  // What each is answered with: one that did not get there would leave nothing to be found.
  const statuses = [
    ...[401, 401, 401, 401, 400, 400, 400, 400, 400],
    ...[401, 404, 401, 401, 400, 200, 400, 401, 401],
  ];
  const wrong = [
    () => rest({}, mistyped).ask("GET", "/v1/me"),
    () => begin({ user: admin.admin_user, password: secrets["a wrong password"] }),
    () => begin({ user: admin.admin_password.slice(0, 64), password: "x" }),
    () => begin({ code: `${code}x` }),
    () => begin({ passwort: secrets["a wrong password"] }),
    () => rest().ask("GET", `/v1/me?access_token=${key}`),
    () => rest().ask("GET", `/v1/me?key=${key}`),
    () => rest({}, key).ask("GET", `/v1/devices/${key}/latest`),
    () => rest().ask("GET", `/v1/devices/${key}`),
    () => rest({ cookie: cookie.replace(/.$/, "!") }).ask("GET", "/v1/me"),
    () => rest({ ...origin, cookie }).ask("GET", `/v1/devices/${ticket}`),
    () => rest({ "x-api-key": key }).ask("GET", "/v1/me"),
    () => rest({ authorization: `Basic ${Buffer.from(`admin:${key}`).toString("base64")}` }).ask("GET", "/v1/me"),
    () => rest({}, key).ask("POST", "/v1/me/telemetry", { "no name!": key }),
    () => rest({}, key).ask("GET", "/v1/me", undefined, { "idempotency-key": secrets["a wrong password"] }),
    () => new SocketClient(`${hub.wsUrl}?token=${key}`, undefined).opened(),
    () => new SocketClient(hub.wsUrl, mistyped).opened(),
    () => new SocketClient(hub.wsUrl, undefined, { headers: origin, protocols }).opened(),
  ];
  const answers = [];
  for (const attempt of wrong) answers.push(await tried(attempt));
  assert.deepEqual(answers, statuses);
  const bad = new SocketClient(hub.wsUrl, undefined);
  await bad.opened();
  assert.equal((await bad.call("auth", { body: { token: mistyped } })).status, 401);
  await bad.closed(kPatience);

  // The one file that holds a secret holds the pepper, which is nowhere else.
  const pepperFile = readFileSync(join(data, "secrets"), "utf8").trim();
  const pepper = pepperFile.slice("pepper=".length);

  const told = async (path) => (await hub.rest.get(path)).raw;
  const places = {
    "/metrics": await told("/metrics"),
    "the audit": await told("/v1/audit?limit=1000"),
    "the list of keys": await told("/v1/devices/lamp-1/keys"),
    "the status": await told("/v1/status"),
    "the status at the command line": (await hub.cli("status", "--json")).out,
    "the exported audit": runNow(tandem, ["audit", "export", "--data", data]).out,
  };
  // A search that finds nothing because it cannot find proves nothing.
  const adminId = admin.admin_key.split("_")[1];
  assert.ok(places["the audit"].includes(adminId), "the audit names keys by their ids");
  const all = { ...secrets, "the pepper": pepper };
  for (const [where, bytes] of Object.entries(places)) look(all, where, bytes);
  let files = 0;
  const inFiles = (when) => {
    for (const file of filesUnder(data)) {
      ++files;
      look(file === join(data, "secrets") ? secrets : all, `${file}, ${when}`, readFileSync(file));
    }
  };
  inFiles("while it runs");
  const limits = readFileSync(`/proc/${hub.pid}/limits`, "utf8");
  assert.match(limits, /^Max core file size +0 +0 /m, "it leaves no core");
  await hub.stop();
  inFiles("when it has stopped");
  assert.ok(files >= 8, `${files} files`);
  const registry = readFileSync(join(data, "registry.db"));
  assert.ok(registry.includes("lamp-1") && registry.includes(keyId), "the files can be searched");
  assert.match(hub.log, /sandboxed|stopped/);
  look(all, "the log", hub.log);
});

test("everything in the data directory is its owner's alone", async (t) => {
  const { data, admin } = initialise();
  const hub = new Hub({ data, admin });
  t.after(() => hub.stop());
  await hub.start();
  await hub.device("lamp-1");
  assert.equal(statSync(data).mode & 0o777, 0o700);
  for (const file of filesUnder(data)) {
    assert.equal(statSync(file).mode & 0o077, 0, file);
  }
});
