// Heads, targets, chunks, trailers and compressed bodies that are too large, by the thousand.
import { gzipSync } from "node:zlib";

import { attacks } from "./harness.mjs";
import { crowdOf, request, statuses } from "./wire.mjs";

const kMany = 1_000;
const kAnswerMs = 10_000;
const kKib = 1024;

/** Sends `bytes` on `kMany` connections; notes what they are told and whether they are closed. */
/** `resets`: so many of them may see a reset before they have read their answer. */
async function explode(arena, name, bytes, allowed, resets = 0) {
  const peers = await crowdOf(arena.hub, kMany, () => bytes);
  await Promise.all(peers.map((peer) => peer.ends(kAnswerMs)));
  const told = statuses(peers);
  arena.figure(name, told);
  const good = (status) =>
    allowed.includes(Number(status)) || (status === "0" && told[status] <= resets);
  const wrong = Object.keys(told).filter((status) => !good(status));
  if (wrong.length > 0) arena.broken.push(`${name}: ${JSON.stringify(told)}, promised ${allowed}`);
  const open = peers.filter((peer) => peer.open).length;
  if (open > 0) arena.broken.push(`${name}: ${open} are still open`);
  peers.forEach((peer) => peer.destroy());
}

const heads = {
  "uri-16k": [request("GET", `/v1/me?${"a".repeat(16 * kKib)}`), [414]],
  // The hub reads 256 KiB behind its answer; what comes beyond may reset the connection too early.
  "uri-1m": [request("GET", `/${"a".repeat(kKib * kKib)}`), [414], kMany / 50],
  "head-64k": [request("GET", "/v1/me", { headers: [`X: ${"a".repeat(64 * kKib)}`] }), [431]],
  "name-64k": [request("GET", "/v1/me", { headers: [`${"a".repeat(64 * kKib)}: 1`] }), [431]],
  "headers-2000": [
    request("GET", "/v1/me", { headers: Array.from({ length: 2_000 }, (_, at) => `a${at}: 1`) }),
    [431],
  ],
  "line-without-end": ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "b".repeat(64 * kKib), [431]],
  "method-64k": ["A".repeat(64 * kKib), [400, 414, 431, 501]],
};

/** Those who stop just before they would be refused hold the most. */
async function almostWholeHeads(arena) {
  const before = arena.heldKib;
  const line = `X: ${"a".repeat(15 * kKib)}`;
  const bytes = request("GET", "/v1/me", { headers: [line] }).slice(0, -2);
  const peers = await crowdOf(arena.hub, kMany, () => bytes);
  // What was sent last has been read once another connection has been answered.
  await arena.hub.rest.get("/v1/me");
  arena.figure("held_kib_each", (arena.heldKib - before) / kMany, { most: 32 });
  arena.figure("held_open", peers.filter((peer) => peer.open).length);
  peers.forEach((peer) => peer.destroy());
}

async function headBombs(arena) {
  for (const [name, row] of Object.entries(heads)) {
    await explode(arena, name, ...row);
  }
  await almostWholeHeads(arena);
}

const chunked = (key, body, headers = []) =>
  request("POST", "/v1/me/telemetry", {
    key,
    headers: ["Content-Type: application/json", "Transfer-Encoding: chunked", ...headers],
    body,
  });

async function chunkBombs(arena) {
  const { key } = arena.devices.rest;
  const data = '7\r\n{"a":1}\r\n';
  const end = "0\r\n";
  const long = (count) => "a".repeat(count);
  const vectors = {
    "chunk-ext-huge": [chunked(key, `7;${long(64 * kKib)}\r\n`), [400]],
    "chunk-ext-endless": [chunked(key, `7;a="${long(kKib * kKib)}`), [400]],
    "last-chunk-ext-huge": [chunked(key, `${data}0;${long(64 * kKib)}\r\n\r\n`), [400]],
    "chunk-size-huge": [chunked(key, `${"0".repeat(64 * kKib)}7\r\n`), [400]],
    "chunk-size-overflow": [chunked(key, "fffffffffffffffff\r\n"), [400, 413]],
    "chunk-size-2^63": [chunked(key, "7fffffffffffffff\r\n"), [400, 413]],
    "trailer-huge": [chunked(key, `${data}${end}X: ${long(64 * kKib)}\r\n\r\n`), [400, 431]],
    "trailers-2000": [chunked(key, `${data}${end}${"X: 1\r\n".repeat(2_000)}\r\n`), [400, 431]],
  };
  for (const [name, [bytes, allowed]] of Object.entries(vectors)) {
    await explode(arena, name, bytes, allowed);
  }
  // What a trailer says counts for nothing: neither who asks nor how long the body is.
  const close = ["Connection: close"];
  const credentials = chunked(
    undefined,
    `${data}${end}Authorization: Bearer ${key}\r\n\r\n`,
    close,
  );
  await explode(arena, "trailer-credentials", credentials, [400, 401]);
  const length = chunked(key, `${data}${end}Content-Length: 100\r\n\r\n`, close);
  await explode(arena, "trailer-cl", length, [200, 400]);
}

// ---------------------------------------------------------------- T-11

const kMiB = kKib * kKib;

/** One MiB of gzip that is one GiB of spaces: JSON may begin with them. */
function gzipBomb() {
  const packed = gzipSync(Buffer.alloc(64 * kMiB, " "), { level: 9 });
  return Buffer.concat(Array(Math.floor(kMiB / packed.length)).fill(packed));
}

/** One MiB of zstd that is 32 GiB of spaces: blocks of one byte, repeated (RFC 8878, 3.1.1.2). */
function zstdBomb() {
  // A frame without checksum, with a window of 128 KiB and no size.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const blockBytes = 128 * kKib;
  const block = Buffer.alloc(4);
  block.writeUIntLE((blockBytes << 3) | (1 << 1), 0, 3);
  block[3] = 0x20;
  const last = Buffer.from(block);
  last[0] |= 1;
  const blocks = Array(kMiB / 4 - 8).fill(block);
  return Buffer.concat([head, ...blocks, last]);
}

const kAtOnce = 8;
const kPaths = { telemetry: "/v1/me/telemetry", state: "/v1/me/state" };
// What a body may be, inflated: docs/reference/limits.md.
const kMostMiB = { telemetry: 16, state: 1 };

async function compressionBombs(arena) {
  const { key } = arena.devices.rest;
  const bombs = { gzip: gzipBomb(), zstd: zstdBomb() };
  const all = Object.entries(bombs);
  for (const [coding, body] of [...all, ...all]) {
    for (const [name, path] of Object.entries(kPaths)) {
      const head = request(name === "state" ? "PUT" : "POST", path, {
        key,
        headers: [
          "Content-Type: application/json",
          `Content-Encoding: ${coding}`,
          `Content-Length: ${body.length}`,
          "Connection: close",
        ],
      });
      const before = { kib: arena.heldKib, cpu: arena.cpu, at: performance.now() };
      const peers = await crowdOf(arena.hub, kAtOnce, () =>
        Buffer.concat([Buffer.from(head), body]),
      );
      await Promise.all(peers.map((peer) => peer.ends(kAnswerMs)));
      arena.figure(`${coding}_${name}`, statuses(peers), { is: { 413: kAtOnce } });
      arena.figure(`${coding}_${name}_cpu_ms_each`, ((arena.cpu - before.cpu) * 1000) / kAtOnce, {
        most: 250,
      });
      peers.forEach((peer) => peer.destroy());
    }
  }
}

await attacks([
  {
    id: "T-06",
    what: "targets, lines and lists of fields that are too long are refused and held by no one",
    run: headBombs,
    promises: { rssDeltaKib: kMany * 32 },
  },
  {
    id: "T-07",
    what: "chunk extensions and trailers are bounded, and trailers are believed in nothing",
    run: chunkBombs,
    promises: { rssDeltaKib: kMany * 32 },
  },
  {
    id: "T-11",
    what: "a MiB that is a GiB when it is inflated costs what a body may be",
    run: compressionBombs,
    // Each as it was sent, as far as it may be inflated, and as much again while it is copied.
    promises: { rssDeltaKib: kAtOnce * (1 + 2 * Math.max(...Object.values(kMostMiB))) * kKib },
  },
]);
