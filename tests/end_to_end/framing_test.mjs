// Requests that are framed badly are refused and the connection is closed; good ones are answered once
// each. However the bytes are cut, the verdict is the same, and what is refused has no effect.
import assert from "node:assert/strict";
import { test } from "node:test";

import { vectorsFor } from "./framing_vectors.mjs";
import { startHub } from "./hub.mjs";
import { costOf } from "./measure.mjs";
import { RawConnection, askOnce } from "./raw_http.mjs";

// Vectors up to this size are cut at every byte.
const kCutBytes = 400;
const kAtOnce = 100;
// T-06: how many heads at once, and what the hub may hold for each.
const kHeads = 1_000;
const kHeadKib = 32;

async function prepare(t) {
  const hub = await startHub(t);
  const { key } = await hub.device("target");
  const [, port] = hub.host.split(":");
  const about = `Host: ${hub.host}\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  return {
    hub,
    port,
    device: hub.client(key),
    rows: vectorsFor({ host: hub.host, key }),
    probe: Buffer.from(`GET /v1/me HTTP/1.1\r\n${about}`),
    health: Buffer.from(`GET /healthz HTTP/1.1\r\nHost: ${hub.host}\r\n\r\n`),
    behind: (mark) =>
      Buffer.from(`POST /v1/me/telemetry HTTP/1.1\r\nContent-Length: 10\r\n${about}{"${mark}":1}`),
  };
}

const fits = (allowed, answers) =>
  allowed.length === answers.length &&
  allowed.every((statuses, at) => statuses.includes(answers[at].status));

/** What is wrong with how a connection was answered, or null. */
async function judge(row, connection, probe) {
  if (row.cut) connection.end();
  if (!row.closes) {
    await connection.untilAnswers(row.statuses.length);
    // Whether both sides agree on where the next request begins.
    connection.write(probe);
    await connection.untilAnswers(row.statuses.length + 1);
    connection.end();
  }
  const ended = await connection.untilEnded();
  const { answers, rest } = connection.said;
  const told = answers.map(({ status }) => status).join(" ") || "no answer";
  if (!ended) return `${told}, and the connection stays open`;
  if (rest.length > 0) return `${told}, and then ${JSON.stringify(rest.toString("latin1", 0, 80))}`;
  if (row.cut) return answers.every(({ status }) => status === 400) ? null : told;
  if (!row.closes) return fits([...row.statuses, [200]], answers) ? null : `${told} with the next`;
  if (!fits(row.statuses, answers)) return told;
  return answers.at(-1).headers.connection === "close" ? null : `${told} without Connection: close`;
}

/** The ways to send a vector as one: `{row, way, first}`, or `trickled` in place of it. */
function wholeWays(row, world) {
  const ways = [
    { way: "whole", first: row.bytes },
    { way: "byte by byte", trickled: true },
  ];
  if (row.closes && !row.cut) {
    const more = Buffer.concat([row.bytes, world.behind(row.behind)]);
    ways.push({ way: "with a good one behind it", first: more });
  }
  return ways.map((each) => ({ ...each, row }));
}

/** The ways to send a short vector in two: `{row, way, first, second}`. */
function cutWays(row) {
  const { bytes } = row;
  if (bytes.length > kCutBytes) return [];
  return Array.from({ length: bytes.length - 1 }, (_, at) => ({
    row,
    way: `cut after ${at + 1} bytes`,
    first: bytes.subarray(0, at + 1),
    second: bytes.subarray(at + 1),
  }));
}

/** Sends some at once, and gives what went wrong. */
async function sendSome(ways, { port, probe, health }) {
  const connections = ways.map(() => new RawConnection(port));
  await Promise.all(connections.map(({ connected }) => connected));
  await Promise.all(
    ways.map(({ trickled, first, row }, at) =>
      trickled ? connections[at].trickle(row.bytes) : connections[at].write(first),
    ),
  );
  // What was sent before this is read before this: second parts come as reads of their own.
  assert.equal((await askOnce(port, health)).status, 200, "others are answered");
  const wrong = await Promise.all(
    ways.map(async ({ row, way, second }, at) => {
      if (second !== undefined) connections[at].write(second);
      const found = await judge(row, connections[at], probe);
      connections[at].close();
      return found === null ? null : { row, way, found };
    }),
  );
  return wrong.filter((each) => each !== null);
}

async function send(ways, world) {
  const wrong = [];
  for (let at = 0; at < ways.length; at += kAtOnce) {
    wrong.push(...(await sendSome(ways.slice(at, at + kAtOnce), world)));
  }
  return wrong;
}

/** Which marks there must be and which there may be, from what the rows say. */
function effectsOf(rows) {
  const required = new Set();
  // Sent a byte a chunk, a mark cannot be filled in: such rows, which are good, write this one.
  const allowed = new Set(["AAAA"]);
  for (const { bytes, statuses, own, behind } of rows) {
    const text = bytes.toString("latin1");
    const place = [own, behind].filter((mark) => text.includes(`"${mark}":`));
    if (place[0] === behind && statuses.length < 2) continue;
    const answers = place[0] === behind ? statuses.slice(1) : statuses;
    place.forEach((mark, at) => {
      if (!answers[at]?.includes(200)) return;
      allowed.add(mark);
      if (answers[at].length === 1) required.add(mark);
    });
  }
  return { required, allowed };
}

test("requests are framed as the RFCs say, or refused", async (t) => {
  const world = await prepare(t);
  const { rows, hub } = world;
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length, "names are told apart");
  const wholes = rows.flatMap((row) => wholeWays(row, world));
  const wrong = await send(wholes, world);
  // What is wrong as a whole is not told again for each of its bytes.
  const known = new Set(wrong.map(({ row }) => row));
  const cuts = rows.filter((row) => !known.has(row)).flatMap(cutWays);
  wrong.push(...(await send(cuts, world)));
  const ways = [...wholes, ...cuts];
  process.kill(hub.pid, 0);

  const stored = (await world.device.get("/v1/me/latest")).body.series;
  const { required, allowed } = effectsOf(rows);
  const forbidden = Object.keys(stored).filter((mark) => !allowed.has(mark));
  const missing = [...required].filter((mark) => !(mark in stored));

  for (const id of ["T-01", "T-06", "T-07"]) {
    const mine = rows.filter((row) => row.id === id);
    const bad = new Set(wrong.filter(({ row }) => row.id === id).map(({ row }) => row));
    const score = (list) => `${list.filter((row) => !bad.has(row)).length}/${list.length}`;
    const byLaw = mine.filter(({ policy }) => !policy);
    const effects = mine.filter(
      ({ own, behind }) => forbidden.includes(own) || forbidden.includes(behind),
    ).length;
    const line = {
      id,
      ok: bad.size === 0 && effects === 0,
      must_reject: score(byLaw.filter(({ closes }) => closes)),
      must_accept: score(byLaw.filter(({ closes }) => !closes)),
      policy: score(mine.filter(({ policy }) => policy)),
      handler_effects_on_reject: effects,
      sent: ways.filter(({ row }) => row.id === id).length,
    };
    console.log(JSON.stringify(line));
  }
  const said = wrong.map(({ row, way, found }) => {
    const wanted = row.statuses.map((each) => each.join("|")).join(" ") || "no answer";
    return `${row.name} (${row.reference}), ${way}: ${found}; ${wanted} expected`;
  });
  assert.equal(wrong.length, 0, `${wrong.length} are wrong:\n${said.slice(0, 60).join("\n")}`);
  assert.deepEqual(forbidden, [], "what was refused had an effect");
  assert.deepEqual(missing, [], "what was taken had none");
});

test("many heads that never end cost no more than their limit", async (t) => {
  const { hub, port, health } = await prepare(t);
  const filling = "a".repeat(15 * 1_024);
  const { peakKib, result } = await costOf(hub.pid, async () => {
    const connections = Array.from({ length: kHeads }, () => new RawConnection(port));
    await Promise.all(connections.map(({ connected }) => connected));
    for (const each of connections) each.write(`GET / HTTP/1.1\r\nX: ${filling}`);
    assert.equal((await askOnce(port, health)).status, 200, "others are answered");
    for (const each of connections) each.write(filling.repeat(4));
    const closed = await Promise.all(connections.map((each) => each.untilEnded()));
    const statuses = connections.map((each) => each.said.answers.at(-1)?.status);
    for (const each of connections) each.close();
    return closed.filter((good, at) => good && statuses[at] === 431).length;
  });
  const each = peakKib / kHeads;
  const ok = result === kHeads && each <= kHeadKib;
  console.log(JSON.stringify({ id: "T-06", ok, heads: kHeads, refused: result, kib_each: each }));
  assert.equal(result, kHeads, "all are refused with 431");
  assert.ok(each <= kHeadKib, `${each} KiB each`);
});
