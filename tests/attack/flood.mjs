// T-32: one device sends as fast as it can.
import { attacks } from "./harness.mjs";
import { Peer, closeCode, hasSaid, message, upgrade } from "./wire.mjs";

const kPerSecond = 50_000;
const kPieceMs = 10;
const kFloodMs = 8_000;
// By then everything that a flood makes the hub hold is there; from then on nothing piles up.
const kSettledMs = 3_000;
// docs/reference/limits.md
const kBurst = 1_000;
const kAllowedPerSecond = 200;

// A socket keeps what has come and cannot be used yet: a read buffer, and one more while it goes
// on.
const kHeldKib = 2 * 1024;
// And the store its pages and what it is about to write.
const rssDeltaKib = kHeldKib + 6 * 1024;

const written = 'tandem_requests_total{door="ws",op="telemetry.write",status="200"}';
const kHealthyPerSecond = 100;

/** Sends so many messages a second, or as many as are taken; what the kernel keeps is not sent. */
function pour(peer, one) {
  const piece = Buffer.concat(Array((kPerSecond * kPieceMs) / 1_000).fill(one));
  const poured = { messages: 0, stop: null };
  const timer = setInterval(() => {
    if (!peer.open || !peer.socket.writable || peer.socket.writableLength > 0) return;
    peer.write(piece);
    poured.messages += piece.length / one.length;
  }, kPieceMs);
  poured.stop = () => clearInterval(timer);
  return poured;
}

async function flooder(arena) {
  const peer = new Peer({ port: arena.port });
  await peer.opened;
  peer.write(upgrade(arena.flooder.key));
  await peer.until(() => hasSaid(peer, '"hello"'), 5_000);
  return peer;
}

const telemetry = { op: "telemetry.write", path: { device: "me" }, body: { flood: 1 } };

async function flood(arena) {
  const peer = await flooder(arena);
  const before = await arena.metric(written);
  const began = performance.now();
  const poured = pour(peer, message(telemetry));
  await peer.ends(kSettledMs);
  const held = arena.heldKib;
  await peer.ends(kFloodMs - kSettledMs);
  poured.stop();
  const seconds = (performance.now() - began) / 1000;
  arena.figure("held_kib", Math.max(0, arena.heldKib - held), { most: kHeldKib });
  const taken = (await arena.metric(written)) - before - kHealthyPerSecond * seconds;
  arena.figure("offered", poured.messages);
  arena.figure("taken", taken, { most: (kBurst + kAllowedPerSecond * seconds) * 1.2 });
  // docs/decisions/0008: it is slowed down, not closed.
  arena.figure("close_code", closeCode(peer), { is: 0 });
  peer.destroy();
}

/** Every message wants an answer: with a hundred unanswered the socket is not read. */
async function unanswered(arena) {
  const peer = await flooder(arena);
  const poured = pour(peer, message({ id: 1, ...telemetry }));
  await peer.ends(kSettledMs);
  const held = arena.heldKib - (await arena.rowsKib());
  await peer.ends(kFloodMs - kSettledMs);
  poured.stop();
  const more = arena.heldKib - (await arena.rowsKib()) - held;
  arena.figure("held_kib", Math.max(0, more), { most: kHeldKib });
  arena.figure("offered", poured.messages);
  arena.figure("answer_bytes", peer.received);
  peer.destroy();
}

async function prepare(arena) {
  arena.flooder = await arena.hub.device("flooder");
}

const kNoLimits = {
  readings_per_second: 1e9,
  readings_burst: 1e9,
  "ws.messages_per_second": 1e9,
  "ws.messages_burst": 1e9,
};

await attacks([
  {
    id: "T-32",
    what: "who sends 50,000 messages a second is slowed down and hurts nobody",
    prepare,
    run: flood,
    promises: { rssDeltaKib },
    healthy: { factor: 1.5 },
  },
  {
    id: "T-32-unanswered",
    what: "with a hundred messages unanswered a socket is not read, and nothing piles up",
    hub: { limits: kNoLimits },
    prepare,
    run: unanswered,
    promises: { rssDeltaKib },
  },
]);
