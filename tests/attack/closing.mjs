// T-28: sockets that are told to close and do not.
import { attacks } from "./harness.mjs";
import { closeCode, crowd, frame, op, pass, webSockets } from "./wire.mjs";

const kMany = 2_000;
const kCloseMs = 5_000;
const kSlackMs = 1_000;
const kRevokesAtOnce = 32;

async function prepare(arena) {
  arena.crowd = await arena.makeDevices(kMany);
}

async function ignoredCloses(arena) {
  const peers = await webSockets(arena.hub, kMany, (at) => arena.crowd[at].key);
  arena.figure("opened", peers.filter(({ status }) => status === 101).length, { is: kMany });
  // The same half of them talks on, as if it had heard nothing.
  const pings = setInterval(() => {
    peers.forEach((peer, at) => at % 2 && peer.write(frame(op.ping, "still here")));
  }, 1_000);
  const ended = Array(kMany);
  const clients = Array.from({ length: kRevokesAtOnce }, () =>
    arena.hub.client(arena.hub.admin.admin_key),
  );
  const revoked = performance.now();
  await crowd(
    kMany,
    async (at) => {
      const { id, keyId } = arena.crowd[at];
      await clients[at % clients.length].must("DELETE", `/v1/devices/${id}/keys/${keyId}`);
      ended[at] = performance.now();
    },
    kRevokesAtOnce,
  );
  arena.figure("revoked_in_ms", performance.now() - revoked);
  await pass(kCloseMs + kSlackMs);
  clearInterval(pings);
  arena.figure("open_after_6s", peers.filter((peer) => peer.open).length, { is: 0 });
  const codes = {};
  for (const peer of peers) codes[closeCode(peer)] = (codes[closeCode(peer)] ?? 0) + 1;
  arena.figure("codes", codes, { is: { 4401: kMany } });
  const lasted = peers.map((peer, at) => (peer.closedAt ?? performance.now()) - ended[at]);
  arena.figure("longest_ms_after_revoking", Math.max(...lasted), { most: kCloseMs + kSlackMs });
  clients.forEach((client) => client.close());
  arena.figure("hub_closed_them", await arena.closesDownTo(2, 2_000), { is: true });
  peers.forEach((peer) => peer.destroy());
}

await attacks([
  {
    id: "T-28",
    what: "who does not answer a close frame is gone after five seconds",
    prepare,
    run: ignoredCloses,
  },
]);
