// `tandem doctor` through nginx and HAProxy with settings that are in the way: each of them is
// found and named, what gets through all the same is what is advised.
import assert from "node:assert/strict";
import { createServer } from "node:net";

import { selfSigned } from "./certificates.mjs";
import { runBeside, runNow, startHub, tandem } from "./hub.mjs";
import { startHaproxy, startNginx, withoutProxies } from "./servers.mjs";
import { atOnce } from "./together.mjs";

const test = atOnce(4);
const kMs = 120_000;
// Longer than what the proxies here cut, shorter than what the hub says of itself.
const kWatch = "6s";

async function doctor(url, key, ...words) {
  const done = await runBeside(tandem, ["doctor", url, "--json", "--watch", kWatch, ...words],
    { env: { TANDEM_KEY: key ?? "" }, ms: kMs });
  assert.notEqual(done.out, "", done.err);
  const found = JSON.parse(done.out);
  assert.equal(done.code, found.good ? 0 : found.reached ? 1 : 3, done.out);
  const line = (name) => found.lines.find((each) => each.name === name);
  const bad = found.lines.filter((each) => !each.good).map((each) => each.name);
  return { ...found, line, bad, all: JSON.stringify(found) };
}

const port = (hub) => new URL(hub.url).port;
const local = (number) => `http://127.0.0.1:${number}`;

// What every nginx here does; upgrades are let through where they are not what is tried.
const kPass = `proxy_set_header Host 127.0.0.1;`;
const kUpgrade = `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $say;`;
const kSay = `map $http_upgrade $say { default upgrade; '' ''; }`;
const nginx = (t, hub, words, location = "") =>
  startNginx(t, `${words} location / { proxy_pass http://127.0.0.1:${port(hub)}; ${kPass}
    ${location} }`, kSay);

test("nothing is in the way of a hub that is reached directly", async (t) => {
  const hub = await startHub(t);
  const found = await doctor(hub.url, hub.admin.admin_key);
  assert.deepEqual(found.bad, [], found.all);
  assert.equal(found.door, "ws");
  assert.equal(found.server, "tandem");
  assert.equal(found.kept, true);
  assert.equal(found.sse_buffered, false);
  for (const name of ["socket", "sse", "long_poll", "idle"]) {
    assert.equal(found[name].works, true, name);
    assert.equal(found[name].cut_ms, undefined, name);
  }
  assert.equal(found.tls, null);
  // It has left nothing behind.
  const devices = await hub.rest.get("/v1/devices");
  assert.deepEqual(devices.body.items, []);
});

test("a proxy that cuts what is silent: the time is found, and what holds a socket open",
  { skip: withoutProxies }, async (t) => {
    const hub = await startHub(t);
    const proxy = await nginx(t, hub, "proxy_read_timeout 2s;", kUpgrade + "proxy_buffering off;");
    const found = await doctor(local(proxy.port), hub.admin.admin_key);
    assert.ok(found.bad.includes("socket_idle"), found.all);
    // Never before its time; how much later, is the machine's business.
    assert.ok(found.socket.cut_ms >= 1_900 && found.socket.cut_ms < 6_000, found.all);
    assert.equal(found.socket_beating.cut_ms, undefined, found.all);
    assert.equal(found.door, "ws");
    assert.ok(found.take.some((each) => each.includes("Say something on it every")), found.all);
    // The same timeout ends a stream that has nothing to say, and a poll that waits.
    assert.ok(found.sse.cut_ms >= 1_900, found.all);
    assert.ok(found.long_poll.cut_ms >= 1_900, found.all);
  });

test("a proxy that lets no upgrade through: server-sent events are advised",
  { skip: withoutProxies }, async (t) => {
    const hub = await startHub(t);
    const proxy = await nginx(t, hub, "", `proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_buffering off;`);
    const found = await doctor(local(proxy.port), hub.admin.admin_key);
    assert.deepEqual(found.bad, ["upgrade"], found.all);
    assert.equal(found.socket.works, false);
    assert.equal(found.door, "sse");
    assert.ok(found.line("reach").says.includes("nginx"), found.all);
  });

test("a proxy that buffers server-sent events is told from one that cuts them",
  { skip: withoutProxies }, async (t) => {
    const hub = await startHub(t);
    // As nginx comes: HTTP/1.0 to the hub, whose answers are passed on when a buffer is full.
    const proxy = await nginx(t, hub, "", "proxy_ignore_headers X-Accel-Buffering;");
    const found = await doctor(local(proxy.port), hub.admin.admin_key);
    assert.deepEqual(found.bad, ["upgrade", "sse"], found.all);
    assert.equal(found.sse_buffered, true);
    assert.equal(found.sse.cut_ms, undefined, found.all);
    assert.ok(found.line("sse").says.includes("buffered"), found.all);
    assert.equal(found.door, "poll");
  });

test("a proxy that keeps no connection is named, and one that closes idle ones is timed",
  { skip: withoutProxies }, async (t) => {
    const hub = await startHub(t);
    const none = await nginx(t, hub, "keepalive_timeout 0;", kUpgrade + "proxy_buffering off;");
    const first = await doctor(local(none.port), hub.admin.admin_key);
    assert.deepEqual(first.bad, ["keep_alive"], first.all);
    assert.equal(first.kept, false);
    assert.ok(first.take.some((each) => each.includes("batches")), first.all);

    const some = await nginx(t, hub, "keepalive_timeout 2s;", kUpgrade + "proxy_buffering off;");
    const second = await doctor(local(some.port), hub.admin.admin_key);
    assert.deepEqual(second.bad, [], second.all);
    assert.equal(second.kept, true);
    assert.ok(second.idle.cut_ms >= 1_900, second.all);
  });

test("HAProxy: a tunnel that is cut, and connections that are closed",
  { skip: withoutProxies }, async (t) => {
    const hub = await startHub(t);
    const tunnel = await startHaproxy(t, port(hub), {
      defaults: "timeout client 30s\n timeout server 30s\n timeout tunnel 2s",
      backend: "http-request set-header Host 127.0.0.1",
    });
    const cut = await doctor(local(tunnel.port), hub.admin.admin_key);
    assert.deepEqual(cut.bad, ["socket_idle"], cut.all);
    assert.ok(cut.socket.cut_ms >= 1_900 && cut.socket.cut_ms < 6_000, cut.all);
    assert.equal(cut.socket_beating.cut_ms, undefined, cut.all);
    assert.equal(cut.door, "ws");

    const closing = await startHaproxy(t, port(hub), {
      defaults: "option httpclose\n timeout client 3s\n timeout server 3s\n timeout tunnel 30s",
      backend: "http-request set-header Host 127.0.0.1",
    });
    const closed = await doctor(local(closing.port), hub.admin.admin_key);
    assert.ok(closed.bad.includes("keep_alive"), closed.all);
    assert.ok(!closed.bad.includes("socket_idle"), closed.all);
    assert.ok(closed.long_poll.cut_ms >= 2_900, closed.all);
    assert.equal(closed.door, "ws");
  });

test("of TLS it says what is there, and what is wrong with a certificate", async (t) => {
  const tls = selfSigned();
  const hub = await startHub(t, { tls });
  const trusted = await doctor(hub.url, hub.admin.admin_key, "--ca", tls.cert);
  // It is good for two days.
  assert.deepEqual(trusted.bad, ["tls"], trusted.all);
  assert.ok(trusted.take.some((each) => each.startsWith("Renew")), trusted.all);
  assert.equal(trusted.door, "ws");
  assert.equal(trusted.tls.distrust, "");
  assert.equal(trusted.tls.resumes, true);
  assert.equal(trusted.tls.alpn, "http/1.1");
  assert.ok(trusted.tls.version.startsWith("TLSv1."), trusted.all);
  const strange = await doctor(hub.url, hub.admin.admin_key);
  assert.deepEqual(strange.bad, ["tls", "reach"], strange.all);
  assert.notEqual(strange.tls.distrust, "");
});

test("a device's key is enough, and without a key there is still something to see", async (t) => {
  const hub = await startHub(t);
  const { key } = await hub.device("probe");
  const device = await doctor(hub.url, key);
  assert.deepEqual(device.bad, [], device.all);
  assert.equal(device.door, "ws");
  const nobody = await doctor(hub.url);
  assert.deepEqual(nobody.bad, [], nobody.all);
  assert.equal(nobody.door, undefined);
  assert.equal(nobody.socket.works, true);
  assert.equal(nobody.sse, null);
  assert.ok(nobody.take.some((each) => each.includes("--key")), nobody.all);
});

test("what is no hub, or no key of it, is said", async (t) => {
  const hub = await startHub(t);
  const wrong = await runBeside(tandem, ["doctor", hub.url, "--watch", "1s"],
    { env: { TANDEM_KEY: `tdk_${"x".repeat(40)}` } });
  assert.equal(wrong.code, 1, wrong.err);
  assert.ok(wrong.err.includes("unauthenticated"), wrong.err);
  const none = await doctor("http://127.0.0.1:1", "tdk_1");
  assert.equal(none.reached, false);
  // Something that listens and speaks no HTTP.
  // Whoever has seen enough may reset the connection.
  const server = createServer((socket) => socket.on("error", () => {}).end("hello\r\n"));
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const other = await doctor(local(server.address().port), "tdk_1");
  assert.equal(other.reached, false, other.all);
  server.close();
  assert.equal(runNow(tandem, ["doctor", "ftp://x"]).code, 2);
  assert.equal(runNow(tandem, ["doctor", "--watch", "1h"]).code, 2);
});
