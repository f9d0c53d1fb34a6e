// Bits that turn over on the disk. What is damaged is told; no value comes back as another.
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";

import { freshFolder } from "../end_to_end/hub.mjs";
import { Skip } from "./disks.mjs";
import { makeHub } from "./harness.mjs";
import { addCounts, readAll } from "./ledger.mjs";
import { Load } from "./load.mjs";

const kLoadMs = 700;
const kFirstFrame = 1_024;
// So long a piece of a chunk lies in one page; a longer one may go on in another.
const kWindow = 48;

/** A hub that has been ended as `end` says, and what it was told before. */
async function written(row, end) {
  const hub = makeHub();
  await hub.start();
  const load = await Load.begin(hub, "b", row.random, { each: 2 });
  await pass(kLoadMs);
  if (end === "kill") await hub.kill();
  await load.stop();
  if (end === "stop") await hub.stop();
  row.counts.acknowledged += load.acknowledged;
  return { hub, load };
}

function flip(file, at, random) {
  const bytes = readFileSync(file);
  bytes[at] ^= 1 << Math.floor(random() * 8);
  writeFileSync(file, bytes);
}

/** Starts the hub on a copy of its directory in which `damage` was done; gives what it then has. */
async function lookAtCopy(row, { hub: original, load }, damage) {
  const data = join(freshFolder(), "data");
  const isNoSocket = (path) => !path.endsWith(".sock");
  cpSync(original.data, data, { recursive: true, filter: isNoSocket });
  const where = damage(data);
  const hub = makeHub();
  hub.data = data;
  hub.admin = original.admin;
  const refused = await hub.start().then(
    () => null,
    (error) => error,
  );
  const all = { where, refused: refused !== null, devices: [] };
  if (refused === null) {
    for (const ledger of load.ledgers) {
      const { found, gaps } = await readAll(hub, ledger.device);
      all.devices.push({ ledger, found, gaps });
    }
    await hub.kill();
    all.log = hub.log;
  } else {
    row.expect(/damaged|malformed/.test(refused.message), `it ends with: ${refused.message}`);
  }
  rmSync(data, { recursive: true, force: true });
  return all;
}

const kTold = /log_damaged|log_readings_without_name/;

// The log is read when the hub starts, so that its words say whether it has noticed.
async function flipLog(row, base) {
  const at = await lookAtCopy(row, base, (data) => {
    const [name] = readdirSync(join(data, "log")).sort();
    const file = join(data, "log", name);
    const bytes = readFileSync(file);
    let end = bytes.length;
    while (bytes[end - 1] === 0) --end;
    const offset = kFirstFrame + Math.floor(row.random() * (end - kFirstFrame));
    flip(file, offset, row.random);
    return { offset, end };
  });
  row.add("flips_in_log");
  if (at.refused) return row.add("log: start refused, told");
  const told = kTold.test(at.log);
  const counts = { compared: 0, lost: 0, wrong: 0, unreadable: 0, examples: [] };
  for (const { ledger, found } of at.devices) addCounts(counts, ledger.compare(found, () => told));
  addCounts(row.counts, counts);
  row.add("log: readings lost and told", counts.unreadable);
  row.add(told ? "log: told" : "log: not told");
  row.expect(counts.lost === 0, `a flip at ${at.where.offset} of ${at.where.end} is not told`);
}

/** Where the bytes of each chunk are in telemetry.db: pieces that are in one page. */
function piecesOfChunks(data) {
  const file = join(data, "telemetry.db");
  const sql = "SELECT device.name, hex(data) FROM chunk JOIN device ON device.id = chunk.device";
  const asked = spawnSync("sqlite3", ["-readonly", file, sql], { encoding: "utf8" });
  if (asked.error) throw new Skip("sqlite3 is not installed");
  const bytes = readFileSync(file);
  return asked.stdout
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [device, hex] = line.split("|");
      const blob = Buffer.from(hex, "hex");
      const pieces = [];
      for (let from = 0; from + kWindow <= blob.length; from += kWindow) {
        const at = bytes.indexOf(blob.subarray(from, from + kWindow));
        if (at >= 0) pieces.push({ device, at });
      }
      return pieces;
    });
}

async function flipChunk(row, base, pieces) {
  const at = await lookAtCopy(row, base, (data) => {
    const piece = pieces[Math.floor(row.random() * pieces.length)];
    const offset = piece.at + Math.floor(row.random() * kWindow);
    flip(join(data, "telemetry.db"), offset, row.random);
    return piece.device;
  });
  row.add("flips_in_chunks");
  if (!row.expect(!at.refused, "a damaged chunk keeps the hub from starting")) return;
  for (const { ledger, found, gaps } of at.devices) {
    const isGap = (time) => gaps.some(([from, to]) => time >= from && time < to);
    const counts = ledger.compare(found, isGap);
    addCounts(row.counts, counts);
    row.add("chunks: readings refused with 503", counts.unreadable);
    const mine = ledger.device === at.where;
    row.expect(mine || counts.unreadable === 0, `${ledger.device} is hurt by ${at.where}'s chunk`);
    row.expect(!mine || counts.unreadable > 0, `the chunk of ${at.where} is read in spite of it`);
  }
}

// Pages of SQLite have no checksum: what a flip there hides is missing without a word. That is
// counted and not promised; that nothing comes back as another value is.
async function flipAnywhere(row, base) {
  const at = await lookAtCopy(row, base, (data) => {
    const file = join(data, "telemetry.db");
    const { length } = readFileSync(file);
    flip(file, Math.floor(row.random() * length), row.random);
  });
  row.add("flips_anywhere");
  if (at.refused) return row.add("anywhere: start refused, told");
  for (const { ledger, found, gaps } of at.devices) {
    const isGap = (time) => gaps.some(([from, to]) => time >= from && time < to);
    const counts = ledger.compare(found, isGap);
    row.add("anywhere: readings refused with 503", counts.unreadable);
    row.add("anywhere: readings missing without a word", counts.lost);
    addCounts(row.counts, { ...counts, lost: 0, examples: counts.wrong > 0 ? counts.examples : [] });
  }
}

export const flips = {
  id: "flips",
  what: "bits that turn over in the log and in telemetry.db",
  async run(row) {
    const inLog = await written(row, "kill");
    for (let at = 0; at < row.count(6, 100); ++at) await flipLog(row, inLog);
    const inChunks = await written(row, "stop");
    const pieces = piecesOfChunks(inChunks.hub.data);
    for (let at = 0; at < row.count(6, 100); ++at) await flipChunk(row, inChunks, pieces);
    for (let at = 0; at < row.count(0, 100); ++at) await flipAnywhere(row, inChunks);
  },
};
