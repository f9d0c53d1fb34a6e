// The doors over TLS, asked by Node's own TLS: which versions, resumption, a certificate that
// changes under way, and clients that have one too.
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";

import { selfSigned, signedBy } from "./certificates.mjs";
import { startHub } from "./hub.mjs";
import { eventually, within } from "./wait.mjs";

const kPatience = 5_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
const kRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Connects; resolves with the socket, or fails as the handshake does. */
function connect(hub, options = {}) {
  const { port } = new URL(hub.url);
  const socket = tls.connect({ port, host: "127.0.0.1", servername: "localhost", ca: hub.tls.ca, ...options });
  // TLS 1.2 gives the ticket before the handshake is over.
  socket.on("session", (ticket) => (socket.ticket = ticket));
  const secure = new Promise((done, refuse) => {
    socket.once("secureConnect", () => done(socket)).once("error", refuse);
  });
  return within(kPatience, "the TLS handshake", secure);
}

/** The answer to one request, as text. Fails when the connection ends without one. */
function ask(socket) {
  const answer = new Promise((done, refuse) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
      if (text.includes("\r\n\r\n")) done(text);
    });
    socket.once("error", refuse).once("close", () => refuse(new Error("closed without an answer")));
  });
  socket.write(kRequest);
  return within(kPatience, "the answer", answer);
}

async function refused(attempt) {
  return await attempt.then(
    () => "accepted",
    (error) => `refused: ${error.code ?? error.message}`,
  );
}

test("TLS 1.2 and 1.3 are spoken, older versions are not", async (t) => {
  const hub = await startHub(t, { tls: selfSigned() });
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const socket = await connect(hub, { minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    const answer = await ask(socket);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /strict-transport-security: max-age=63072000/i);
    socket.destroy();
  }
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  assert.match(await refused(connect(hub, old)), /^refused/);
});

test("a session is resumed by its ticket, in both versions", async (t) => {
  const hub = await startHub(t, { tls: selfSigned() });
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const options = { minVersion: version, maxVersion: version };
    const first = await connect(hub, options);
    await ask(first);
    first.destroy();
    const second = await connect(hub, { ...options, session: first.ticket });
    assert.equal(second.isSessionReused(), true, version);
    assert.match(await ask(second), /^HTTP\/1\.1 200 /);
    second.destroy();
  }
});

test("SIGHUP changes the certificate for new connections, and a broken one changes nothing", async (t) => {
  const before = selfSigned("before");
  const hub = await startHub(t, { tls: before });
  const after = selfSigned("after");
  const lasting = await connect(hub);
  const visited = await connect(hub);
  await ask(visited);
  visited.destroy();

  copyFileSync(after.cert, before.cert);
  copyFileSync(after.key, before.key);
  hub.signal("SIGHUP");
  await eventually(kPatience, "the new certificate", async () => {
    const socket = await connect(hub, { rejectUnauthorized: false });
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN === "after";
  });
  const back = await connect(hub, { session: visited.ticket, ca: after.ca });
  assert.equal(back.isSessionReused(), false, "tickets go with the certificate");
  back.destroy();
  assert.match(await ask(lasting), /^HTTP\/1\.1 200 /, "what was there goes on");
  lasting.destroy();

  writeFileSync(before.cert, "no certificate");
  hub.signal("SIGHUP");
  await eventually(kPatience, "the complaint", () => hub.log.includes("stays as it was"));
  const socket = await connect(hub, { ca: after.ca });
  assert.equal(socket.getPeerCertificate().subject.CN, "after");
  socket.destroy();
});

test("clients are asked for a certificate, and one of another authority is refused", async (t) => {
  const authority = selfSigned("authority");
  const words = ["--tls-client-ca", authority.cert];
  const hub = await startHub(t, { tls: selfSigned(), words });
  const none = await connect(hub);
  assert.match(await ask(none), /^HTTP\/1\.1 200 /, "without one all is as before");
  none.destroy();
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const options = { minVersion: version, maxVersion: version };
    const good = await connect(hub, { ...options, ...signedBy(authority, "lamp-1") });
    assert.match(await ask(good), /^HTTP\/1\.1 200 /);
    good.destroy();
    const again = await connect(hub, { ...options, session: good.ticket });
    assert.equal(again.isSessionReused(), true, `${version} is resumed`);
    assert.match(await ask(again), /^HTTP\/1\.1 200 /);
    again.destroy();
    const bad = signedBy(selfSigned("stranger"), "lamp-1");
    // In TLS 1.3 the client hears of it with its first answer.
    assert.match(await refused(connect(hub, { ...options, ...bad }).then(ask)), /^refused/, version);
  }
});

test("plain HTTP on a TLS port gets no answer", async (t) => {
  const hub = await startHub(t, { tls: selfSigned() });
  const socket = net.connect(Number(new URL(hub.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (bytes) => (text += bytes.toString("latin1"))).on("error", () => {});
  socket.write(kRequest);
  await within(kPatience, "the end", new Promise((done) => socket.once("close", done)));
  assert.doesNotMatch(text, /HTTP/);
});

test("TLS 1.2 is not renegotiated", async (t) => {
  const hub = await startHub(t, { tls: selfSigned() });
  const socket = await connect(hub, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
  await ask(socket);
  const asked = new Promise((done, refuse) => {
    socket.once("error", refuse).once("close", () => refuse(new Error("closed")));
    socket.renegotiate({}, (error) => (error ? refuse(error) : done()));
  });
  assert.match(await refused(within(kPatience, "the refusal", asked)), /^refused/);
  socket.destroy();
});

test("handshakes that are under way are limited, and the others still get in", async (t) => {
  const words = ["--limit", "tls.handshakes=20", "--limit", "tls.handshake_time=1"];
  const hub = await startHub(t, { tls: selfSigned(), words });
  const port = Number(new URL(hub.url).port);
  let came = 0;
  let open = 0;
  const silent = Array.from({ length: 60 }, () => {
    const socket = net.connect(port, "127.0.0.1");
    return socket
      .on("connect", () => ++came && ++open)
      .on("close", () => --open)
      .on("error", () => {});
  });
  await eventually(kPatience, "all to be there", () => came === silent.length);
  await eventually(kPatience, "those above the limit to be closed", () => open <= 20);
  await eventually(kPatience, "the others to be closed too", () => open === 0);
  assert.match(await ask(await connect(hub)), /^HTTP\/1\.1 200 /);
  for (const socket of silent) socket.destroy();
});
