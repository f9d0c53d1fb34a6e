// T-22: sockets of those who never say who they are.
import { attacks } from "./harness.mjs";
import { closeCode, crowdOf, message, pass, statuses, upgrade } from "./wire.mjs";

const kMany = 5_000;
const kAtOnce = 1_000;
const kPending = 256;
const kAuthMs = 5_000;
const kCloseMs = 5_000;
const kSlackMs = 1_000;

const open = (peers) => peers.filter((peer) => peer.open).length;

/** Waits until so much time has passed since the last of them began. */
async function since(peers, ms) {
  const last = Math.max(...peers.map(({ began }) => began));
  await pass(Math.max(0, ms - (performance.now() - last)));
}

/** When it was told to go, in milliseconds from its beginning; null if it was not. */
function listenForClose(peer) {
  peer.toldAfter = null;
  peer.until(closeCode, 20_000).then((told) => {
    if (told) peer.toldAfter = performance.now() - peer.began;
  });
}

async function silentSockets(arena) {
  // All of them are there before the first has to go.
  const peers = await crowdOf(arena.hub, kMany, () => upgrade(), { atOnce: kAtOnce });
  await Promise.all(peers.map((peer) => peer.until(({ status }) => status !== 0, 5_000)));
  const taken = peers.filter(({ status }) => status === 101);
  const refused = peers.filter(({ status }) => status !== 101);
  taken.forEach(listenForClose);
  arena.figure("statuses", statuses(peers));
  arena.figure("pending_at_most", open(taken), { most: kPending });
  const others = refused.filter(({ status }) => ![429, 503].includes(status)).length;
  arena.figure("refused_otherwise", others, { is: 0 });
  const without = refused.filter((peer) => !/^retry-after: /im.test(peer.text)).length;
  arena.figure("refused_without_retry_after", without, { is: 0 });
  await since(peers, kAuthMs + kSlackMs);
  arena.figure("open_after_6s", open(peers), { most: kPending });
  const codes = [...new Set(taken.map(closeCode))];
  arena.figure("codes_after_6s", codes, { is: [1008] });
  arena.figure("told_after_ms", Math.max(...taken.map((peer) => peer.toldAfter ?? Infinity)), {
    most: kAuthMs + kSlackMs,
  });
  // They do not answer the close frame either.
  await since(peers, kAuthMs + kCloseMs + kSlackMs);
  arena.figure("open_after_11s", open(taken), { is: 0 });
  peers.forEach((peer) => peer.destroy());
}

const nonsense = {
  others: message({ id: 1, op: "devices.list" }),
  wrong: message({ id: 1, op: "auth", body: { token: "a".repeat(100) } }),
  long: message({ id: 1, op: "auth", body: { token: "a".repeat(5_000) } }),
  much: Buffer.concat(Array(2_000).fill(message("not an envelope"))),
};

/** Those who talk, and say everything but who they are. */
async function babblers(arena) {
  for (const [name, bytes] of Object.entries(nonsense)) {
    const peers = await crowdOf(arena.hub, 50, () => upgrade());
    await Promise.all(peers.map((peer) => peer.until(({ status }) => status !== 0, 5_000)));
    const held = arena.heldKib;
    const cpu = arena.cpu;
    peers.forEach((peer) => peer.write(bytes));
    await Promise.all(peers.map((peer) => peer.until(closeCode, kAuthMs + kSlackMs)));
    const told = peers.filter((peer) => closeCode(peer) !== 0 || !peer.open).length;
    arena.figure(`${name}_told_to_go`, told, { is: peers.length });
    arena.figure(`${name}_kib_each`, Math.max(0, arena.heldKib - held) / peers.length);
    arena.figure(`${name}_cpu_ms_each`, ((arena.cpu - cpu) * 1000) / peers.length, { most: 5 });
    const most = Math.max(...peers.map(({ received }) => received));
    arena.figure(`${name}_answer_bytes`, most, { most: 4 * 1024 });
    peers.forEach((peer) => peer.destroy());
  }
}

/** Connections on which nothing is ever said: the hub may wait for a head for a while. */
async function bareConnections(arena) {
  const peers = await crowdOf(arena.hub, kMany, undefined, { atOnce: kAtOnce });
  await pass(12_000);
  arena.figure("open_after_12s", peers.filter((peer) => peer.open).length, { most: kPending });
  peers.forEach((peer) => peer.destroy());
}

// A socket and what belongs to it; then 4 KiB of what it may say. Those who are refused are
// connections for a moment: as many as come at once.
const kSocketKib = 8;
const kRefusedKib = 2;
// And what the allocator and the loops keep of it.
const kKeptKib = 1024;
const rssDeltaKib = kPending * (kSocketKib + 4) + kAtOnce * kRefusedKib + kKeptKib;

await attacks([
  ...[
    ["T-22", []],
    ["T-22-loops", ["--loops", "4"]],
  ].map(([id, words]) => ({
    id,
    what: "256 sockets in all may be without credentials, for five seconds",
    hub: { words },
    run: silentSockets,
    promises: { rssDeltaKib },
  })),
  {
    id: "T-22-babblers",
    what: "who says much before saying who it is, is closed and answered little",
    run: babblers,
  },
  {
    id: "T-22-bare",
    what: "a connection on which nothing is said goes as well",
    extra: true,
    run: bareConnections,
  },
]);
