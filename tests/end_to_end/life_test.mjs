// A hub's life as its operator sees it: starting, refusing to start, draining, keys that end.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freshFolder, initialise, runBeside, runNow, startHub, tandem } from "./hub.mjs";
import { atOnce } from "./together.mjs";
import { eventually } from "./wait.mjs";

const test = atOnce(3);
const serve = (...words) => runBeside(tandem, ["serve", ...words]);

test("a hub that is told to end", async (t) => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    await t.test(`${signal}: sockets are closed with 1012, the exit code is 0`, async (each) => {
      const hub = await startHub(each);
      const device = await hub.device("lamp-1");
      const sockets = [
        await hub.socket(device.key),
        await hub.socket(hub.admin.admin_key, { encoding: "cbor" }),
      ];
      const codes = sockets.map((socket) => socket.closed(10_000));
      hub.ending = true;
      hub.signal(signal);
      for (const { code, reason } of await Promise.all(codes)) {
        assert.equal(code, 1012);
        assert.ok(JSON.parse(reason).retry_ms > 0, reason);
      }
      assert.deepEqual(await hub.ended, { code: 0, signal: null });
      assert.match(hub.log, /draining/);
    });
  }

  await t.test("a request that is being carried out is still answered", async (each) => {
    const hub = await startHub(each);
    const device = await hub.device("lamp-1");
    const client = hub.client(device.key, { pipelining: 10 });
    const writes = Array.from({ length: 10 }, (_, at) =>
      client.ask("POST", "/v1/me/telemetry", { t: at + 1, v: { n: at } }),
    );
    await writes[0]; // The others are at the hub or on their way.
    hub.ending = true;
    hub.signal("SIGTERM");
    const answered = (await Promise.allSettled(writes)).filter(
      ({ status, value }) => status === "fulfilled" && value.status === 200,
    ).length;
    assert.deepEqual(await hub.ended, { code: 0, signal: null });
    hub.closeClients();
    await hub.start();
    const { body } = await hub.rest.get("/v1/devices/lamp-1/telemetry?series=n");
    assert.ok(body.readings.length >= answered, `${body.readings.length} of ${answered} are there`);
  });

  await t.test("what it had is there when it starts again", async (each) => {
    const hub = await startHub(each);
    const device = await hub.device("lamp-1", { name: "Lamp", labels: { room: "study" } });
    await hub.rest.must("POST", "/v1/devices/lamp-1/telemetry", { t: 5, v: { power: 8.1 } });
    await hub.rest.must("PATCH", "/v1/devices/lamp-1/config", { on: true });
    const look = async () => ({
      device: { ...(await hub.rest.get("/v1/devices/lamp-1")).body, presence: null },
      latest: (await hub.rest.get("/v1/devices/lamp-1/latest")).body,
      twin: (await hub.rest.get("/v1/devices/lamp-1/twin")).body,
    });
    const before = await look();
    assert.equal((await hub.stop()).code, 0);
    await hub.start();
    assert.deepEqual(await look(), before);
    assert.equal((await hub.client(device.key).get("/v1/me")).body.id, "lamp-1");
  });
});

test("a hub that may not start says why in one line, and by its exit code whether it may later", async (t) => {
  const { data } = initialise();
  const junk = join(freshFolder(), "junk.pem");
  writeFileSync(junk, "no certificate\n", { mode: 0o600 });
  const file = import.meta.filename ?? new URL(import.meta.url).pathname;
  // What starts it again and again leaves it alone with 2, as packaging/tandem.service does.
  for (const [name, words, told, code = 2] of [
    ["plain HTTP on every address", ["--data", data, "--listen", "0.0.0.0:0"], /--insecure-listen/],
    ["a certificate without its key", ["--data", data, "--tls-cert", file], /--tls-key/],
    [
      "a certificate that is none",
      ["--data", data, "--listen", "127.0.0.1:0", "--tls-cert", junk, "--tls-key", junk],
      /is no certificate in PEM/,
      1,
    ],
    [
      "a limit that there is not",
      ["--data", data, "--limit", "speed=5"],
      /limits\.speed.*there are:/,
    ],
    ["an address that is none", ["--data", data, "--listen", "nowhere"], /HOST:PORT/],
    [
      "an address that is not this machine's",
      ["--data", data, "--listen", "192.0.2.1:0", "--insecure-listen"],
      /192\.0\.2\.1/,
      3,
    ],
  ]) {
    await t.test(name, async () => {
      const done = await serve(...words);
      assert.equal(done.code, code, done.err);
      assert.match(done.err, told);
      assert.equal(done.err.trim().split("\n").length, 1, done.err);
    });
  }

  await t.test("with --insecure-listen it serves plain HTTP on every address", async (each) => {
    const hub = await startHub(each, { listen: "0.0.0.0:0", words: ["--insecure-listen"] });
    const port = new URL(hub.url).port;
    hub.url = `http://127.0.0.1:${port}`;
    assert.equal((await hub.client(null).get("/healthz")).status, 200);
  });
});

test("a second hub on the same data is refused and disturbs nobody", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const socket = await hub.socket(device.key);
  const second = await serve("--data", hub.data, "--listen", "127.0.0.1:0");
  assert.equal(second.code, 3, "not 2: the lock will be given up");
  assert.equal(second.err.trim().split("\n").length, 1, second.err);
  assert.match(second.err, /in use|another|already|running/i);
  assert.equal((await socket.call("me.get")).status, 200);
  await t.test("the port of another program is refused as clearly", async () => {
    const other = initialise();
    const { host } = new URL(hub.url);
    const done = await serve("--data", other.data, "--listen", host);
    assert.equal(done.code, 3, "not 2: the port will be free");
    assert.match(done.err, new RegExp(host.replaceAll(".", "\\.")));
  });
  await t.test("a second init changes nothing", async () => {
    const again = runNow(tandem, ["init", "--data", hub.data]);
    assert.notEqual(again.code, 0);
    assert.equal((await hub.rest.get("/v1/me")).status, 200);
  });
});

test("TLS at both doors", async (t) => {
  const folder = freshFolder();
  const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const made = runNow("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ..."-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(" "),
    ...["-out", tls.cert, "-keyout", tls.key],
  ]);
  assert.equal(made.code, 0, made.err);
  tls.ca = readFileSync(tls.cert);
  const hub = await startHub(t, { tls });
  assert.match(hub.url, /^https:/);
  const device = await hub.device("lamp-1");

  await t.test("curl stores a reading", async () => {
    const done = await runBeside("curl", [
      ..."--silent --show-error --fail --max-time 10 --json".split(" "),
      '{"power":8.1}',
      ...["--cacert", tls.cert, "-H", `Authorization: Bearer ${device.key}`],
      `${hub.url}/v1/me/telemetry`,
    ]);
    assert.equal(done.code, 0, done.err);
    assert.equal(JSON.parse(done.out).accepted, 1);
  });
  await t.test("curl without the certificate's authority does not speak to it", async () => {
    const done = await runBeside("curl", ["--silent", "--max-time", "10", `${hub.url}/healthz`]);
    assert.equal(done.code, 60);
  });
  await t.test("a WebSocket streams", async () => {
    for (const encoding of ["json", "cbor"]) {
      const listener = await hub.follow({ devices: ["lamp-1"] }, { encoding });
      const socket = await hub.socket(device.key, { encoding });
      await socket.must("telemetry.write", { path: { device: "me" }, body: { power: 9.5 } });
      await listener.events.count(1, 10_000, "the reading");
      assert.equal(listener.events.items[0].v, 9.5);
      listener.close();
      socket.close();
    }
  });
  await t.test("plain HTTP at the TLS port is not served", async () => {
    const url = hub.url.replace("https:", "http:");
    const done = await runBeside("curl", ["--silent", "--max-time", "10", `${url}/healthz`]);
    assert.notEqual(done.code, 0);
    assert.equal(done.out, "");
  });
  await t.test("the command line speaks TLS with --ca", async () => {
    for (const door of ["rest", "ws"]) {
      const words = ["post", "me", "power=7", "--ca", tls.cert, "--door", door];
      const done = await hub.remote(device.key, ...words);
      assert.equal(done.code, 0, done.err);
    }
  });
  assert.equal((await hub.stop()).code, 0);
});

test("a key that ends", async (t) => {
  const hub = await startHub(t);

  for (const [name, end] of [
    [
      "revoked",
      (device) => hub.rest.must("DELETE", `/v1/devices/${device.id}/keys/${device.keyId}`),
    ],
    ["its device is deleted", (device) => hub.rest.must("DELETE", `/v1/devices/${device.id}`)],
  ]) {
    await t.test(`${name}: its live socket is closed with 4401 within a second`, async () => {
      const device = await hub.device(`lamp-${name.replaceAll(" ", "-")}`);
      const socket = await hub.socket(device.key);
      const client = hub.client(device.key);
      assert.equal((await client.ask("GET", "/v1/me")).status, 200);
      await end(device);
      const { code } = await socket.closed(1_000, "the socket to be closed within a second");
      assert.equal(code, 4401);
      assert.equal((await client.ask("GET", "/v1/me")).status, 401);
      await assert.rejects(hub.socket(device.key), { status: 401 });
    });
  }

  await t.test("expired: its socket is closed with 4401 after its grace", async () => {
    const graceMs = 2_000;
    const short = await startHub(t, { limits: { "ws.auth_grace": graceMs / 1_000 } });
    const device = await short.device("lamp-expired");
    const expires = Date.now() + 1_500;
    const made = await short.rest.must("POST", `/v1/devices/${device.id}/keys`, { expires });
    const socket = await short.socket(made.body.key);
    const client = short.client(made.body.key);
    await eventually(
      6_000,
      "the key to run out",
      async () => (await client.ask("GET", "/v1/me")).status === 401,
    );
    assert.equal((await socket.call("me.get")).status, 200);
    assert.equal((await socket.closed(graceMs + 4_000)).code, 4401);
    assert.ok(Date.now() >= expires + graceMs);
  });

  await t.test("rotated: old and new both serve, a third is refused", async () => {
    const device = await hub.device("lamp-rotated");
    const path = `/v1/devices/${device.id}/keys`;
    const fresh = (await hub.rest.must("POST", `${path}/${device.keyId}/rotate`)).body.key;
    for (const key of [device.key, fresh]) {
      assert.equal((await hub.client(key).ask("GET", "/v1/me")).status, 200);
    }
    const third = await hub.rest.ask("POST", path, {});
    assert.equal(third.status, 409);
    assert.equal(third.body.type, "/problems/conflict");
  });

  await t.test(
    "a second socket of the same device takes over, the first is closed with 4409",
    async () => {
      const device = await hub.device("lamp-twice");
      const first = await hub.socket(device.key);
      const second = await hub.socket(device.key);
      assert.equal((await first.closed(10_000)).code, 4409);
      assert.equal((await second.call("me.get")).status, 200);
      await eventually(5_000, "the device to be online still", async () => {
        const { presence } = (await hub.rest.get(`/v1/devices/${device.id}`)).body;
        return presence.online && presence.door === "ws";
      });
    },
  );
});

test("presence follows the door that a device uses", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const listener = await hub.follow({ kinds: ["presence"] });
  const presence = async () => (await hub.rest.get("/v1/devices/lamp-1")).body.presence;
  assert.equal((await presence()).online, false);

  await hub.client(device.key).must("POST", "/v1/me/telemetry", { power: 1 });
  await listener.events.count(1, 10_000, "presence over REST");
  assert.deepEqual([(await presence()).online, (await presence()).door], [true, "rest"]);

  const socket = await hub.socket(device.key);
  await listener.events.count(2, 10_000, "presence over WebSocket");
  assert.deepEqual([(await presence()).online, (await presence()).door], [true, "ws"]);

  socket.close();
  await listener.events.count(3, 10_000, "the end of presence");
  assert.equal((await presence()).online, false);
  const told = listener.events.items.map(({ v }) => [v.online, v.door]);
  assert.deepEqual(told, [
    [true, "rest"],
    [true, "ws"],
    [false, "ws"],
  ]);
});

test("the pages of a hub that runs", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const nobody = hub.client(null);

  await t.test("health and readiness need no key", async () => {
    assert.deepEqual((await nobody.get("/healthz")).body, { status: "ok" });
    assert.deepEqual((await nobody.get("/readyz")).body, { status: "ready" });
  });
  await t.test("metrics need a key that may read them", async () => {
    assert.equal((await nobody.ask("GET", "/metrics")).status, 401);
    assert.equal((await hub.client(device.key).ask("GET", "/metrics")).status, 403);
  });
  await t.test("metrics tell the doors apart", async () => {
    await hub.client(device.key).must("POST", "/v1/me/telemetry", [{ a: 1 }, { a: 2 }]);
    const socket = await hub.socket(device.key);
    await socket.must("telemetry.write", { path: { device: "me" }, body: { a: 3 } });
    const { body } = await hub.rest.get("/metrics");
    assert.match(body, /^tandem_readings_total\{door="rest"\} 2$/m);
    assert.match(body, /^tandem_readings_total\{door="ws"\} 1$/m);
    assert.match(body, /^tandem_requests_total\{door="ws",op="telemetry.write",status="200"\} 1$/m);
    assert.match(body, /^tandem_connections\{door="ws"\} 1$/m);
    socket.close();
  });
  await t.test("the documents say what the hub does, without a key", async () => {
    const openapi = (await nobody.get("/openapi.json")).body;
    assert.match(openapi.openapi, /^3\.1\./);
    assert.ok(openapi.paths["/v1/devices/{device}/telemetry"].post);
    const asyncapi = (await nobody.get("/asyncapi.json")).body;
    assert.match(asyncapi.asyncapi, /^3\.0\./);
  });
  await t.test("a problem's type leads to a page that explains it", async () => {
    const refused = await nobody.ask("GET", "/v1/me");
    const page = await nobody.get(refused.body.type);
    assert.match(page.body, /unauthenticated/);
  });
  await t.test("everything else needs a key", async () => {
    for (const path of ["/v1/devices", "/v1/me", "/v1/audit", "/v1/devices/lamp-1/latest"]) {
      assert.equal((await nobody.ask("GET", path)).status, 401, path);
    }
  });
  await t.test("no file of the data directory is readable by others", async () => {
    for (const name of ["registry.db", "pepper", "admin.sock"]) {
      const path = join(hub.data, name);
      if (!existsSync(path)) continue;
      assert.equal(statSync(path).mode & 0o077, 0, name);
    }
  });
});

test("a hub without memory refuses what is not vital until it has some", async (t) => {
  const hub = await startHub(t, { limits: { "memory.bytes": 1_000_000 } });
  const figure = async (name) => {
    const { body } = await hub.rest.get("/metrics");
    return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)?.[1]);
  };
  await eventually(10_000, "the hub to look", async () => (await figure("tandem_pressure")) === 3);
  assert.ok((await figure("tandem_memory_bytes")) > 1_000_000);
  const refused = await hub.rest.ask("POST", "/v1/devices", { id: "lamp-1" });
  assert.equal(refused.status, 503);
  assert.equal(refused.body.limit, "memory.bytes");
  assert.equal(refused.headers["retry-after"], "5");
  // The administrative socket is always there, and so are commands.
  assert.match((await hub.cli("device", "add", "lamp-1")).out, /lamp-1/);
  const sent = await hub.rest.ask("POST", "/v1/devices/lamp-1/commands", { name: "on" });
  assert.equal(sent.status, 202);

  await hub.stop();
  hub.limits = {};
  await hub.start();
  assert.equal((await hub.rest.ask("POST", "/v1/devices", { id: "lamp-2" })).status, 201);
});
