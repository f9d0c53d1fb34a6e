// T-62: everything that a hub with TLS and client certificates listens on asks for the same proof,
// on each of its loops, in whole and in resumed handshakes. Certificates by the dozen are in
// tests/end_to_end/device_certificates_test.mjs.
import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";

import { selfSigned, signedBy } from "../end_to_end/certificates.mjs";
import { attacks } from "./harness.mjs";
import { Peer, crowd, hasSaid, message, request, upgrade } from "./wire.mjs";

const kLoops = 4;
// The kernel chooses the loop by a hash of the addresses: none of four is missed by so many, but
// once in a million times.
const kEach = 48;
const kAtOnce = 8;
const kPatienceMs = 20_000;
const kRevokedMs = 1_000;
const kListening = "0A";
const kUnixListening = "00010000";

const authority = selfSigned("authority");
const rogue = selfSigned("authority");
const host = "localhost";

/** What a process listens on: `{tcp: ["127.0.0.1:8080", ...], unix: [path, ...]}`. */
function listening(pid) {
  const mine = new Set();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkOf(`/proc/${pid}/fd/${fd}`)) ?? [];
    if (inode !== undefined) mine.add(inode);
  }
  const rows = (name) =>
    readFileSync(`/proc/${pid}/net/${name}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  const tcp = [...rows("tcp"), ...rows("tcp6")]
    .filter((row) => row[3] === kListening && mine.has(row[9]))
    .map((row) => addressOf(row[1]));
  const unix = rows("unix")
    .filter((row) => row[3] === kUnixListening && mine.has(row[6]))
    .map((row) => row[7] ?? "");
  return { tcp, unix };
}

function readlinkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // It has been closed meanwhile.
  }
}

/** `0100007F:1F90` as `127.0.0.1:8080`; an address of IPv6 stays as it is. */
function addressOf(text) {
  const [address, port] = text.split(":");
  const bytes = address.length === 8 ? Buffer.from(address, "hex").reverse().join(".") : address;
  return `${bytes}:${parseInt(port, 16)}`;
}

const ask = {
  rest: { bytes: request("GET", "/v1/me", { host }), says: /"id":"([^"]+)"/ },
  ws: { bytes: upgrade(undefined, [], host), says: /"hello".*?"id":"([^"]+)"/ },
};

/** Who the hub says `who` is at a door: an id, "nobody" or "closed"; and the session's ticket. */
async function ways(arena, door, who, session) {
  const socket = connect({
    ...{ port: arena.port, host: "127.0.0.1", servername: host, ca: arena.hub.tls.ca },
    ...{ cert: who?.cert, key: who?.key, session, ALPNProtocols: ["http/1.1"] },
  });
  const found = { is: "closed", resumed: false, ticket: undefined };
  socket.on("session", (ticket) => (found.ticket = ticket));
  const peer = new Peer({ socket });
  if (await peer.opened) {
    found.resumed = socket.isSessionReused();
    peer.write(ask[door].bytes);
    await peer.until(({ status }) => status !== 0, kPatienceMs);
    if (door === "ws" && peer.status === 101) {
      peer.write(message({ id: 1, op: "me.get" }));
      await peer.until((each) => hasSaid(each, '"hello"') || hasSaid(each, "401"), kPatienceMs);
    }
    if (peer.status !== 0) found.is = ask[door].says.exec(peer.text)?.[1] ?? "nobody";
  }
  peer.destroy();
  return found;
}

const give = async (arena, device, certificate) => {
  await arena.hub.rest.must("POST", "/v1/devices", { id: device });
  const path = `/v1/devices/${device}/certificates`;
  const body = { certificate: certificate.cert.toString() };
  return (await arena.hub.rest.must("POST", path, body)).body;
};

async function prepare(arena) {
  arena.own = signedBy(authority, "lamp-1");
  arena.ended = signedBy(authority, "lamp-2");
  arena.strange = signedBy(rogue, "lamp-1");
  await give(arena, "lamp-1", arena.own);
  const { id } = await give(arena, "lamp-2", arena.ended);
  arena.endedPath = `/v1/devices/lamp-2/keys/${id}`;
}

/** How many of `kEach` connections are `expected` at each door. */
async function right(arena, who, expected) {
  const cells = {};
  for (const door of ["rest", "ws"]) {
    const found = await crowd(kEach, () => ways(arena, door, who), kAtOnce);
    cells[door] = found.filter(({ is }) => is === expected).length;
  }
  return cells;
}

/** The same with tickets: each is good for one connection. */
async function rightResumed(arena, who, expected, tickets) {
  const cells = {};
  for (const door of ["rest", "ws"]) {
    const found = await crowd(
      kEach,
      async () => {
        const ticket = tickets?.pop() ?? (await ways(arena, "rest", who)).ticket;
        return await ways(arena, door, who, ticket);
      },
      kAtOnce,
    );
    cells[door] = found.filter(({ is }) => is === expected).length;
    cells[`${door}_resumed`] = found.filter(({ resumed }) => resumed).length;
  }
  return cells;
}

function listeners(arena) {
  const { tcp, unix } = listening(arena.hub.pid);
  arena.figure("tcp_listeners", tcp.length);
  arena.figure("addresses", [...new Set(tcp)], { is: [`127.0.0.1:${arena.port}`] });
  arena.figure("unix_listeners", unix.length);
  const admin = join(arena.hub.data, "admin.sock");
  arena.figure("other_listeners", unix.filter((path) => path !== admin), { is: [] });
  const mode = statSync(admin).mode & 0o777;
  arena.figure("admin_socket_mode", mode.toString(8), { is: "600" });
}

async function everyListener(arena) {
  listeners(arena);
  const all = { rest: kEach, ws: kEach };
  arena.figure("own", await right(arena, arena.own, "lamp-1"), { is: all });
  arena.figure("none", await right(arena, undefined, "nobody"), { is: all });
  arena.figure("of_another_authority", await right(arena, arena.strange, "closed"), { is: all });
  const resumed = await rightResumed(arena, arena.own, "lamp-1");
  arena.figure("own_again", resumed, {
    is: { rest: kEach, rest_resumed: kEach, ws: kEach, ws_resumed: kEach },
  });
  // Tickets from before the end, and what they are worth behind it.
  const before = await crowd(2 * kEach, () => ways(arena, "rest", arena.ended), kAtOnce);
  arena.figure("before_the_end", before.filter(({ is }) => is === "lamp-2").length, {
    is: 2 * kEach,
  });
  const began = performance.now();
  await arena.hub.rest.must("DELETE", arena.endedPath);
  const first = await crowd(kLoops, () => ways(arena, "rest", arena.ended));
  arena.figure("revoked_after_ms", performance.now() - began, { most: kRevokedMs });
  arena.figure("at_once", first.filter(({ is }) => is === "nobody").length, { is: kLoops });
  arena.figure("revoked", await right(arena, arena.ended, "nobody"), { is: all });
  const tickets = before.map(({ ticket }) => ticket);
  const again = await rightResumed(arena, arena.ended, "nobody", tickets);
  arena.figure("revoked_again", again, {
    is: { rest: kEach, rest_resumed: kEach, ws: kEach, ws_resumed: kEach },
  });
}

await attacks([
  {
    id: "T-62",
    what: "every listener and every loop asks for the same certificate",
    hub: () => ({
      tls: selfSigned(),
      words: ["--tls-client-ca", authority.cert, "--loops", String(kLoops)],
    }),
    prepare,
    run: everyListener,
    promises: { rssDeltaKib: 64 * 1024 },
  },
]);
