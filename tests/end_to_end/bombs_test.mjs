// Bodies that are meant to be dear: each of them costs the hub at most so much memory and processor
// time, is refused or stored for what it is, and others are answered meanwhile and afterwards.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";

import { bombs } from "./bombs.mjs";
import { startHub } from "./hub.mjs";
import { costOf } from "./measure.mjs";

// What the hub may hold above the body itself, and work. A row may say otherwise. TANDEM_PATIENCE: so
// many times the work, for programs that are not optimised.
const kMemoryKib = 64 * 1024;
const kCpuSeconds = 2;
const kPatience = Number(process.env.TANDEM_PATIENCE ?? 1);
// How much longer than the hub works somebody else may have to wait: other programs run too.
const kWaitFactor = 4;

const kRefused = [400, 413, 422];
const kPaths = {
  telemetry: "/v1/devices/target/telemetry",
  commands: "/v1/devices/target/commands",
};

/** A server that must never be asked for anything. */
async function forbiddenServer(t) {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, calls: () => calls };
}

/** Somebody else, who asks again and again; `stop()` gives how long one answer took at most. */
function bystander(hub) {
  const client = hub.client(hub.admin.admin_key);
  let going = true;
  let answers = 0;
  let longestMs = 0;
  const asking = (async () => {
    while (going) {
      const begun = performance.now();
      const answer = await client.ask("GET", "/v1/me");
      assert.equal(answer.status, 200);
      longestMs = Math.max(longestMs, performance.now() - begun);
      answers += 1;
    }
  })();
  return {
    stop: async () => {
      going = false;
      await asking;
      client.close();
      return { answers, longestMs };
    },
  };
}

async function send(hub, type, body, { path, coding, many }) {
  const headers = { "content-type": type };
  if (coding !== undefined) headers["content-encoding"] = coding;
  const where = many ? "/v1/telemetry" : kPaths[path ?? "telemetry"];
  const client = hub.client(hub.admin.admin_key);
  const answer = await client.ask("POST", where, body, headers);
  client.close();
  return answer;
}

function check(answer, allowed) {
  const said = `${answer.status} ${JSON.stringify(answer.body)}`.slice(0, 500);
  assert.ok(allowed.includes(answer.status), `${said}; ${allowed} expected`);
  if (answer.status < 300) return;
  // A file of which nothing could be taken tells of its lines; everything else is a problem.
  const refused = answer.body?.refused;
  if (refused === undefined) return assert.match(answer.body?.type ?? "", /^\/problems\//, said);
  assert.ok(refused.length > 0 && refused.length <= 100, said);
}

const table = [];
const kib = (bytes) => Math.round(bytes / 1024);

async function explode(hub, kind, what, type, body, more) {
  const others = bystander(hub);
  const { peakKib, cpu, seconds, result } = await costOf(hub.pid, () =>
    send(hub, type, body, more),
  );
  const { answers, longestMs } = await others.stop();
  const beyondKib = Math.max(0, peakKib - kib(body.length));
  table.push({
    kind,
    what: `${what}, ${more.coding?.slice(0, 12) ?? ""} ${type.replace("application/", "")}`,
    "body KiB": kib(body.length),
    status: result.status,
    "memory KiB": beyondKib,
    "CPU s": Number(cpu.toFixed(2)),
    "took s": Number(seconds.toFixed(2)),
    "others ms": Math.round(longestMs),
  });
  check(result, more.status ?? kRefused);
  assert.ok(beyondKib <= (more.kib ?? kMemoryKib), `${beyondKib} KiB more than its body`);
  const work = (more.cpu ?? kCpuSeconds) * kPatience;
  const wait = work * kWaitFactor * 1_000;
  assert.ok(answers > 0 && longestMs < wait, `somebody else waited ${longestMs} ms`);
  return { cpu, work };
}

// On a hub of its own: what one body leaves in the allocator would hide what the next one takes.
async function onFreshHub(t, kind, [what, type, , more = {}], body) {
  const hub = await startHub(t);
  await hub.device("target");
  const { cpu, work } = await explode(hub, kind, what, type, body, more);
  assert.equal((await hub.client(null).ask("GET", "/healthz")).status, 200);
  process.kill(hub.pid, 0);
  // There are many rows, and how a hub ends is no matter of theirs.
  await hub.kill();
  return { cpu, work };
}

// Beside others that fill both cores the same work is counted as twice as much: what is too dear has
// to be so twice.
async function tryRow(t, kind, row) {
  const body = await row[2]();
  assert.notEqual(body, null, "nothing here makes zstd: tools/setup test");
  let cost = await onFreshHub(t, kind, row, body);
  if (cost.cpu > cost.work) cost = await onFreshHub(t, kind, row, body);
  assert.ok(cost.cpu <= cost.work, `${cost.cpu} s of processor time`);
}

test("what is meant to be dear is not", async (t) => {
  const forbidden = await forbiddenServer(t);
  for (const [kind, rows] of Object.entries(bombs(forbidden.url))) {
    for (const row of rows) {
      await t.test(`${kind}: ${row[0]} (${row[1]})`, (each) => tryRow(each, kind, row));
    }
  }
  assert.equal(forbidden.calls(), 0, "nobody was asked for what a document names");
  console.table(table);
});
