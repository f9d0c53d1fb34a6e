// Every file that the hub reads is taken away, emptied, garbled, cut, locked or opened to others:
// it refuses to start and names the file, or goes on as it was. T-51.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import tls from "node:tls";

import { selfSigned } from "./certificates.mjs";
import { freshFolder, Hub, initialise, runNow, start, tandem } from "./hub.mjs";
import { eventually, within } from "./wait.mjs";

const kPatience = 20_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
const kNobody = 65_534;
const isRoot = process.getuid() === 0;

let rows = 0;
let open = 0;
// Rows that take root to make: those of files that are somebody else's.
let forRoot = 0;
after(() => {
  console.log(JSON.stringify({ id: "T-51", ok: open === 0, rows, fail_open: open, for_root: forRoot }));
  console.log(`fail_open ${open} of ${rows}`);
});

/** What can befall a file; each is given its name. */
const harms = {
  deleted: (file) => rmSync(file),
  empty: (file) => truncateSync(file, 0),
  garbled: (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5)),
  cut: (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  unreadable: (file) => chmodSync(file, 0o000),
  "read by the group": (file) => chmodSync(file, 0o640),
  "read by others": (file) => chmodSync(file, 0o604),
  "written by others": (file) => chmodSync(file, 0o646),
  "somebody else's": (file) => chownSync(file, kNobody, kNobody),
  "a directory": (file) => (rmSync(file), mkdirSync(file)),
  // Whoever opens it waits for somebody to write.
  "a pipe": (file) => (rmSync(file), assert.equal(runNow("mkfifo", ["-m", "600", file]).code, 0)),
  "another key": (file) => copyFileSync(selfSigned("other").key, file),
  "an unknown setting": (file) => writeFileSync(file, 'lisen = "127.0.0.1:0"\n'),
  "a wrong value": (file) => writeFileSync(file, "loops = -1\n"),
};

// What is in a hub's directory, made once.
let model;
function makeModel() {
  const folder = freshFolder();
  const { admin } = initialise(join(folder, "data"));
  for (const name of ["hub", "authority", "issuer"]) selfSigned(name, folder);
  return { folder, admin };
}

/** A hub's files, all as they must be, in a directory that anybody may enter. */
function site() {
  const { folder: from, admin } = (model ??= makeModel());
  const folder = freshFolder();
  cpSync(from, folder, { recursive: true });
  chmodSync(folder, 0o755);
  const [data, cert, key, ca] = ["data", "hub.pem", "hub-key.pem", "authority.pem"].map((name) =>
    join(folder, name),
  );
  const config = join(folder, "hub.toml");
  const issuer = join(folder, "issuer.pem");
  const secret = join(folder, "issuer.secret");
  writeFileSync(secret, "a secret of an issuer's\n", { mode: 0o600 });
  writeFileSync(config, `tls_cert = "${cert}"\ntls_key = "${key}"\ntls_client_ca = "${ca}"
[[issuers]]
issuer = "https://127.0.0.1:1/"
audience = "tandem"
algorithms = ["ES256"]
app = "erp"
ca = "${issuer}"
[[issuers.scopes]]
claim = "scope"
scopes = ["telemetry:read"]
[issuers.login]
name = "The plant"
client_id = "tandem"
secret_file = "${secret}"
[[issuers.login.people]]
claim = "groups"
word = "ops"
role = "operator"
`);
  chmodSync(config, 0o644);
  const files = {
    secrets: join(data, "secrets"),
    "registry.db": join(data, "registry.db"),
    "telemetry.db": join(data, "telemetry.db"),
    certificate: cert,
    "private key": key,
    "clients' authorities": ca,
    "issuer's authorities": issuer,
    "issuer's secret": secret,
    settings: config,
  };
  return { folder, data, admin, files };
}

/** Gives all of it to nobody, who cannot read what is locked. */
function giveAway(path) {
  chownSync(path, kNobody, kNobody);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name));
}

function wordsOf({ data, files }) {
  return ["serve", "--data", data, "--config", files.settings, "--listen", "127.0.0.1:0"];
}

/** How the hub starts: `listening`, or its exit code and what it says. */
async function begin(program, words) {
  const child = start(program, words);
  const listening = child.lines
    .find((line) => line.startsWith("listening on "), kPatience, "the hub")
    .then(() => "listening", () => "ended");
  const first = await Promise.race([listening, child.ended.then(() => "ended")]);
  if (first === "listening") child.process.kill("SIGKILL");
  const { code } = await within(kPatience, "the end of the hub", child.ended);
  return { first, code, err: child.err };
}

const kOfEach = ["deleted", "empty", "garbled", "cut", "unreadable", "a directory", "a pipe"];
const kAtStart = {
  secrets: [...kOfEach, "read by the group", "read by others", "written by others", "somebody else's"],
  "registry.db": ["deleted", "empty", "garbled", "cut", "unreadable", "a directory"],
  "telemetry.db": ["deleted", "empty", "garbled", "cut", "unreadable", "a directory"],
  certificate: kOfEach,
  "private key": [...kOfEach, "read by others", "somebody else's", "another key"],
  "clients' authorities": [...kOfEach, "written by others", "somebody else's"],
  "issuer's authorities": [...kOfEach, "written by others", "somebody else's"],
  "issuer's secret": ["deleted", "empty", "unreadable", "a directory", "a pipe", "read by others",
    "written by others", "somebody else's"],
  settings: [...kOfEach, "written by others", "somebody else's", "an unknown setting", "a wrong value"],
};

test("with all as it must be it starts", async () => {
  const whole = site();
  assert.equal((await begin(tandem, wordsOf(whole))).first, "listening");
});

for (const [what, kinds] of Object.entries(kAtStart)) {
  test(`it does not start without its ${what}, and says why`, async (t) => {
    for (const kind of kinds) {
      const at = site();
      const file = at.files[what];
      // The store has been in use: SQLite has nothing beside it.
      let [program, words] = [tandem, wordsOf(at)];
      if (kind === "unreadable" && isRoot) {
        // Nothing is locked to root, so nobody runs it.
        giveAway(at.folder);
        const as = ["--reuid", `${kNobody}`, "--regid", `${kNobody}`, "--clear-groups", "--"];
        [program, words] = ["/usr/bin/setpriv", [...as, tandem, ...words]];
      }
      if (kind === "somebody else's" && !isRoot) {
        ++forRoot;
        t.diagnostic(`${what} ${kind}: only root can give a file away`);
        continue;
      }
      harms[kind](file);
      const { first, code, err } = await begin(program, words);
      ++rows;
      open += first === "listening" ? 1 : 0;
      assert.equal(first, "ended", `${what} ${kind}: it listens`);
      // Of settings, and what is read with them, nothing comes right by itself; a file may.
      const setting = ["settings", "issuer's secret"].includes(what);
      assert.equal(code, setting ? 2 : 1, `${what} ${kind}: ${err}`);
      const name = what.endsWith(".db") ? what : file;
      assert.ok(err.includes(name), `${what} ${kind}: ${err} does not name ${name}`);
    }
  });
}

test("a lost registry.db is not made anew by tandem init either", () => {
  const at = site();
  rmSync(at.files["registry.db"]);
  const refused = runNow(tandem, ["init", "--data", at.data]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /registry\.db: is missing or empty beside existing data; restore it/);
  assert.ok(!existsSync(at.files["registry.db"]));
});

test("both databases lost beside the log of readings are not made anew", async () => {
  const at = site();
  const hub = new Hub({ data: at.data, admin: at.admin });
  await hub.start();
  const { key } = await hub.device("lamp-1");
  await hub.client(key).must("POST", "/v1/me/telemetry", { n: 1 });
  await hub.stop();
  assert.notDeepEqual(readdirSync(join(at.data, "log")), []);
  for (const name of ["registry.db", "telemetry.db"]) rmSync(at.files[name]);
  const { first, code, err } = await begin(tandem, wordsOf(at));
  ++rows;
  open += first === "listening" ? 1 : 0;
  assert.equal(first, "ended");
  assert.equal(code, 1);
  const says = /registry\.db: is missing or empty beside existing data; restore it/;
  assert.match(err, says);
  assert.match(runNow(tandem, ["init", "--data", at.data]).err, says);
  assert.ok(!existsSync(at.files["registry.db"]));
});

test("settings that only root can read are no settings of a hub that becomes another user", async (t) => {
  const at = site();
  if (!isRoot) {
    const { first, code, err } = await begin(tandem, [...wordsOf(at), "--user", "nobody"]);
    assert.equal(first, "ended");
    assert.equal(code, 2);
    assert.match(err, /nobody: only root can become another user/);
    return;
  }
  giveAway(at.folder);
  const config = at.files.settings;
  // Root's, and both may read it: it is the settings that are in the way.
  chownSync(at.files["issuer's secret"], 0, kNobody);
  chmodSync(at.files["issuer's secret"], 0o640);
  chownSync(config, 0, 0);
  chmodSync(config, 0o600);
  const { first, code, err } = await begin(tandem, [...wordsOf(at), "--user", "nobody"]);
  assert.equal(first, "ended");
  assert.equal(code, 2);
  assert.match(err, /hub\.toml: user nobody cannot read it, which a reload takes: chgrp it/);
  chownSync(config, 0, kNobody);
  chmodSync(config, 0o640);
  const hub = new Hub({ data: at.data, words: ["--config", config, "--user", "nobody"] });
  t.after(() => hub.stop());
  hub.tls = undefined;
  await hub.start();
  hub.signal("SIGHUP");
  await eventually(kPatience, "the reload", () => / reloaded certificate=/.test(hub.log));
});

test("a data directory of somebody else is left alone", async () => {
  const at = site();
  const [me, owner] = isRoot ? [0, kNobody] : [process.getuid(), 0];
  if (isRoot) chownSync(at.data, owner, owner);
  else at.data = "/usr"; // Only root can give one away, and everybody finds one of root's.
  const { first, err } = await begin(tandem, wordsOf(at));
  ++rows;
  open += first === "listening" ? 1 : 0;
  assert.equal(first, "ended");
  const says = `${at.data}: belongs to user ${owner}, and this is user ${me}: chown, or run as that user`;
  assert.ok(err.includes(says), err);
});

/** The name on the certificate that the hub shows. */
async function shown(hub) {
  const { port } = new URL(hub.url);
  const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await within(kPatience, "the handshake", new Promise((done, refuse) => {
    socket.once("secureConnect", done).once("error", refuse);
  }));
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

/** Whom it lets do what. */
async function decisions(hub, key) {
  const status = async (client, method, path, body) => (await client.ask(method, path, body)).status;
  const device = hub.client(key);
  const stranger = hub.client("");
  return [
    await status(device, "GET", "/v1/me"),
    await status(device, "POST", "/v1/me/telemetry", { n: 1 }),
    await status(device, "POST", "/v1/devices", { id: "x" }),
    await status(device, "GET", "/v1/devices/lamp-2"),
    await status(device, "GET", "/v1/audit"),
    await status(stranger, "GET", "/v1/me"),
    await status(hub.client(`${key.slice(0, -1)}x`), "GET", "/v1/me"),
    await status(hub.rest, "GET", "/v1/devices"),
  ].join(" ");
}

test("a hub that runs keeps what it has when a file is not as it must be", async (t) => {
  const at = site();
  const { cert, ca } = { cert: at.files.certificate, ca: readFileSync(at.files.certificate) };
  const hub = new Hub({
    data: at.data,
    admin: at.admin,
    words: ["--config", at.files.settings],
  });
  t.after(() => hub.stop());
  hub.tls = undefined;
  await hub.start();
  hub.tls = { cert, ca };
  for (const id of ["lamp-1", "lamp-2"]) await hub.device(id);
  const { key } = await hub.key("lamp-1");
  const before = await decisions(hub, key);
  assert.equal(before, "200 200 403 404 403 401 401 200");
  const kept = join(freshFolder(), "kept");
  cpSync(at.folder, kept, { recursive: true, filter: (name) => !name.endsWith(".sock") });
  const refusals = () => hub.log.split("nothing was reloaded, all stays as it was").length - 1;
  const reloads = () => hub.log.split(" reloaded certificate=").length - 1;
  const kinds = {
    certificate: ["deleted", "empty", "garbled", "cut", "a directory", "a pipe"],
    "private key": ["deleted", "empty", "garbled", "cut", "read by others", "a pipe", "another key"],
    "clients' authorities": ["deleted", "empty", "garbled", "cut", "a pipe", "written by others"],
    settings: [...kOfEach, "written by others", "an unknown setting", "a wrong value"].filter(
      (kind) => kind !== "unreadable",
    ),
  };
  for (const [what, some] of Object.entries(kinds)) {
    for (const kind of some) {
      const told = refusals();
      const file = at.files[what];
      harms[kind](file);
      hub.signal("SIGHUP");
      await eventually(kPatience, `the refusal of ${what} ${kind}`, () => refusals() > told);
      const [why] = /(?<= why=).*/.exec(hub.log.slice(hub.log.lastIndexOf("nothing was reloaded")));
      assert.ok(why.includes(file), `${what} ${kind}: ${why} does not name ${file}`);
      const now = await decisions(hub, key);
      ++rows;
      open += now === before ? 0 : 1;
      assert.equal(now, before, `${what} ${kind}`);
      assert.equal(await shown(hub), "hub", `${what} ${kind}`);
      rmSync(file, { recursive: true, force: true });
      cpSync(join(kept, file.slice(at.folder.length)), file);
    }
  }
  // What is the store's own is open already, and nothing makes it look again.
  for (const what of ["secrets", "registry.db"]) {
    const told = reloads();
    rmSync(at.files[what]);
    hub.signal("SIGHUP");
    await eventually(kPatience, `the reload without ${what}`, () => reloads() > told);
    const now = await decisions(hub, key);
    ++rows;
    open += now === before ? 0 : 1;
    assert.equal(now, before, `${what} deleted`);
  }
  await eventually(kPatience, "an audit line of each", async () => {
    const { body } = await hub.rest.must("GET", "/v1/audit?action=hub.reload&limit=1000");
    const good = body.items.filter((line) => line.result === "ok").length;
    return good === reloads() && body.items.length - good === refusals();
  });
  assert.ok(refusals() > 20, `${refusals()} refusals`);
});

test("a reload takes over the log level and says which settings take a restart", async (t) => {
  const { data, admin } = initialise();
  const config = join(dirname(data), "hub.toml");
  writeFileSync(config, 'log_level = "info"\n');
  chmodSync(config, 0o600);
  const hub = new Hub({ data, admin, words: ["--config", config] });
  t.after(() => hub.stop());
  await hub.start();
  let signals = 0;
  const reload = async (level) => {
    writeFileSync(config, `log_level = "${level}"\npublic_hosts = ["hub.example"]\n`);
    hub.signal("SIGHUP");
    ++signals;
    await eventually(kPatience, "the audit line", async () => {
      const { body } = await hub.rest.must("GET", "/v1/audit?kind=config_changed");
      return body.items.length === signals;
    });
  };
  const told = () => hub.log.split(" reloaded certificate=").length - 1;
  await reload("error");
  await eventually(kPatience, "the reload", () => told() === 1);
  assert.match(hub.log, /a changed setting takes a restart.*setting=public_hosts/);
  assert.doesNotMatch(hub.log, /setting=log_level/);
  // It is told at the level that was: not now, and at the next one again.
  await reload("info");
  assert.equal(told(), 1);
  await reload("info");
  await eventually(kPatience, "the third reload", () => told() >= 2);
  assert.equal(told(), 2);
});
