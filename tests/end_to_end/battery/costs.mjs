// What hostile sockets cost the server, all others being answered meanwhile.
import { costOf, openFiles } from "../measure.mjs";
import { eventually } from "../wait.mjs";
import { Peer } from "./client.mjs";
import { close, frame, kBinary, kText, text } from "./frames.mjs";
import { pack, packedFrame, packedText } from "./packing.mjs";
import { letters } from "./words.mjs";

const many = (count, make) => Promise.all(Array.from({ length: count }, (_, at) => make(at)));
/** Some after another, so that not all of them wait to be accepted at once. */
async function openMany(server, count, options) {
  const peers = [];
  while (peers.length < count) {
    const some = Math.min(100, count - peers.length);
    peers.push(...(await many(some, () => Peer.open(server, options))));
  }
  return peers;
}
const closeCode = ({ events }) => (events.at(-1)?.[0] === "close" ? events.at(-1)[1] : null);

/** Messages that claim to be as long as may be, and of which little comes: KiB for each socket. */
export async function claimMuch(server, sockets) {
  const part = Buffer.concat([frame(kBinary, "", { length: 131_072 }), letters(1_024)]);
  const { peakKib } = await costOf(server.pid, async () => {
    const peers = await openMany(server, sockets);
    await many(sockets, (at) => peers[at].write(part));
    await server.alive();
    for (const peer of peers) peer.destroy();
  });
  return peakKib / sockets;
}

/**
 * So many fragments of one message: the close code, and KiB that the server held beyond before. The
 * code is that of a first peer, who listens after a thousand: who only writes is reset in the end.
 */
export async function sendFragments(server, payload, count) {
  const flood = Buffer.concat(Array(1_000).fill(frame(0, payload, { fin: false })));
  const peers = await openMany(server, 2);
  const { peakKib } = await costOf(server.pid, async () => {
    for (const peer of peers) await peer.write(text(payload, { fin: false }));
    await peers[0].write(flood);
    await peers[0].untilEnded();
    for (let sent = 0; sent < count && !peers[1].ended; sent += 1_000) await peers[1].write(flood);
    await peers[1].untilEnded();
  });
  await server.alive();
  for (const peer of peers) peer.destroy();
  return { code: closeCode(peers[0]), kib: peakKib };
}

/** Bombs one after another: how many were closed with 1009, and what one cost. */
export async function explode(server, count) {
  const bomb = packedFrame("binary", pack(Buffer.alloc(64 * 1_024 * 1_024)));
  let refused = 0;
  const { peakKib, cpu } = await costOf(server.pid, async () => {
    for (let at = 0; at < count; ++at) {
      const peer = await Peer.open(server, { extensions: "permessage-deflate" });
      await peer.write(bomb);
      await peer.untilEnded();
      if (closeCode(peer) === 1009) refused += 1;
      peer.destroy();
    }
  });
  return { bytes: bomb.length, refused, kib: peakKib, cpu_ms: (cpu * 1_000) / count };
}

/** Sockets with a secret each, all compressed, in turn: how many answers were not the own secret. */
export async function keepSecrets(server, sockets, rounds) {
  const peers = await openMany(server, sockets, { extensions: "permessage-deflate" });
  const secret = (at, round) => `secret ${at} of round ${round}, `.repeat(40 + ((at * 7) % 100));
  let foreign = 0;
  for (let round = 0; round < rounds; ++round) {
    await many(sockets, (at) => peers[at].write(packedText(secret(at, round))));
    await many(sockets, (at) => peers[at].untilEvents(round + 1));
    peers.forEach(({ events }, at) => {
      if (events[round]?.[1].toString() !== secret(at, round)) foreign += 1;
    });
  }
  const compressed = peers.reduce((sum, each) => sum + each.compressed, 0);
  for (const peer of peers) peer.destroy();
  return { foreign, compressed };
}

/** How many files a process has open beyond `before`, once they are closed or after so many ms. */
async function leftOpen(pid, before, ms) {
  const left = () => openFiles(pid) - before;
  await eventually(ms, "sockets to be let go", () => left() <= 0).catch(() => {});
  return Math.max(0, left());
}

/** How sockets come to be closed by the server. */
const kEnds = [close(1000), frame(3), frame(kText, "", { length: 1_000_000 })];

/** Sockets that are closed and ignore it: how many the server has still open after so many ms. */
export async function ignoreClose(server, sockets, ms) {
  await server.alive();
  const before = openFiles(server.pid);
  const peers = await openMany(server, sockets);
  for (const peer of peers) peer.deafen();
  await many(sockets, (at) => peers[at].write(kEnds[at % kEnds.length]));
  const open = await leftOpen(server.pid, before, ms);
  for (const peer of peers) peer.destroy();
  return open;
}

/** Sockets of a device that are each closed for the next, and ignore it: how many stay too long. */
export async function ignoreTakeover(hub, key, sockets, ms) {
  const server = { port: Number(new URL(hub.url).port) };
  const options = { path: "/v1/stream", fields: [`Authorization: Bearer ${key}`] };
  const peers = [await Peer.open(server, options)];
  const before = openFiles(hub.pid);
  while (peers.length < sockets) {
    peers.at(-1).deafen();
    peers.push(await Peer.open(server, options));
  }
  const open = await leftOpen(hub.pid, before, ms);
  for (const peer of peers) peer.destroy();
  return open;
}
