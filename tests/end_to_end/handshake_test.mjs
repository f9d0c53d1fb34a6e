// WebSocket handshakes: what is no handshake is refused and told why, in a time that grows no faster
// than its bytes; and only pages of the hub's own origin and of named ones may open a socket.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { goodKey, handshake, handshakes, slow } from "./handshakes.mjs";
import { startHub } from "./hub.mjs";
import { cpuSeconds } from "./measure.mjs";
import { allowed, originsOf } from "./origins.mjs";
import { RawConnection, askOnce } from "./raw_http.mjs";

// RFC 6455 section 1.3.
const kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
// A handshake that is so many times longer may cost so many times more, and half as much again for
// what the clock cannot tell.
const kShort = 1_536;
const kTimesLonger = 8;
const kTries = 3;
const kCostMost = kTimesLonger * 1.5;
const kRounds = 200;

async function prepare(t, words = []) {
  const hub = await startHub(t, { words });
  const { key } = await hub.device("target");
  return { hub, port: hub.host.split(":")[1], about: { host: hub.host, key } };
}

async function alive({ hub, port }) {
  const request = `GET /healthz HTTP/1.1\r\nHost: ${hub.host}\r\n\r\n`;
  assert.equal((await askOnce(port, Buffer.from(request))).status, 200, "the hub lives on");
}

const acceptOf = (key) => createHash("sha1").update(`${key}${kGuid}`).digest("base64");

/** What an answer to a handshake has to say beside its status. */
function checkAnswer({ status, headers }, changes) {
  if (status === 426) {
    assert.equal(headers["sec-websocket-version"], "13", "the version that is spoken");
    assert.match(headers.upgrade ?? "", /^websocket$/i, "426 says to what (9110 15.5.22)");
    const options = headers.connection ?? "none";
    assert.match(options, /\b(upgrade|close)\b/i, "with Upgrade goes Connection (9110 7.8)");
  }
  if (status !== 101) return;
  const key = changes["Sec-WebSocket-Key"] ?? goodKey;
  assert.match(headers.upgrade ?? "", /^websocket$/i);
  assert.match(headers.connection ?? "", /^upgrade$/i);
  assert.equal(headers["sec-websocket-accept"], acceptOf(key));
  assert.equal(headers["sec-websocket-extensions"], undefined, "no extension is on");
  const offered = [changes["Sec-WebSocket-Protocol"] ?? []].flat().join(",").split(",");
  const known = offered.map((each) => each.trim()).find((each) => each.startsWith("tandem."));
  assert.equal(headers["sec-websocket-protocol"], known, "a subprotocol that was offered");
}

/** Runs what has a name, and tells all that fail. */
async function tryAll(rows, run) {
  const wrong = [];
  for (const row of rows) {
    try {
      await run(row);
    } catch (error) {
      wrong.push(`${row.name ?? row[0]}: ${error.message.split("\n")[0]}`);
    }
  }
  return wrong;
}

test("a handshake that is none is refused", async (t) => {
  const world = await prepare(t);
  const wrong = await tryAll(handshakes, async ([, changes, status, section]) => {
    const heads = changes.line?.startsWith("HEAD");
    const answer = await askOnce(world.port, handshake(world.about, changes), { heads });
    const told = `${answer.status}, ${[status].flat().join(" or ")} expected (${section})`;
    assert.ok([status].flat().includes(answer.status), told);
    checkAnswer(answer, changes);
    await alive(world);
  });

  let ratio = 0;
  wrong.push(
    ...(await tryAll(Object.entries(slow), async ([, make]) => {
      const costs = [kShort, kShort * kTimesLonger].map(() => Infinity);
      // The least of some: what else the machine does only adds to it.
      for (let tries = 0; tries < kTries; ++tries) {
        if (tries > 0 && costs[1] <= costs[0] * kCostMost) break;
        for (const [at, bytes] of [kShort, kShort * kTimesLonger].entries()) {
          const cost = await costOf(world, handshake(world.about, make(bytes)));
          costs[at] = Math.min(costs[at], cost);
        }
      }
      ratio = Math.max(ratio, costs[1] / costs[0]);
      assert.ok(costs[1] <= costs[0] * kCostMost, `${costs} s for ${kRounds} of each length`);
    })),
  );
  const all = handshakes.length + Object.keys(slow).length;
  const told = { handshakes: `${all - wrong.length}/${all}`, slowest: Number(ratio.toFixed(2)) };
  console.log(JSON.stringify({ id: "T-21", ok: wrong.length === 0, ...told }));
  assert.equal(wrong.length, 0, wrong.join("\n"));
});

/** Seconds of the hub's work on so many handshakes of these bytes. */
async function costOf({ hub, port }, bytes) {
  const before = cpuSeconds(hub.pid);
  for (let at = 0; at < kRounds; ++at) await askOnce(port, bytes);
  return Math.max(0.01, cpuSeconds(hub.pid) - before);
}

test("only pages of allowed origins may call", async (t) => {
  const world = await prepare(
    t,
    allowed.flatMap((each) => ["--origin", each]),
  );
  const rows = originsOf(world.hub.host);
  const about = world.about;
  const wrong = await tryAll(rows, async ({ origin, host, statuses }) => {
    const changes = { Host: host, Origin: origin };
    const upgrade = await askOnce(world.port, handshake(about, changes));
    const told = `${upgrade.status} for ${JSON.stringify(origin)}, ${statuses} expected`;
    assert.ok(statuses.includes(upgrade.status), told);

    // The same list decides at the other door.
    const plain = { line: "GET /v1/me HTTP/1.1", Upgrade: null, Connection: null };
    const answer = await askOnce(world.port, handshake(about, { ...changes, ...plain }));
    const good = statuses.includes(101);
    assert.ok(good ? answer.status === 200 : statuses.includes(answer.status), "REST agrees");
    const shared = answer.headers["access-control-allow-origin"];
    assert.equal(shared, good ? origin?.trim() : undefined, "what the browser is told");
  });
  const open = new RawConnection(world.port);
  open.write(handshake({ host: world.hub.host }, { Origin: "https://app.example" }));
  await open.untilAnswers(1);
  assert.match(open.bytes.toString("latin1"), /^HTTP\/1\.1 101 /, "a key may come later");
  open.close();
  await alive(world);
  const right = `${rows.length - wrong.length}/${rows.length}`;
  console.log(JSON.stringify({ id: "T-20", ok: wrong.length === 0, origins: right }));
  assert.equal(wrong.length, 0, wrong.join("\n"));
});
