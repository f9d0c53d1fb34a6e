// A hub that has fenced itself in does all that it does elsewhere, and one that root starts as
// somebody else is that user.
import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { selfSigned } from "./certificates.mjs";
import { freshFolder, Hub, initialise, runNow, start, startHub, tandem } from "./hub.mjs";
import { Issuer, trusting } from "./issuer.mjs";
import { eventually } from "./wait.mjs";

const kPatience = 10_000 * Number(process.env.TANDEM_PATIENCE ?? 1);

/** What the kernel says of a process: `Seccomp`, `NoNewPrivs`, `Uid`. */
function statusOf(pid) {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
  return Object.fromEntries(lines.map((line) => line.split(":\t")));
}

/** Whether this kernel has what the sandbox needs: the kernel is asked, not the hub. */
function fences() {
  const abi = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))"; // landlock_create_ruleset
  const landlock = Number(runNow("python3", ["-c", abi]).out) >= 1;
  return landlock && existsSync("/proc/sys/kernel/seccomp/actions_avail");
}

/** What is promised where the kernel has not got it: the hub says so, and does not start. */
async function refusesToStart() {
  const { data } = initialise();
  const child = start(tandem, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--sandbox"]);
  const { code } = await child.ended;
  assert.equal(code, 2, child.err);
  assert.match(child.err, /this kernel has no (Landlock|seccomp)/);
}

/** Something of everything that a hub does. */
async function use(hub) {
  const id = `lamp-${Math.random().toString(36).slice(2)}`;
  const { key } = await hub.device(id);
  const device = hub.client(key);
  for (let at = 0; at < 50; ++at) {
    const some = Array.from({ length: 200 }, (_, each) => ({ t: 1_000 * (at * 200 + each), v: { n: each } }));
    await device.must("POST", "/v1/me/telemetry", some);
  }
  const { body } = await hub.rest.get(`/v1/devices/${id}/telemetry?limit=1000`);
  assert.equal(body.series.n.length, 1_000);
  const lamp = await hub.socket(key);
  const follower = await hub.follow({ devices: [id] });
  await device.must("POST", "/v1/me/telemetry", { n: 7 });
  await follower.events.find(() => true, kPatience, "the event");
  const sent = hub.rest.must("POST", `/v1/devices/${id}/commands`, { name: "on" });
  await lamp.commands.find(() => true, kPatience, "the command");
  await sent;
  lamp.close();
  follower.close();
  await hub.rest.must("PATCH", `/v1/devices/${id}/config`, { level: 3 }, { "content-type": "application/merge-patch+json" });
  await hub.rest.get("/metrics");
  assert.equal((await hub.rest.get("/v1/me?")).status, 200);
  const days = `series=n&step=86400000&tz=Europe/Berlin&aggregate=count`;
  const zone = await hub.rest.ask("GET", `/v1/devices/${id}/telemetry?${days}`);
  assert.equal(zone.status, 200, JSON.stringify(zone.body));
  return id;
}

test("a hub in its sandbox does everything, over a restart too", async (t) => {
  if (!fences()) return refusesToStart();
  // As certbot lays them out: names in one directory that lead to files in another.
  const folder = freshFolder();
  for (const name of ["live", "archive"]) mkdirSync(join(folder, name));
  const issue = (number, { cert, key, ca }) => {
    for (const [which, file] of Object.entries({ cert, key })) {
      copyFileSync(file, join(folder, "archive", `${which}${number}.pem`));
      chmodSync(join(folder, "archive", `${which}${number}.pem`), 0o600);
      const name = join(folder, "live", `${which}.pem`);
      symlinkSync(`../archive/${which}${number}.pem`, `${name}.new`);
      renameSync(`${name}.new`, name);
    }
    return { cert: join(folder, "live", "cert.pem"), key: join(folder, "live", "key.pem"), ca };
  };
  const tls = issue(1, selfSigned("first"));
  const made = initialise();
  const hub = new Hub({ ...made, tls, words: ["--sandbox"] });
  t.after(() => hub.stop());
  await hub.start();
  const status = statusOf(hub.pid);
  assert.equal(status.Seccomp, "2");
  assert.equal(status.NoNewPrivs, "1");
  assert.match(hub.log, / sandboxed /);
  const id = await use(hub);
  const backup = join(freshFolder(), "backup");
  const saved = await hub.cli("backup", backup);
  assert.equal(saved.code, 0, saved.err);
  assert.ok(statSync(backup).size > 1_000);
  assert.equal((await hub.cli("status")).code, 0);

  const next = issue(2, selfSigned("second"));
  hub.signal("SIGHUP");
  await eventually(kPatience, "the new certificate", () => hub.log.includes(" reloaded "));
  assert.equal((await hub.stop()).code, 0);

  const again = new Hub({ ...made, tls: next, words: ["--sandbox"] });
  t.after(() => again.stop());
  await again.start();
  assert.equal((await again.rest.get(`/v1/devices/${id}`)).status, 200);
  await use(again);
  assert.equal((await again.stop()).code, 0);
});

test("a hub in its sandbox asks its issuers, whose authorities are where the settings say", async (t) => {
  if (!fences()) return refusesToStart();
  const certificate = selfSigned("issuer");
  const tls = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  const issuer = await new Issuer().start(t, tls);
  const key = issuer.newKey("k1");
  const settings = trusting(issuer, `ca = "${certificate.cert}"`);
  const hub = await startHub(t, { words: ["--sandbox", "--config", settings] });
  await hub.rest.must("POST", "/v1/apps", { id: "plant" });
  const { status, body } = await hub.client(issuer.token(key)).ask("GET", "/v1/me");
  assert.equal(status, 200, hub.log);
  assert.equal(body.id, "plant");
});

test("root becomes the user it is told, and leaves nothing of root behind", async (t) => {
  if (process.getuid() !== 0) {
    const { data } = initialise();
    const asked = runNow(tandem, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--user", "root"]);
    assert.equal(asked.code, 2);
    return assert.match(asked.err, /only root can become another user/);
  }
  const folder = freshFolder();
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  // The directory is made for the user, and no hub's data yet.
  const words = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--user", "nobody"];
  const first = start(tandem, words);
  t.after(() => first.process.kill("SIGKILL"));
  const alone = (line) => line.startsWith("no administrator yet");
  await first.lines.find(alone, kPatience, "the setup token");
  first.process.kill("SIGTERM");
  assert.equal((await first.ended).code, 0);
  const { uid, mode } = statSync(data);
  assert.equal(uid, 65_534);
  assert.equal(mode & 0o777, 0o700);
  const { uid: ofSecrets } = statSync(join(data, "secrets"));
  assert.equal(ofSecrets, 65_534);

  const served = start(tandem, [...words, "--store", "memory"]);
  t.after(() => served.process.kill("SIGKILL"));
  await served.lines.find((line) => line.startsWith("listening on "), kPatience, "the hub");
  const status = statusOf(served.process.pid);
  assert.equal(status.Uid, "65534\t65534\t65534\t65534");
  assert.equal(status.Gid, "65534\t65534\t65534\t65534");
  assert.equal(status.CapEff, "0000000000000000");
  // Not to be looked into: what the kernel tells of it belongs to root.
  assert.equal(statSync(`/proc/${served.process.pid}/mem`).uid, 0);
  assert.ok(existsSync(`/proc/${served.process.pid}/mem`));
});

test("a user that there is not is refused", async () => {
  const { data } = initialise();
  const child = start(tandem, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--user", "no-such-user"]);
  const { code } = await child.ended;
  assert.equal(code, 2);
  assert.match(child.err, /user: no-such-user: there is no such user/);
});
