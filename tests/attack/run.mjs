// All attacks, one after the other, each file in a process of its own.
//   TANDEM=build/release/tandem node tests/attack/run.mjs [--extra] [ID...]
// Prints a line of JSON for each and SUMMARY with one more. Exit code 1 when a promise is broken.
// An id stands for those that begin with it too: T-05 for T-05-pieces. --extra adds what takes
// minutes or is promised nowhere.
import { spawn, spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const kFolder = dirname(fileURLToPath(import.meta.url));
const kFiles = [
  "proxies",
  "slow",
  "bombs",
  "connections",
  "tls",
  "strangers",
  "frames",
  "closing",
  "consumers",
  "network",
  "storm",
  "flood",
  "first_start",
  "foreign_ids",
  "doors",
  "logins",
  "issuers",
  "codes",
  "listeners",
  "revocations",
  "takeovers",
];
const kRowMs = 480_000;

const words = process.argv.slice(2);
const extra = words.includes("--extra");
const wanted = words.filter((word) => !word.startsWith("-"));

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const path = (file) => join(kFolder, `${file}.mjs`);

function rowsOf(file) {
  const listed = spawnSync(process.execPath, [path(file), "--list"], { encoding: "utf8" });
  if (listed.status !== 0) throw new Error(`${file}: ${listed.stderr}`);
  const rows = listed.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const named = ({ id }) => wanted.some((each) => id === each || id.startsWith(`${each}-`));
  const whole = ({ extra: more }) => wanted.length === 0 && (!more || extra);
  return rows.filter((row) => whole(row) || named(row));
}

/** Runs one attack; gives its line. */
async function run(file, { id, what }) {
  const child = spawn(process.execPath, [path(file), id], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const late = setTimeout(() => child.kill("SIGTERM"), kRowMs);
  const ended = new Promise((done) => child.once("exit", (code, signal) => done(code ?? signal)));
  let told;
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    if (line.startsWith("{")) told = JSON.parse(line);
  }
  const how = await ended;
  clearTimeout(late);
  running.delete(child);
  if (told?.id === id) return { ...told, what };
  const broken = { id, ok: false, broken: [`the attack ended with ${how}`] };
  console.log(JSON.stringify(broken));
  return { ...broken, what };
}

const began = performance.now();
const loadBefore = loadavg()[0];
const lines = [];
for (const file of kFiles) {
  for (const row of rowsOf(file)) lines.push(await run(file, row));
}

const most = (name) => Math.max(0, ...lines.map((line) => line[name] ?? 0));
const failed = lines.filter(({ ok }) => !ok);
const skipped = lines.filter((line) => line.skipped !== undefined);
for (const { id, what, broken } of failed) {
  console.log(`BROKEN ${id}, ${what}:`);
  for (const each of broken) console.log(`  ${each}`);
}
for (const line of skipped) console.log(`skipped ${line.id}: ${line.skipped}`);
const summary = {
  attacks: lines.length,
  kept: lines.length - failed.length - skipped.length,
  broken: failed.map(({ id }) => id),
  skipped: skipped.map(({ id }) => id),
  healthy_p99_ms_at_most: most("healthy_p99_ms"),
  healthy_errors: lines.reduce((sum, line) => sum + (line.healthy_errors ?? 0), 0),
  healthy_disconnects: lines.reduce((sum, line) => sum + (line.healthy_disconnects ?? 0), 0),
  rss_delta_kib_at_most: most("rss_delta_kib"),
  took_s: Math.round((performance.now() - began) / 1000),
  machine: `${cpus().length} x ${cpus()[0].model}`,
  load_average: [loadBefore, loadavg()[0]].map((load) => Number(load.toFixed(2))),
};
console.log(`SUMMARY ${JSON.stringify(summary)}`);
process.exit(lines.length > 0 && failed.length === 0 ? 0 : 1);
