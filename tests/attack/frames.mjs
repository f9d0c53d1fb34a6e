// Frames that lie about their length, come in crumbs, or are pings without end.
import { attacks } from "./harness.mjs";
import {
  Peer,
  closeCode,
  crowdOf,
  frame,
  frameHead,
  framesIn,
  op,
  pass,
  upgrade,
  webSockets,
} from "./wire.mjs";

const kMany = 1_000;
const kClosedMs = 5_000;
const kMessageBytes = 128 * 1024;
const kMillion = 1_000_000;

const lengths = {
  "128K": [kMessageBytes, 0],
  "128K+1": [kMessageBytes + 1, 1009],
  "2^31-1": [2n ** 31n - 1n, 1009],
  "2^31": [2n ** 31n, 1009],
  "2^31+1": [2n ** 31n + 1n, 1009],
  "2^32-1": [2n ** 32n - 1n, 1009],
  "2^32": [2n ** 32n, 1009],
  "2^32+1": [2n ** 32n + 1n, 1009],
  "2^63-1": [2n ** 63n - 1n, 1009],
  "2^63": [2n ** 63n, 1002],
  "2^64-1": [2n ** 64n - 1n, 1002],
};

/** Declares what never comes. Whoever may be believed stays open, and holds nothing. */
async function giantLengths(arena) {
  const key = () => arena.hub.admin.admin_key;
  const rows = Object.entries(lengths);
  const peers = await webSockets(arena.hub, kMany, key);
  const before = arena.heldKib;
  peers.forEach((peer, at) => peer.write(frameHead(op.text, rows[at % rows.length][1][0])));
  await Promise.all(
    peers.map((peer, at) => rows[at % rows.length][1][1] !== 0 && peer.until(closeCode, kClosedMs)),
  );
  const held = arena.heldKib;
  for (const [row, [name, [, promised]]] of rows.entries()) {
    const codes = new Set(peers.filter((_, at) => at % rows.length === row).map(closeCode));
    arena.figure(name, [...codes].join(), { is: String(promised) });
  }
  arena.figure("held_kib_each", Math.max(0, held - before) / kMany, { most: 64 });
  // The most that may be declared, by all of them, and the first byte of it.
  peers.forEach((peer) => peer.destroy());
  const believed = await webSockets(arena.hub, kMany, key);
  const empty = arena.heldKib;
  believed.forEach((peer) =>
    peer.write(Buffer.concat([frameHead(op.text, kMessageBytes), Buffer.from("x")])),
  );
  await arena.hub.rest.get("/v1/me");
  await pass(1_000);
  arena.figure("believed_kib_each", Math.max(0, arena.heldKib - empty) / kMany, { most: 4 });
  arena.figure("believed_open", believed.filter(({ open }) => open).length, { is: kMany });
  believed.forEach((peer) => peer.destroy());
}

const kFragments = 64;
const kFragmentHits = 'tandem_limit_hits_total{limit="ws.message_fragments"}';
const kControlHits = 'tandem_limit_hits_total{limit="ws.control_burst"}';

/** Whether the hub has read all that was sent so far: it has answered a ping behind it. */
async function barrier(peer, name) {
  peer.write(frame(op.ping, name));
  const answered = () =>
    framesIn(peer.bytes).some((each) => each.opcode === op.pong && String(each.payload) === name);
  return await peer.until(answered, kClosedMs);
}

const fragments = {
  "one-byte": (at) => frame(at === 0 ? op.text : op.more, "a", { fin: false }),
  empty: (at) => frame(at === 0 ? op.text : op.more, "", { fin: false }),
};

async function crumbs(arena) {
  const { admin_key: key } = arena.hub.admin;
  for (const [name, make] of Object.entries(fragments)) {
    const [peer] = await webSockets(arena.hub, 1, () => key);
    for (let at = 0; at < kFragments; ++at) peer.write(make(at));
    arena.figure(`${name}_64th_is_taken`, await barrier(peer, "still there"), { is: true });
    peer.write(make(kFragments));
    await peer.until(closeCode, kClosedMs);
    arena.figure(`${name}_65th`, closeCode(peer), { is: 1008 });
    peer.destroy();

    const [flooder] = await webSockets(arena.hub, 1, () => key);
    const piece = Buffer.concat(Array(1_000).fill(make(1)));
    const held = arena.heldKib;
    const hits = await arena.metric(kFragmentHits);
    flooder.write(make(0));
    await flooder.pour(Array(kMillion / 1_000).fill(piece));
    // Whoever writes on is reset and may never see the code: the hub tells which limit it was.
    arena.figure(`${name}_million_ends`, await flooder.ends(kClosedMs), { is: true });
    arena.figure(`${name}_million_hits`, (await arena.metric(kFragmentHits)) - hits, { is: 1 });
    arena.figure(`${name}_million_kib`, Math.max(0, arena.heldKib - held), { most: 1024 });
    flooder.destroy();
  }
  // A fragment now and then, for ever: the message has ten seconds.
  const [slow] = await webSockets(arena.hub, 1, () => key);
  const began = performance.now();
  slow.write(fragments["one-byte"](0));
  const drip = setInterval(() => slow.write(fragments["one-byte"](1)), 500);
  await slow.until(closeCode, 13_000);
  clearInterval(drip);
  arena.figure("slow_message", closeCode(slow), { is: 1008 });
  arena.figure("slow_message_s", (performance.now() - began) / 1000, { most: 11.5 });
  slow.destroy();
}

/** Pings as fast as they go, and nobody takes the pongs. */
async function pings(arena) {
  const { admin_key: key } = arena.hub.admin;
  const one = frame(op.ping, "p".repeat(125));
  const piece = Buffer.concat(Array(1_000).fill(one));
  const [counted] = await webSockets(arena.hub, 1, () => key);
  counted.write(Buffer.concat(Array(40).fill(one)));
  await counted.until(closeCode, kClosedMs);
  arena.figure("closed_with", closeCode(counted), { is: 1008 });
  const pongs = framesIn(counted.bytes).filter(({ opcode }) => opcode === op.pong);
  arena.figure("pongs", pongs.length, { most: 21 });
  // What the first flood leaves in the allocator is there once; the others must not add to it.
  const hits = await arena.metric(kControlHits);
  const growth = [];
  for (let round = 0; round < 4; ++round) {
    const [held, open] = [arena.heldKib, arena.open];
    const deaf = new Peer({ port: arena.port, reads: false });
    await deaf.opened;
    deaf.write(upgrade(key));
    await Promise.race([deaf.pour(Array(kMillion / 1_000).fill(piece)), pass(5_000)]);
    arena.figure("open_after_flood", Math.max(0, arena.open - open), { is: 0 });
    growth.push(arena.heldKib - held);
    deaf.destroy();
  }
  arena.figure("floods_ended_by_limit", (await arena.metric(kControlHits)) - hits, { is: 4 });
  arena.figure("growth_kib", Math.max(...growth.slice(1)), { most: 64 });
  // As many sockets as that, each with as many pings as are allowed at once, none of which reads.
  const crowd = await crowdOf(arena.hub, kMany, () => upgrade(key), { reads: false });
  await arena.hub.rest.get("/v1/me");
  const before = arena.heldKib;
  crowd.forEach((peer) => peer.write(Buffer.concat(Array(20).fill(one))));
  await arena.hub.rest.get("/v1/me");
  await pass(500);
  arena.figure("allowed_pings_kib_each", Math.max(0, arena.heldKib - before) / kMany, { most: 4 });
  crowd.forEach((peer) => peer.destroy());
}

await attacks([
  {
    id: "T-23",
    what: "a declared length is refused from the head alone, and nothing is kept for it",
    run: giantLengths,
    promises: { rssDeltaKib: kMany * 64 },
  },
  {
    id: "T-24",
    what: "a message has 64 fragments, the empty ones too, and ten seconds",
    run: crumbs,
    promises: { rssDeltaKib: 1024 },
  },
  {
    id: "T-25",
    what: "a flood of pings ends the socket and leaves no pongs behind",
    run: pings,
  },
]);
