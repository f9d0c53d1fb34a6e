// T-08 and T-09: requests without end on one connection, and connections without end.
import { attacks } from "./harness.mjs";
import { Peer, crowdOf, pass, request, statuses } from "./wire.mjs";

const kRequests = 100_000;
const kPiece = 1_000;

/** One that asks and asks and never listens. */
async function pipelining(arena) {
  const { key } = arena.devices.rest;
  const piece = Buffer.from(request("GET", "/v1/me", { key }).repeat(kPiece));
  const peer = new Peer({ port: arena.port, reads: false });
  await peer.opened;
  const poured = peer.pour(Array(kRequests / kPiece).fill(piece));
  const before = await arena.metric('tandem_requests_total{door="rest",op="me.get",status="200"}');
  const over = await Promise.race([poured, pass(8_000).then(() => null)]);
  const after = await arena.metric('tandem_requests_total{door="rest",op="me.get",status="200"}');
  arena.figure("taken_whole", over !== null, { is: false });
  arena.figure("answered", after - before);
  peer.destroy();
}

// A connection keeps what has come and cannot be used yet: a read buffer, and one more while it
// goes on.
const kHeldKib = 2 * 1024;
// argon2id works in so much memory, once.
const kPasswordKib = 19 * 1024;
const kPourMs = 6_000;
// Where nothing stops them.
const kPourRequests = 1_000_000;

/** Pours `one` into `count` connections that hear the answers; what the hub then holds more. */
async function pour(arena, one, count) {
  const piece = Buffer.from(one.repeat(kPiece));
  const peers = await crowdOf(arena.hub, count);
  const held = arena.heldKib;
  let sent = 0;
  const pieces = function* () {
    for (; sent < kPourRequests / kPiece; ++sent) yield piece;
  };
  const poured = Promise.all(peers.map((peer) => peer.pour(pieces())));
  await Promise.race([poured, pass(kPourMs)]);
  const more = Math.max(0, arena.heldKib - held);
  arena.figure("sent", sent * kPiece);
  const heard = peers.reduce((sum, { received }) => sum + received, 0);
  arena.figure("answer_bytes", heard, { least: 1 });
  peers.forEach((peer) => peer.destroy());
  return more;
}

/** What is stored is answered later; what comes meanwhile must not pile up. */
async function waitingForTheDisk(arena) {
  const { key } = await arena.hub.device("pipelining");
  const body = '{"a":1}';
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  const one = request("POST", "/v1/me/telemetry", { key, headers, body });
  arena.figure("held_kib", await pour(arena, one, 1), { most: kHeldKib });
}

/** The same without a key: a password is checked for a while, the wrong one too. */
async function waitingForPasswords(arena) {
  const body = '{"user":"admin","password":"a guess"}';
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  const one = request("POST", "/v1/session", { headers, body });
  arena.figure("held_kib", await pour(arena, one, 8), { most: kPasswordKib + 8 * kHeldKib });
}

const kConnects = 1_000;
const kFiles = 256;
const kNewcomers = 20;
const kNewcomerEveryMs = 300;
const kNewcomerMs = 2_000;

/** Somebody new: what it is told, 0 for nothing, and how long that takes. */
async function newcomer(arena) {
  const peer = new Peer({ port: arena.port });
  const { key } = arena.devices.rest;
  peer.opened.then(() =>
    peer.write(request("GET", "/v1/me", { key, headers: ["Connection: close"] })),
  );
  await peer.until(({ status }) => status !== 0, kNewcomerMs);
  const lasted = performance.now() - peer.began;
  peer.destroy();
  return { status: peer.status, lasted };
}

async function withoutFiles(arena) {
  const cpu = arena.cpu;
  const began = performance.now();
  const peers = await crowdOf(arena.hub, kConnects, undefined, { atOnce: 1_000 });
  const told = [];
  for (let at = 0; at < kNewcomers; ++at) {
    told.push(newcomer(arena));
    await pass(kNewcomerEveryMs);
  }
  const newcomers = await Promise.all(told);
  const seconds = (performance.now() - began) / 1000;
  arena.figure("cpu_percent", ((arena.cpu - cpu) / seconds) * 100, { most: 20 });
  arena.figure("refused", statuses(peers.filter((peer) => !peer.open)));
  arena.figure("files_open", arena.open + arena.filesBefore);
  const counts = statuses(newcomers);
  arena.figure("newcomers", counts);
  const unanswered = newcomers.filter(({ status }) => status !== 200 && status !== 503);
  arena.figure("newcomers_without_answer", unanswered.length, { is: 0 });
  arena.figure("newcomer_ms_at_most", Math.max(...newcomers.map(({ lasted }) => lasted)));
  peers.forEach((peer) => peer.destroy());
  const freed = performance.now();
  let last;
  do last = await newcomer(arena);
  while (last.status !== 200 && performance.now() - freed < 5_000);
  arena.figure("recovered_after_ms", performance.now() - freed, { most: 1_000 });
}

await attacks([
  {
    id: "T-08",
    what: "sixteen requests of a connection are under way, then it is not read",
    run: pipelining,
    promises: { rssDeltaKib: 1024 },
  },
  {
    id: "T-08-disk",
    what: "the same where each request waits for the disk",
    run: waitingForTheDisk,
  },
  {
    id: "T-08-strangers",
    what: "the same without a key, where each request waits for a password to be checked",
    run: waitingForPasswords,
  },
  ...[
    ["T-09", []],
    ["T-09-loops", ["--loops", "4"]],
  ].map(([id, words]) => ({
    id,
    what: "a hub without files to open does not spin and says 503",
    hub: { words, under: ["prlimit", `--nofile=${kFiles}:${kFiles}`] },
    run: withoutFiles,
  })),
]);
