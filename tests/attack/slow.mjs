// Those who take their time: heads, bodies and answers by the drop.
import { start } from "../end_to_end/hub.mjs";
import { costOf } from "../end_to_end/measure.mjs";
import { eventually, within } from "../end_to_end/wait.mjs";
import { attacks, needPrograms } from "./harness.mjs";
import { crowdOf, pass, request, statuses } from "./wire.mjs";

const kHeads = 1_000;
const kHeadMs = 10_000;
const kSlackMs = 1_000;

/** Runs slowhttptest to its end. */
async function slowhttptest(words, ms) {
  const tool = start("slowhttptest", words);
  const { code } = await within(ms, "slowhttptest to end", tool.ended);
  if (code !== 0 && code !== null) throw new Error(`slowhttptest ended with ${code}: ${tool.out}`);
}

/** Says the same again and again, every `everyMs`, to those that are still there. */
function drip(peers, bytes, everyMs) {
  const timer = setInterval(() => peers.forEach((peer) => peer.write(bytes)), everyMs);
  return () => clearInterval(timer);
}

async function slowHeads(arena) {
  const words = `-H -c ${kHeads} -r ${kHeads} -i 3 -l 18 -x 10 -p 5`.split(" ");
  const tool = slowhttptest([...words, "-u", `${arena.hub.url}/v1/me`], 60_000);
  // As many of our own beside it: they see how they are told.
  const first = "GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ";
  const own = await crowdOf(arena.hub, kHeads, () => first);
  const stop = drip(own, "x", 1_000);
  const all = await eventually(9_000, "all to be there", () => arena.open >= 2 * kHeads).then(
    () => true,
    () => false,
  );
  arena.figure("all_were_there", all);
  await pass(12_000);
  arena.figure("open_after_12s", arena.open, { is: 0 });
  stop();
  arena.figure("own_statuses", statuses(own), { is: { 408: kHeads } });
  arena.figure("own_longest_ms", Math.max(...own.map((peer) => peer.lasted)), {
    most: kHeadMs + kSlackMs,
  });
  await tool;
}

const kBodyMs = 15_000;
const kLength = 8_000;
// A phone at the edge of its network: above 500 bytes a second. It has to get through.
const kHonestBytes = 100;
const kHonestEveryMs = 100;

async function slowBodies(arena) {
  const { key } = arena.devices.rest;
  const head = request("POST", "/v1/me/telemetry", {
    key,
    headers: ["Content-Type: application/json", `Content-Length: ${kLength}`],
  });
  const chunked = request("POST", "/v1/me/telemetry", {
    key,
    headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"],
  });
  const peers = await crowdOf(arena.hub, 300, (at) => (at % 2 ? head : chunked));
  const byLength = peers.filter((_, at) => at % 2);
  const byChunks = peers.filter((_, at) => at % 2 === 0);
  const text = " ".repeat(kHonestBytes);
  const [honest] = await crowdOf(arena.hub, 1, () => head);
  const body = Buffer.from('{"a":1}'.padEnd(kLength));
  let sent = 0;
  const honestly = setInterval(() => {
    if (sent >= kLength) return;
    honest.write(body.subarray(sent, sent + kHonestBytes));
    sent += kHonestBytes;
  }, kHonestEveryMs);
  const stops = [
    drip(byLength, text.slice(0, 40), 400),
    drip(byChunks, `28\r\n${text.slice(0, 40)}\r\n`, 400),
    () => clearInterval(honestly),
  ];
  await honest.until(({ status }) => status !== 0, kBodyMs);
  arena.figure("honest_status", honest.status, { is: 200 });
  const last = Math.max(...peers.map(({ began }) => began));
  await pass(Math.max(0, kBodyMs + kSlackMs - (performance.now() - last)));
  arena.figure("open_after_16s", peers.filter(({ open }) => open).length, { is: 0 });
  arena.figure("statuses", statuses(peers), { is: { 408: peers.length } });
  arena.figure("longest_ms", Math.max(...peers.map((peer) => peer.lasted)));
  stops.forEach((stop) => stop());
  [...peers, honest].forEach((peer) => peer.destroy());
}

const kReaders = 50;
const kRows = 60_000;
const kRowText = "a value of some length that makes the answer long, and again";

/** An answer of some MiB. */
async function fillHistory(arena) {
  const { id } = await arena.hub.device("long");
  for (let from = 0; from < kRows; from += 5_000) {
    const rows = Array.from({ length: 5_000 }, (_, at) => ({
      t: 1_700_000_000_000 + from + at,
      v: { text: kRowText },
    }));
    await arena.hub.rest.must("POST", `/v1/devices/${id}/telemetry`, rows);
  }
  arena.target = `/v1/devices/${id}/telemetry?series=text&limit=100000`;
  for (const accept of Object.values(types)) {
    const { raw } = await arena.hub.rest.get(arena.target, { accept });
    arena.figure("answer_kib", raw.length / 1024, { least: 3 * 1024 });
  }
}

const types = { page: "application/json", pieces: "application/x-ndjson" };
const kQueueKib = 256;
// What else belongs to a connection: itself, its request, the piece that is being made.
const kSlackKib = 64;
const kStallMs = 10_000;
// One key has two answers under way; the others wait in line for so long, and may then be the next.
const kLineMs = 10_000;
const kMoreMs = 5_000;

async function slowReaders(arena, type, requests) {
  const { admin_key: key } = arena.hub.admin;
  // The last one says that it is the last: whoever is refused does not stay as an idle connection.
  const ask = (...headers) =>
    request("GET", arena.target, { key, headers: [`Accept: ${type}`, ...headers] });
  const all = ask().repeat(requests - 1) + ask("Connection: close");
  const peers = await crowdOf(arena.hub, kReaders, () => all, { reads: false });
  const began = performance.now();
  arena.figure("open_at_most", arena.open);
  const gone = await arena.closesDownTo(0, kLineMs + kStallMs + kMoreMs);
  arena.figure("gone_after_s", gone ? (performance.now() - began) / 1000 : null);
  arena.figure("open_at_last", arena.open, { is: 0 });
  peers.forEach((peer) => peer.destroy());
}

/** The tiny windows of slowhttptest, which a Node.js socket cannot ask for: a byte a second. */
async function tinyWindows(arena) {
  const words = `-X -c ${kReaders} -r ${kReaders} -l 18 -w 1 -y 1 -n 1 -z 1 -k 1 -p 5`.split(" ");
  const { admin_key: key } = arena.hub.admin;
  // It has no option for a key; that for a cookie takes what follows one as well.
  const lines = ["Connection: close", `Accept: ${types.pieces}`, `Authorization: Bearer ${key}`];
  const cookie = ["a=b", ...lines].join("\r\n");
  const tool = slowhttptest([...words, "-j", cookie, "-u", arena.hub.url + arena.target], 60_000);
  const there = () => arena.open >= kReaders;
  await eventually(5_000, "all to be there", there).catch(() => {});
  arena.figure("open_at_most", arena.open);
  await arena.closesDownTo(0, kLineMs + kStallMs + kMoreMs);
  arena.figure("open_at_last", arena.open, { is: 0 });
  await tool;
}

const kLongRows = 5_000;
const kLongText = "x".repeat(4_000);
// What is waiting to be sent, and a piece of it that is being made; of a page 4 MiB of values, and
// as much as text while that is made and once more while it is sent.
const kLongKib = { pieces: 4 * 1024, page: 24 * 1024 };

/** Long values: 20 MiB of them are few rows. One device, one request at a time. */
async function fillLongValues(arena) {
  arena.long = await arena.hub.device("long-values");
  const { id } = arena.long;
  for (let from = 0; from < kLongRows; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, at) => ({
      t: 1_700_000_000_000 + from + at,
      v: { text: kLongText },
    }));
    await arena.hub.rest.must("POST", `/v1/devices/${id}/telemetry`, rows);
  }
}

async function longValues(arena) {
  const { key } = arena.long;
  for (const [name, type] of Object.entries(types)) {
    const headers = [`Accept: ${type}`, "Connection: close"];
    const asked = request("GET", "/v1/devices/me/telemetry?series=text&limit=100000", {
      key,
      headers,
    });
    // The most that was held: what goes through in pieces is not there for long.
    const { peakKib } = await costOf(arena.hub.pid, async () => {
      const [peer] = await crowdOf(arena.hub, 1, () => asked, { reads: false });
      await pass(3_000);
      peer.destroy();
    });
    arena.figure(`${name}_kib`, peakKib, { most: kLongKib[name] });
  }
}

const kReadersPromise = { rssDeltaKib: kReaders * (kQueueKib + kSlackKib) };
// A page is made and sent as a whole; of one key two at a time.
const kPagesPromise = { rssDeltaKib: 2 * kLongKib.page };
const kManyReadings = { limits: { readings_per_second: 1e9, readings_burst: 1e9 } };

await attacks([
  {
    id: "T-05-long",
    what: "an answer of 20 MiB is not held as a whole, however long its values",
    hub: kManyReadings,
    prepare: fillLongValues,
    run: longValues,
  },
  {
    id: "T-03",
    what: "a head has ten seconds from its first byte, however it trickles",
    needs: () => needPrograms("slowhttptest"),
    run: slowHeads,
    promises: { rssDeltaKib: 2 * kHeads * 32 },
  },
  {
    id: "T-04",
    what: "a body that comes with less than 500 bytes a second is refused with 408",
    run: slowBodies,
  },
  ...[
    ["T-05", "a page", (arena) => slowReaders(arena, types.page, 1)],
    ["T-05-pieces", "a file", (arena) => slowReaders(arena, types.pieces, 1)],
    ["T-05-pipelined", "sixteen files", (arena) => slowReaders(arena, types.pieces, 16)],
    ["T-05-windows", "a file through a window of one byte", tinyWindows],
  ].map(([id, what, run]) => ({
    id,
    what: `who asks for ${what} and does not read it costs 256 KiB and is cut off after 10 s of it`,
    hub: kManyReadings,
    needs: run === tinyWindows ? () => needPrograms("slowhttptest") : undefined,
    prepare: fillHistory,
    run,
    promises: what === "a page" ? kPagesPromise : kReadersPromise,
  })),
]);
