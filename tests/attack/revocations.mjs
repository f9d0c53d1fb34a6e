// T-63: keys are revoked one after the other, each of a device whose socket is open, while others
// write. tests/end_to_end/revocation_test.mjs does it with every kind of credential.
import { attacks } from "./harness.mjs";
import { answerPings, closeCode, crowd, webSockets } from "./wire.mjs";

const kSockets = 1_000;
const kAtOnce = 4;
const kMostMs = 1_000;
const kPatienceMs = 20_000;
const kRevoked = 4401;

async function prepare(arena) {
  arena.crowd = await arena.makeDevices(kSockets);
}

/** How long it took until the socket was told, and until a request was refused. */
async function revoke(clients, { id, key, keyId }, peer) {
  const began = performance.now();
  const told = peer
    .until((each) => closeCode(each) !== 0, kPatienceMs)
    .then(() => performance.now() - began);
  const headers = { authorization: `Bearer ${key}` };
  await clients.admin.must("DELETE", `/v1/devices/${id}/keys/${keyId}`);
  const done = performance.now() - began;
  const { status } = await clients.guest.ask("GET", "/v1/me", undefined, headers);
  const refused = status === 401 ? performance.now() - began : Infinity;
  const closed = await told;
  return { closed, behind: closed - done, refused, code: closeCode(peer) };
}

function times(arena, name, all, most) {
  const sorted = all.toSorted((one, other) => one - other);
  arena.figure(`${name}_p50_ms`, sorted[Math.floor(sorted.length / 2)]);
  arena.figure(`${name}_p99_ms`, sorted[Math.floor(sorted.length * 0.99)], { most });
  arena.figure(`${name}_max_ms`, sorted.at(-1));
}

async function revocations(arena) {
  const peers = await webSockets(arena.hub, kSockets, (at) => arena.crowd[at].key);
  peers.forEach(answerPings);
  const open = () => peers.filter((peer) => peer.open && closeCode(peer) === 0).length;
  arena.figure("live", open(), { is: kSockets });
  const workers = Array.from({ length: kAtOnce }, () => ({
    admin: arena.hub.client(arena.hub.admin.admin_key),
    guest: arena.hub.client(null),
  }));
  const half = kSockets / 2;
  const revokeFrom = (from, count) =>
    crowd(
      count,
      async (number) => {
        const clients = workers.pop();
        const found = await revoke(clients, arena.crowd[from + number], peers[from + number]);
        workers.push(clients);
        return found;
      },
      kAtOnce,
    );
  const first = await revokeFrom(0, half);
  arena.figure("others_after_half", open(), { is: kSockets - half });
  const found = [...first, ...(await revokeFrom(half, kSockets - half))];
  arena.figure("codes", [...new Set(found.map(({ code }) => code))], { is: [kRevoked] });
  const all = (name) => found.map((each) => each[name]);
  times(arena, "closed", all("closed"), kMostMs);
  times(arena, "refused", all("refused"), kMostMs);
  // After the answer that it is revoked.
  arena.figure("closed_behind_ms", Math.max(...all("behind")), { most: kMostMs });
  peers.forEach((peer) => peer.destroy());
}

await attacks([
  {
    id: "T-63",
    what: "who is revoked is out within a second, of a thousand with open sockets",
    prepare,
    run: revocations,
  },
]);
