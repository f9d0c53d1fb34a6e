// `tandem bench` beside servers that are no hub: nginx for REST, npm's ws for WebSocket. The same
// generator sends both the same messages, and the report tells the hub's own from the protocol's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, runBeside, runNow, tandem } from "./hub.mjs";
import { startEcho, startNginx, withoutProxies } from "./servers.mjs";

const kMs = 150_000;
const kFloors = [
  ["REST, a connection per request", "peer: REST, a connection per request"],
  ["REST, kept alive", "peer: REST, kept alive"],
  ["WebSocket, JSON", "peer: WebSocket, echo"],
];

const words = ["bench", "--quick", "--every", "1s", "--payload", "120", "--no-tls"];

test("nginx and an echo are measured with the hub's messages, and are its floor",
  { skip: withoutProxies }, async (t) => {
    const nginx = await startNginx(t, "keepalive_requests 1000000; location /sink { return 204; }");
    const echo = await startEcho(t);
    const page = join(freshFolder(), "page.html");
    const done = await runBeside(tandem, [...words, "--json", "--report", page, "--peer-rest",
      `http://127.0.0.1:${nginx.port}/sink`, "--peer-ws", `ws://127.0.0.1:${echo.port}/`],
    { ms: kMs });
    // 1: something was in the way of sound figures, as on a machine that does other things.
    assert.ok(done.code === 0 || done.code === 1, `${done.code} ${done.err}`);
    const result = JSON.parse(done.out);

    assert.deepEqual(result.ways.filter((each) => each.peer).map((each) => each.way),
      kFloors.map(([, peer]) => peer));
    for (const each of result.ways)
      assert.ok(each.answered > each.lost, `${each.way}: ${each.lost} lost`);
    const keepAlive = result.checks.find((each) => each.name === "keep_alive");
    assert.ok(keepAlive.good, keepAlive.says);
    assert.equal(result.peers.rest.processes, 1);
    assert.equal(result.peers.ws.processes, 1);

    assert.deepEqual(result.floors.map((each) => [each.way, each.peer]), kFloors);
    for (const { peer, figures } of result.floors) {
      for (const name of ["p50_us", "hub_cpu_us", "bytes", "flat_out_per_second"]) {
        const { hub, peer: theirs, own } = figures[name];
        assert.ok(hub > 0 && theirs > 0, `${peer} ${name}`);
        assert.ok(Math.abs(own - (hub - theirs)) <= 0.001 * (hub + theirs), `${peer} ${name}`);
      }
    }
    // The same messages: what goes up differs by the target alone, what comes back is the server's.
    const payload = (name) =>
      result.ways.find((each) => each.way === name).figures.payload_bytes.value;
    for (const [hub, peer] of kFloors)
      assert.ok(Math.abs(payload(hub) / payload(peer) - 1) < 0.01, peer);
    const lines = readFileSync(nginx.log, "utf8").trimEnd().split("\n");
    const answered = result.ways.filter((each) => each.peer && each.door === "rest")
      .reduce((sum, each) => sum + each.answered, 0);
    assert.ok(lines.length >= answered, `${lines.length} of ${answered}`);
    assert.ok(lines.every((line) => line.includes('"POST /sink HTTP/1.1" 204')));
    // What they are for is not in what the hub alone is judged by.
    assert.ok(result.constants["cpu.rest"] > 0);
    assert.ok(readFileSync(page, "utf8").includes("The hub beside servers that do nothing"));
  });

test("a peer that refuses, or is not there, is named", { skip: withoutProxies }, async (t) => {
  const nginx = await startNginx(t, "location / { return 403; }");
  const refused = await runBeside(tandem,
    [...words, "--peer-rest", `http://127.0.0.1:${nginx.port}/`], { ms: kMs });
  assert.equal(refused.code, 3, refused.err);
  assert.ok(refused.err.includes("peer: REST") && refused.err.includes("403"), refused.err);
  const plain = await runBeside(tandem,
    [...words, "--peer-ws", `ws://127.0.0.1:${nginx.port}/`], { ms: kMs });
  assert.notEqual(plain.code, 0);
  assert.ok(plain.err.includes("peer: WebSocket"), plain.err);
});

test("a peer that cannot be compared is refused before anything is started", () => {
  for (const [flag, url, says] of [
    ["--peer-rest", "ws://127.0.0.1:1/", "http://"],
    ["--peer-ws", "http://127.0.0.1:1/", "ws://"],
    ["--peer-rest", "https://127.0.0.1:1/", "TLS"],
    ["--peer-rest", "http://127.0.0.1:1/a b", "percent-encoded"],
    ["--peer-rest", "127.0.0.1:1", "http://"],
    ["--peer-rest", "http://127.0.0.1:port/", "127.0.0.1:port"],
  ]) {
    const done = runNow(tandem, [...words, flag, url]);
    assert.equal(done.code, 2, `${url}: ${done.err}`);
    assert.ok(done.err.includes(says), `${url}: ${done.err}`);
  }
});
