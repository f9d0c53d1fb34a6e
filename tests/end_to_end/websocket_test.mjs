// The WebSocket conformance battery: cases in the categories of Autobahn's, each over TCP and TLS, those
// of 1 to 10 with and without compression. After every few cases somebody else is still answered.
import assert from "node:assert/strict";
import { test } from "node:test";

import { closing } from "./battery/closing.mjs";
import { opcodes, pings, reserved } from "./battery/control.mjs";
import { claimMuch, explode, keepSecrets, sendFragments } from "./battery/costs.mjs";
import { ignoreClose, ignoreTakeover } from "./battery/costs.mjs";
import { deflate } from "./battery/deflate.mjs";
import { autoFragments, fragments } from "./battery/fragments.mjs";
import { framing } from "./battery/framing.mjs";
import { limits } from "./battery/limits.mjs";
import { negotiation } from "./battery/negotiation.mjs";
import { playAll } from "./battery/play.mjs";
import { EchoServer, echoServer, makeCertificate } from "./battery/server.mjs";
import { utf8 } from "./battery/utf8.mjs";
import { startHub } from "./hub.mjs";

// T-23: sockets that claim a long message, and what the server may hold for each.
const kClaims = 1_000;
const kClaimKib = 64;
// T-24, T-26: what a flood may cost in all.
const kFragments = 1_000_000;
const kFloodKib = 4 * 1_024;
// T-26: 64 MiB in 64 KiB, so often, each in so much processor time; and sockets with secrets.
const kBombs = 50;
const kBombMs = 5;
const kSecrets = 200;
const kRounds = 5;
// T-28.
const kDeaf = 2_000;
const kTakeovers = 100;
const kCloseMs = 6_000;
const kPatience = Number(process.env.TANDEM_PATIENCE ?? 1);

if (!echoServer) {
  console.log("skipped: ECHO_SERVER does not say where bench/echo_server is");
  process.exit(77);
}

const plain = [
  ...[framing, pings, reserved, opcodes, fragments],
  ...[utf8, closing, limits, autoFragments],
].flat();
const packed = [...negotiation, ...deflate];
const offered = plain
  .filter(({ bare }) => !bare)
  .map((each) => ({ ...each, offer: "permessage-deflate", packs: true }));

const certificate = makeCertificate();
const modes = [
  { name: "plain", cases: plain, options: {} },
  { name: "plain, TLS", cases: plain, options: { tls: certificate } },
  { name: "deflate", cases: [...offered, ...packed], options: { deflate: true } },
  {
    name: "deflate, TLS",
    cases: [...offered, ...packed],
    options: { deflate: true, tls: certificate },
  },
];

/** Cases by the limits that they want, as JSON. */
function bySettings(cases) {
  const groups = new Map();
  for (const each of cases) {
    const set = JSON.stringify(each.set ?? {});
    groups.set(set, [...(groups.get(set) ?? []), each]);
  }
  return groups;
}

function report(id, ok, more) {
  console.log(JSON.stringify({ id, ok, ...more }));
  assert.ok(ok, `${id}: ${JSON.stringify(more)}`);
}

for (const { name, cases, options } of modes) {
  test(`the battery, ${name}`, async () => {
    assert.equal(new Set(cases.map(({ name: each }) => each)).size, cases.length, "names differ");
    const wrong = [];
    for (const [set, some] of bySettings(cases)) {
      const server = await EchoServer.start({ ...options, set: JSON.parse(set) });
      wrong.push(...(await playAll(server, some)));
      await server.stop();
    }
    const said = wrong.map((each) => `${each.id} ${each.name}: ${each.found}`);
    const score = `${cases.length - wrong.length}/${cases.length}`;
    report("T-27", wrong.length === 0, {
      mode: name,
      ws_conformance: score,
      ...(wrong.length > 0 && { wrong: said.slice(0, 60) }),
    });
  });
}

test("a length is no reason to take memory", async () => {
  const server = await EchoServer.start();
  const kib = await claimMuch(server, kClaims);
  await server.stop();
  report("T-23", kib < kClaimKib, { sockets: kClaims, kib_each: kib });
});

test("fragments without end are ended", async () => {
  const server = await EchoServer.start();
  const bytes = await sendFragments(server, "a", kFragments);
  const empty = await sendFragments(server, "", kFragments);
  await server.stop();
  const good = ({ code, kib }) => code === 1008 && kib < kFloodKib;
  report("T-24", good(bytes) && good(empty), { bytes, empty });
});

test("a bomb does not go off, and a secret stays with its owner", async () => {
  const server = await EchoServer.start({ deflate: true });
  const bombs = await explode(server, kBombs);
  const secrets = await keepSecrets(server, kSecrets, kRounds);
  await server.stop();
  const harmless = bombs.cpu_ms <= kBombMs * kPatience && bombs.kib < kFloodKib;
  const ok = bombs.refused === kBombs && harmless && secrets.foreign === 0;
  report("T-26", ok && secrets.compressed > 0, { bombs, secrets });
});

test("who ignores a close frame is not waited for", async (t) => {
  const server = await EchoServer.start();
  const open = await ignoreClose(server, kDeaf, kCloseMs);
  await server.stop();
  report("T-28", open === 0, { sockets: kDeaf, open_after_6s: open });

  // There it is the client that begins, or a mistake; here it is the hub.
  const hub = await startHub(t);
  const { key } = await hub.device("lamp-1");
  const left = await ignoreTakeover(hub, key, kTakeovers, kCloseMs);
  report("T-28", left === 0, { takeovers: kTakeovers, open_after_6s: left });
});
