// Devices that prove themselves with a TLS client certificate: who is let in, who is nobody, and who
// gets no connection, through both doors, with whole and with resumed handshakes. T-62.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import tls from "node:tls";

import WebSocket from "ws";

import { openssl, selfSigned } from "./certificates.mjs";
import { freshFolder, startHub } from "./hub.mjs";
import { within } from "./wait.mjs";

const kPatience = 10_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
const kKeys = {
  "P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "RSA 2048": ["rsa:2048"],
  "RSA 1024": ["rsa:1024"],
  Ed25519: ["ed25519"],
};
const kAuthority = "basicConstraints=critical,CA:TRUE";
const kClient = "extendedKeyUsage=clientAuth";

const folder = freshFolder();
let made = 0;
writeFileSync(join(folder, "index.txt"), "");
writeFileSync(
  join(folder, "ca.cnf"),
  `[ca]\ndefault_ca=it\n[it]\ndatabase=${folder}/index.txt\nnew_certs_dir=${folder}\npolicy=any\n` +
    "default_md=sha256\nrand_serial=yes\nunique_subject=no\n[any]\ncommonName=optional\n",
);

/**
 * A certificate that `authority` signs: `{cert, key, chain}`, names of files and, as `chain`, the text
 * of those between it and the root.
 */
function issue(authority, subject, extensions, { kind = "P-256", from = "20250101000000Z", to = "21250101000000Z", digest = "sha256", key } = {}) {
  const name = join(folder, `${++made}`);
  const out = { cert: `${name}.pem`, key: key ?? `${name}-key.pem` };
  const fresh = key ? ["-key", key] : ["-newkey", ...kKeys[kind], "-nodes", "-keyout", out.key];
  openssl(["req", "-new", ...fresh, "-subj", `/CN=${subject}`, "-out", `${name}.csr`]);
  writeFileSync(`${name}.ext`, extensions.join("\n"));
  openssl([
    ...["ca", "-batch", "-config", join(folder, "ca.cnf"), "-notext", "-md", digest],
    ...["-in", `${name}.csr`, "-out", out.cert, "-startdate", from, "-enddate", to],
    ...["-extfile", `${name}.ext`, "-cert", authority.cert, "-keyfile", authority.key],
  ]);
  out.chain = authority.root ? "" : readFileSync(authority.cert, "utf8") + (authority.chain ?? "");
  return out;
}

function root(subject) {
  const name = join(folder, `${++made}`);
  const out = { cert: `${name}.pem`, key: `${name}-key.pem`, root: true };
  openssl([
    ...["req", "-x509", "-newkey", ...kKeys["P-256"], "-nodes", "-keyout", out.key, "-out", out.cert],
    ...["-subj", `/CN=${subject}`, "-days", "100", "-addext", kAuthority],
  ]);
  return out;
}

/** The certificate with a byte of its signature changed. */
function tampered({ cert, key, chain }) {
  const der = Buffer.from(readFileSync(cert, "utf8").replace(/-----.*-----|\s/g, ""), "base64");
  der[der.length - 5] ^= 1;
  const name = `${cert}.tampered`;
  const lines = der.toString("base64").match(/.{1,64}/g).join("\n");
  writeFileSync(name, `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
  return { cert: name, key, chain };
}

/** What a client shows: its certificate with those between it and the root. */
const shown = (who) => {
  // Whatever it is, this end shows it: the hub is to judge.
  const willing = { ciphers: "DEFAULT@SECLEVEL=0" };
  if (!who) return willing;
  const cert = readFileSync(who.cert, "utf8") + (who.chain ?? "");
  return { ...willing, cert, key: readFileSync(who.key) };
};

/** Asks `GET /v1/me`: who the hub says it is, "nobody" or "closed"; also the ticket of the session. */
function overRest(hub, who, session) {
  const { port } = new URL(hub.url);
  const options = { port, host: "127.0.0.1", servername: "localhost", ca: hub.tls.ca, session };
  const found = { ticket: undefined, resumed: false };
  const answered = new Promise((done) => {
    const socket = tls.connect({ ...options, ...shown(who), ALPNProtocols: ["http/1.1"] });
    let text = "";
    socket.on("session", (ticket) => (found.ticket = ticket));
    socket.on("secureConnect", () => {
      found.resumed = socket.isSessionReused();
      socket.write("GET /v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    });
    socket.on("data", (bytes) => (text += bytes));
    socket.on("error", () => {});
    socket.on("close", () => done(text));
  });
  return within(kPatience, "an answer", answered).then((text) => {
    const [head, body] = text.split("\r\n\r\n");
    if (!head) return { ...found, is: "closed" };
    if (head.startsWith("HTTP/1.1 401 ")) return { ...found, is: "nobody" };
    assert.match(head, /^HTTP\/1\.1 200 /);
    return { ...found, is: JSON.parse(body).id };
  });
}

/** The same over a WebSocket: whom the hub greets. */
function overSocket(hub, who, session) {
  const url = `${hub.wsUrl.replace("127.0.0.1", "localhost")}`;
  const options = { ca: hub.tls.ca, session, perMessageDeflate: false, family: 4, ...shown(who) };
  const greeted = new Promise((done) => {
    const socket = new WebSocket(url, ["tandem.v1.json"], options);
    socket.on("open", () => socket.send('{"id":1,"op":"me.get"}'));
    socket.on("message", (bytes) => {
      const message = JSON.parse(bytes.toString());
      done(message.hello ? { is: message.hello.principal.id, socket } : { is: "nobody", socket });
    });
    socket.on("error", () => {});
    socket.on("close", () => done({ is: "closed" }));
  });
  return within(kPatience, "a greeting", greeted);
}

const authority = root("authority");
const between = issue(authority, "between", [kAuthority, "keyUsage=keyCertSign"]);
const deep = issue(issue(authority, "short", ["basicConstraints=critical,CA:TRUE,pathlen:0"]), "deep", [kAuthority]);
const limited = issue(authority, "limited", [kAuthority, "nameConstraints=critical,permitted;DNS:plant.example"]);
const past = { from: "20200101000000Z", to: "20210101000000Z" };
const leaf = issue(authority, "leaf", [kClient]);

// [what it is, whom it stands for, the certificate, what is done with it before]. A device is made of each
// that stands for one, and the certificate given to it.
const rows = [
  ["none", "nobody", null],
  ["of P-256", "device", issue(authority, "device", [kClient])],
  ["of P-384", "device", issue(authority, "device", [kClient], { kind: "P-384" })],
  ["of Ed25519", "device", issue(authority, "device", [kClient], { kind: "Ed25519" })],
  ["of RSA with 2048 bits", "device", issue(authority, "device", [kClient], { kind: "RSA 2048" })],
  ["for no purpose in particular", "device", issue(authority, "device", ["basicConstraints=CA:FALSE"])],
  ["for clients and servers", "device", issue(authority, "device", ["extendedKeyUsage=clientAuth,serverAuth"])],
  ["of an authority below", "device", issue(between, "device", [kClient])],
  ["with another device's name", "device", issue(authority, "granted", [kClient])],
  ["with another device's name beside", "device", issue(authority, "device", [kClient, "subjectAltName=DNS:granted"])],
  ["with the administrator's name", "device", issue(authority, "admin", [kClient])],
  ["that no device has", "nobody", issue(authority, "device", [kClient])],
  ["that the device has no more", "nobody", issue(authority, "device", [kClient]), "revoked"],
  ["of a device that was deleted", "nobody", issue(authority, "device", [kClient]), "deleted"],
  ["of the key of one that a device has", "nobody", issue(authority, "leaf", [kClient], { key: leaf.key })],
  ["the authority's own", "nobody", authority],
  ["of another authority", "closed", issue(root("another"), "device", [kClient])],
  ["of another authority of the same name", "closed", issue(root("authority"), "device", [kClient])],
  ["that signs itself", "closed", root("device")],
  ["that has run out", "closed", issue(authority, "device", [kClient], past)],
  ["that is not yet good", "closed", issue(authority, "device", [kClient], { from: "21000101000000Z" })],
  ["for servers", "closed", issue(authority, "device", ["extendedKeyUsage=serverAuth"])],
  ["for signing programs", "closed", issue(authority, "device", ["extendedKeyUsage=codeSigning"])],
  ["for any purpose, but not named", "closed", issue(authority, "device", ["extendedKeyUsage=anyExtendedKeyUsage"])],
  ["whose key may sign certificates only", "closed", issue(authority, "device", [kClient, "keyUsage=keyCertSign"])],
  ["whose key may encipher only", "closed", issue(authority, "device", [kClient, "keyUsage=keyEncipherment"])],
  ["without the authority between", "closed", { ...issue(between, "device", [kClient]), chain: "" }],
  ["of a device's", "closed", issue(leaf, "device", [kClient])],
  ["of one between that is no authority", "closed", issue(issue(authority, "no", ["basicConstraints=CA:FALSE"]), "device", [kClient])],
  ["further below than may be", "closed", issue(deep, "device", [kClient])],
  ["of one between that has run out", "closed", issue(issue(authority, "old", [kAuthority], past), "device", [kClient])],
  ["with a name that its authority may not give", "closed", issue(limited, "device", [kClient, "subjectAltName=DNS:evil.example"])],
  ["with a critical extension that nobody knows", "closed", issue(authority, "device", [kClient, "1.2.3.4=critical,ASN1:NULL"])],
  ["signed with SHA-1", "closed", issue(authority, "device", [kClient], { digest: "sha1" })],
  ["of RSA with 1024 bits", "closed", issue(authority, "device", [kClient], { kind: "RSA 1024" })],
  ["whose signature was changed", "closed", tampered(issue(authority, "device", [kClient]))],
];

test("a certificate lets in the device that has it and nobody else, at both doors", async (t) => {
  const hub = await startHub(t, { tls: selfSigned(), words: ["--tls-client-ca", authority.cert] });
  const give = async (device, { cert }) => {
    await hub.rest.must("POST", "/v1/devices", { id: device });
    const certificate = readFileSync(cert, "utf8");
    return (await hub.rest.must("POST", `/v1/devices/${device}/certificates`, { certificate })).body;
  };
  await hub.device("granted");
  await give("leaf", leaf);
  let cells = 0;
  const wrong = [];
  for (const [at, [what, stands, who, before]] of rows.entries()) {
    const device = `device-${at}`;
    if (stands === "device" || before !== undefined) {
      const { id } = await give(device, who);
      assert.match(id, /^[0-9a-f]{64}$/);
      const listed = (await hub.rest.must("GET", `/v1/devices/${device}/keys`)).body.items;
      assert.deepEqual(listed.map((key) => key.id), [id]);
      if (before === "revoked") await hub.rest.must("DELETE", `/v1/devices/${device}/keys/${id}`);
      if (before === "deleted") await hub.rest.must("DELETE", `/v1/devices/${device}`);
    }
    const expected = stands === "device" ? device : stands;
    const whole = await overRest(hub, who);
    const ways = { rest: whole.is, ws: (await overSocket(hub, who)).is };
    if (whole.ticket !== undefined && stands !== "closed") {
      const again = await overRest(hub, who, whole.ticket);
      ways["rest, resumed"] = again.resumed ? again.is : "not resumed";
      // A ticket is good for one connection.
      const next = await overRest(hub, who);
      ways["ws, resumed"] = (await overSocket(hub, who, next.ticket)).is;
    }
    for (const [way, is] of Object.entries(ways)) {
      ++cells;
      if (is !== expected) wrong.push(`${what}, ${way}: ${is}, not ${expected}`);
    }
  }
  const right = `${cells - wrong.length}/${cells}`;
  console.log(JSON.stringify({ id: "T-62", ok: wrong.length === 0, certificates: rows.length, cells: right }));
  assert.deepEqual(wrong, []);
});

test("a certificate that is revoked is out at once, also of its open socket and in a resumed session", async (t) => {
  const hub = await startHub(t, { tls: selfSigned(), words: ["--tls-client-ca", authority.cert] });
  const who = issue(authority, "lamp-1", [kClient]);
  await hub.rest.must("POST", "/v1/devices", { id: "lamp-1" });
  const certificate = readFileSync(who.cert, "utf8");
  const path = "/v1/devices/lamp-1/certificates";
  const { id, expires } = (await hub.rest.must("POST", path, { certificate })).body;
  assert.equal(new Date(expires).toISOString(), "2125-01-01T00:00:00.000Z");
  const { ticket, is } = await overRest(hub, who);
  assert.equal(is, "lamp-1");
  const { socket } = await overSocket(hub, who);
  const closed = new Promise((done) => socket.on("close", done));
  const began = performance.now();
  await hub.rest.must("DELETE", `/v1/devices/lamp-1/keys/${id}`);
  assert.equal(await within(kPatience, "the end of the socket", closed), 4401);
  const ms = performance.now() - began;
  console.log(JSON.stringify({ id: "T-63", what: "certificate", ms: Number(ms.toFixed(1)) }));
  assert.ok(ms < 1_000, `${ms} ms`);
  assert.equal((await overRest(hub, who)).is, "nobody");
  assert.equal((await overRest(hub, who, ticket)).is, "nobody");
});

test("a certificate is given to one device, by whoever may manage keys", async (t) => {
  const hub = await startHub(t, { tls: selfSigned(), words: ["--tls-client-ca", authority.cert] });
  const who = issue(authority, "lamp-1", [kClient]);
  const certificate = readFileSync(who.cert, "utf8");
  const lamp = await hub.device("lamp-1");
  await hub.device("lamp-2");
  const path = "/v1/devices/lamp-1/certificates";
  const own = hub.client(lamp.key);
  assert.equal((await own.ask("POST", path, { certificate })).status, 403, "a device gives itself none");
  assert.equal((await hub.rest.ask("POST", path, { certificate })).status, 201);
  const twice = await hub.rest.ask("POST", "/v1/devices/lamp-2/certificates", { certificate });
  assert.equal(twice.status, 409);
  assert.equal(twice.body.type, "/problems/already-exists");
  // With its key the device has two already.
  const more = readFileSync(issue(authority, "lamp-1", [kClient]).cert, "utf8");
  assert.equal((await hub.rest.ask("POST", path, { certificate: more })).status, 409);
  const old = readFileSync(issue(authority, "lamp-2", [kClient], past).cert, "utf8");
  for (const text of ["", "x", certificate + certificate, readFileSync(who.key, "utf8"), old]) {
    const refused = await hub.rest.ask("POST", "/v1/devices/lamp-2/certificates", { certificate: text });
    assert.equal(refused.status, 400, text);
    assert.equal(refused.body.errors[0].pointer, "/certificate");
  }
  const missing = await hub.rest.ask("POST", "/v1/devices/none/certificates", { certificate: more });
  assert.equal(missing.status, 404);
  // The id is no secret, and no key.
  const { id } = (await hub.rest.must("GET", "/v1/devices/lamp-1/keys")).body.items.at(-1);
  for (const token of [id, `tdk_${id}`]) {
    const asked = hub.client(token);
    assert.equal((await asked.ask("GET", "/v1/me")).status, 401);
  }
});
