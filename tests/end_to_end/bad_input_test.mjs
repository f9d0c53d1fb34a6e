// Bad input: refused in the same way at both doors and in all encodings, nothing is stored, and
// the connection goes on wherever it can.
import assert from "node:assert/strict";
import { test } from "node:test";

import { encode } from "./cbor.mjs";
import { startHub } from "./hub.mjs";
import { paths, refusals, xmlRefusals } from "./refusals.mjs";

const kSchema = {
  commands: { dim: { params: { type: "object", properties: { level: { type: "number" } } } } },
};

/** Everything of the hub that a request could have changed by mistake. */
async function stored(hub) {
  const devices = (await hub.rest.get("/v1/devices?limit=1000")).body.items;
  for (const device of devices) delete device.presence;
  const parts = [devices];
  for (const { id } of devices) {
    for (const path of ["telemetry", "twin", "commands", "series", "keys"]) {
      parts.push((await hub.rest.get(`/v1/devices/${id}/${path}`)).body);
    }
  }
  return JSON.stringify(parts);
}

async function prepare(t) {
  const hub = await startHub(t);
  const target = await hub.device("target", { name: "Target" });
  await hub.device("other");
  await hub.device("schooled", { schema: kSchema });
  await hub.rest.must("PUT", "/v1/devices/target/series/declared", { type: "string" });
  await hub.rest.must("POST", "/v1/devices/target/telemetry", { t: 1, v: { a: 0 } });
  await hub.rest.must("PUT", "/v1/devices/target/config", { a: 0 }, { "if-match": '"0"' });
  return { hub, keys: { device: target.key, admin: hub.admin.admin_key } };
}

const query = (parameters) => (parameters ? `?${new URLSearchParams(parameters)}` : "");
const rawBody = ({ raw }, encoding) => (encoding === "cbor" ? raw.cbor.bytes : raw[encoding]);

async function askRest(client, row) {
  const path = paths[row.op].replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(row.path[name]));
  const body = row.raw ? rawBody(row, client.encoding) : row.body;
  return await client.ask(row.method, path + query(row.query), plain(body), row.headers);
}

/** JSON knows one kind of number. */
const plain = (value) =>
  value?.declared === undefined ? value : { declared: value.declared.value };

function frame(socket, row, id) {
  const { op, path, query: parameters, headers } = row;
  const around = { id, op, path, query: parameters, headers };
  if (!row.raw) {
    if (socket.encoding === "cbor") return encode({ ...around, body: row.body });
    return JSON.stringify({ ...around, body: plain(row.body) });
  }
  if (socket.encoding === "cbor") return encode({ ...around, body: row.raw.cbor });
  const before = Buffer.from(`${JSON.stringify(around).slice(0, -1)},"body":`);
  return Buffer.concat([before, row.raw.json, Buffer.from("}")]);
}

async function askSocket(socket, row) {
  const id = socket.fresh();
  const seen = socket.notices.items.length;
  const refused = (message) => message.problem !== undefined;
  // What could not be read has no number that the hub could answer to.
  const unnumbered = socket.notices.find(refused, 10_000, "a refusal without a number", seen);
  unnumbered.catch(() => {});
  const answered = socket.await(id, () => {
    socket.sendRaw(frame(socket, row, id), socket.encoding === "cbor");
  });
  answered.catch(() => {});
  const reply = await Promise.race([unnumbered, answered]);
  return { status: reply.status, body: reply.problem ?? reply.body };
}

function check(answer, row, where) {
  const said = `${where}: ${answer.status} ${JSON.stringify(answer.body)}`;
  assert.equal(answer.body?.type, `/problems/${row.type}`, said);
  assert.equal(answer.status, row.status, said);
  assert.equal(answer.body.status, row.status, said);
  const pointers = (answer.body.errors ?? []).map((each) => each.pointer);
  if (row.pointers) assert.deepEqual(pointers, row.pointers, said);
}

for (const encoding of ["json", "cbor"]) {
  test(`what is wrong is refused alike at both doors, ${encoding}`, async (t) => {
    const { hub, keys } = await prepare(t);
    const clients = {};
    const sockets = {};
    for (const who of ["device", "admin"]) {
      clients[who] = hub.client(keys[who], { encoding });
      sockets[who] = await hub.socket(keys[who], { encoding });
    }
    const before = await stored(hub);
    for (const [name, row] of refusals) {
      await t.test(name, async () => {
        const who = row.as ?? "admin";
        check(await askRest(clients[who], row), row, "REST");
        assert.equal(clients[who].losses, 0, "the REST connection lives on");
        const close = row.ends?.[encoding];
        if (close === undefined) {
          check(await askSocket(sockets[who], row), row, "WebSocket");
          assert.equal((await sockets[who].call("me.get")).status, 200, "the socket lives on");
        } else {
          await askSocket(sockets[who], row).catch(() => {});
          assert.equal((await sockets[who].closed(10_000)).code, close);
          sockets[who] = await hub.socket(keys[who], { encoding });
        }
        assert.equal(await stored(hub), before, "nothing is stored");
      });
    }
  });
}

test("what is wrong is refused alike in XML", async (t) => {
  const { hub, keys } = await prepare(t);
  const clients = {
    device: hub.client(keys.device, { encoding: "xml" }),
    admin: hub.client(keys.admin, { encoding: "xml" }),
  };
  const before = await stored(hub);
  for (const [name, row] of [...refusals, ...xmlRefusals]) {
    // JSON and CBOR have a word for something that XML has none for.
    if (row.raw && !row.raw.xml) continue;
    await t.test(name, async () => {
      const client = clients[row.as ?? "admin"];
      const answer = await askRest(client, row);
      check(answer, row, "REST");
      assert.equal(answer.headers["content-type"].split(";")[0], "application/problem+xml");
      if (row.raw) assert.match(answer.body.detail, /^XML, byte \d+: ./);
      assert.equal(client.losses, 0, "the connection lives on");
      assert.equal(await stored(hub), before, "nothing is stored");
    });
  }
});

test("of a list of readings the good ones are stored and the bad ones named", async (t) => {
  const { hub, keys } = await prepare(t);
  const body = [
    { t: 1_000, v: { good: 1 } },
    { t: 2_000, v: { good: 2, bad: null } },
    { t: 4102444800000, v: { good: 3 } },
  ];
  const check = (status, written) => {
    assert.equal(status, 207);
    assert.equal(written.accepted, 2);
    assert.deepEqual(
      written.refused.map(({ index, problem }) => [index, problem.type, problem.errors[0].pointer]),
      [
        [1, "/problems/invalid-field", "/1/v/bad"],
        [2, "/problems/invalid-field", "/2/v/good"],
      ],
    );
  };
  for (const encoding of ["json", "cbor", "xml"]) {
    const answer = await hub
      .client(keys.device, { encoding })
      .ask("POST", "/v1/me/telemetry", body);
    check(answer.status, answer.body);
    if (encoding === "xml") continue; // REST only.
    const socket = await hub.socket(keys.device, { encoding });
    const reply = await socket.call("telemetry.write", { path: { device: "me" }, body });
    check(reply.status, reply.body);
  }
  const { body: kept } = await hub.rest.get("/v1/devices/target/telemetry?series=good");
  assert.deepEqual(kept.readings, [
    { t: 1_000, v: 1 },
    { t: 2_000, v: 2 },
  ]);
});

test("what is too large", async (t) => {
  const { hub, keys } = await prepare(t);
  const before = await stored(hub);
  const huge = (bytes) => Buffer.from(`{"a":"${"x".repeat(bytes)}"}`);

  await t.test(
    "a REST body of more than 1 MiB is refused with 413 and the connection ends",
    async () => {
      const client = hub.client(keys.admin);
      const path = "/v1/devices/target/commands";
      const answer = await client.ask("POST", path, huge(1024 * 1024));
      check(answer, { type: "body-too-large", status: 413 }, "REST");
      assert.equal(answer.headers.connection, "close");
      assert.equal((await client.ask("GET", "/v1/me")).status, 200, "a new connection serves");
    },
  );

  await t.test(
    "a value within a body that is not too large names its field at both doors",
    async () => {
      const row = { type: "invalid-field", status: 400, pointers: ["/a"] };
      const client = hub.client(keys.device);
      const body = { a: "x".repeat(10 * 1024) };
      check(await client.ask("POST", "/v1/me/telemetry", body), row, "REST");
      const socket = await hub.socket(keys.device);
      const reply = await socket.call("telemetry.write", { path: { device: "me" }, body });
      check({ status: reply.status, body: reply.problem }, row, "WebSocket");
    },
  );

  await t.test("a WebSocket message of more than 128 KiB closes the socket with 1009", async () => {
    for (const encoding of ["json", "cbor"]) {
      const socket = await hub.socket(keys.device, { encoding });
      socket.sendRaw(huge(128 * 1024), encoding === "cbor");
      assert.equal((await socket.closed(10_000)).code, 1009);
    }
  });

  await t.test(
    "a request head of more than 16 KiB is refused with 431, a target with 414",
    async () => {
      const client = hub.client(keys.admin);
      const head = await client.ask("GET", "/v1/me", undefined, { "x-long": "x".repeat(17_000) });
      check(head, { type: "head-too-large", status: 431 }, "REST");
      const long = await hub.client(keys.admin).ask("GET", `/v1/me?a=${"x".repeat(5_000)}`);
      check(long, { type: "target-too-long", status: 414 }, "REST");
    },
  );

  await t.test("a frame with more than 1,000 messages is refused as a whole", async () => {
    const socket = await hub.socket(keys.device);
    const one = { op: "telemetry.write", path: { device: "me" }, body: { a: 1 } };
    socket.send(Array(1_001).fill(one));
    const told = await socket.notices.find((each) => each.problem, 10_000, "the refusal");
    assert.equal(told.problem.type, "/problems/invalid-field");
    assert.equal((await socket.call("me.get")).status, 200);
  });
  assert.equal(await stored(hub), before, "nothing is stored");
});

test("who does not say who he is", async (t) => {
  const { hub, keys } = await prepare(t);
  const cut = keys.device.slice(0, -1) + (keys.device.endsWith("a") ? "b" : "a");
  const refusal = { type: "unauthenticated", status: 401 };

  for (const [name, headers] of [
    ["no key", {}],
    ["a key with a wrong last letter", { authorization: `Bearer ${cut}` }],
    ["another scheme", { authorization: "Basic dGFuZGVtOnRhbmRlbQ==" }],
    ["a session that is none", { cookie: "tandem-session=abc" }],
  ]) {
    await t.test(`${name}: 401 over REST, and what would be accepted`, async () => {
      const client = hub.client(null);
      const answer = await client.ask("GET", "/v1/me", undefined, headers);
      check(answer, refusal, "REST");
      assert.match(answer.headers["www-authenticate"], /^Bearer /);
      assert.equal(client.losses, 0);
    });
  }
  await t.test("a wrong key opens no socket", async () => {
    await assert.rejects(hub.socket(cut), { status: 401 });
  });
  await t.test(
    "a socket without a key that begins with something else is closed with 1008",
    async () => {
      const socket = await hub.socket(null);
      const reply = await socket.call("me.get");
      check({ status: reply.status, body: reply.problem }, refusal, "WebSocket");
      assert.equal((await socket.closed(10_000)).code, 1008);
    },
  );
  await t.test("a socket whose first message has a wrong key is closed with 4401", async () => {
    const socket = await hub.socket(null);
    const reply = await socket.call("auth", { body: { token: cut } });
    check({ status: reply.status, body: reply.problem }, refusal, "WebSocket");
    assert.equal((await socket.closed(10_000)).code, 4401);
  });
  await t.test("a socket whose first message has a good key is the device's", async () => {
    const socket = await hub.socket(null);
    const me = await socket.must("auth", { body: { token: keys.device } });
    assert.equal(me.id, "target");
    assert.equal((await socket.must("me.get")).id, "target");
  });
});

test("what only a door can see", async (t) => {
  const { hub, keys } = await prepare(t);
  const admin = hub.client(keys.admin);

  await t.test("a foreign origin is refused at both doors, however good the key", async () => {
    for (const origin of ["https://evil.example", "null", `http://${hub.host}.evil.example`]) {
      const answer = await admin.ask("GET", "/v1/me", undefined, { origin });
      check(answer, { type: "origin-refused", status: 403 }, origin);
      await assert.rejects(hub.socket(keys.admin, { headers: { origin } }), (error) => {
        assert.equal(error.status, 403);
        assert.equal(JSON.parse(error.body).type, "/problems/origin-refused");
        return true;
      });
    }
    const own = { origin: hub.url };
    assert.equal((await admin.ask("GET", "/v1/me", undefined, own)).status, 200);
    await hub.socket(keys.admin, { headers: own });
  });

  await t.test(
    "a secret in the URL is refused at both doors, and the problem says what to use",
    async () => {
      for (const name of ["token", "key", "access_token"]) {
        const answer = await admin.ask("GET", `/v1/me?${name}=${keys.device}`);
        check(answer, { type: "secret-in-url", status: 400 }, name);
        assert.match(answer.body.detail, /Authorization/);
      }
      const query = `?token=${keys.device}`;
      await assert.rejects(hub.socket(null, { query }), (error) => {
        assert.equal(error.status, 400);
        assert.equal(JSON.parse(error.body).type, "/problems/secret-in-url");
        return true;
      });
    },
  );

  await t.test("a host that the hub does not serve", async () => {
    const answer = await admin.ask("GET", "/v1/me", undefined, { host: "evil.example" });
    check(answer, { type: "misdirected", status: 421 }, "REST");
  });

  await t.test(
    "a media type that the hub does not know: 415 and 406 list what there is",
    async () => {
      const path = "/v1/devices";
      const sent = await admin.ask("POST", path, { id: "n" }, { "content-type": "text/csv" });
      check(sent, { type: "unsupported-media-type", status: 415 }, "REST");
      assert.match(sent.body.detail, /application\/json.*application\/cbor.*application\/xml/);
      const wanted = await admin.ask("GET", path, undefined, { accept: "image/png" });
      check(wanted, { type: "not-acceptable", status: 406 }, "REST");
      const coded = await admin.ask("POST", path, { id: "n" }, { "content-encoding": "br" });
      check(coded, { type: "unsupported-encoding", status: 415 }, "REST");
      assert.equal((await admin.ask("GET", "/v1/devices/n")).status, 404);
    },
  );

  await t.test("a method that the path does not have: 405 says which it has", async () => {
    const answer = await admin.ask("PUT", "/v1/devices", { id: "n" });
    check(answer, { type: "method-not-allowed", status: 405 }, "REST");
    assert.equal(answer.headers.allow, "GET, HEAD, POST, OPTIONS");
  });

  await t.test("a path and an operation that there are not", async () => {
    check(await admin.ask("GET", "/v1/nothing"), { type: "not-found", status: 404 }, "REST");
    const socket = await hub.socket(keys.admin);
    for (const op of ["devices.explode", "tickets.create", ""]) {
      const reply = await socket.call(op);
      const row = { type: "unknown-operation", status: 404 };
      check({ status: reply.status, body: reply.problem }, row, op);
    }
    assert.equal((await socket.call("me.get")).status, 200);
  });

  await t.test("a frame of the other kind is refused and the socket lives on", async () => {
    const socket = await hub.socket(keys.admin);
    socket.sendRaw(encode({ id: 1, op: "me.get" }));
    const told = await socket.notices.find((each) => each.problem, 10_000, "the refusal");
    assert.equal(told.problem.type, "/problems/malformed-body");
    assert.equal((await socket.call("me.get")).status, 200);
  });

  await t.test("an envelope with a wrong part is named with its place and its number", async () => {
    const socket = await hub.socket(keys.admin);
    for (const [message, pointer] of [
      [{ op: "me.get", bdoy: {} }, "/bdoy"],
      [{ op: 5 }, "/op"],
      [{ op: "devices.list", query: [] }, "/query"],
      [{ op: "devices.list", query: { limit: null } }, "/query/limit"],
    ]) {
      const reply = await socket.ask({ ...message, id: socket.fresh() });
      assert.equal(reply.problem.type, "/problems/invalid-field", JSON.stringify(reply));
      assert.deepEqual(
        reply.problem.errors.map((each) => each.pointer),
        [pointer],
      );
    }
  });

  await t.test("a protocol that the hub does not speak opens no socket", async () => {
    await assert.rejects(hub.socket(keys.admin, { protocols: ["mqtt"] }), { status: 400 });
  });
});
