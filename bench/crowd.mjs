// A crowd of sockets for minutes: is anything lost, does the hub grow, does it stay quick?
//   TANDEM=build/release/tandem node bench/crowd.mjs [--sockets 15000] [--minutes 10] [--period 30] [--out FILE]
//
// Four client processes hold the sockets, one device each. A device sends a reading every --period
// seconds and waits for the acknowledgement; one in a hundred opens its socket anew every five
// seconds, one in a hundred does not read for eight of every twenty. A witness in each process is
// subscribed to all its devices. Prints a line of JSON every half minute and one in the end. Fails
// when a reading or an event is lost, or the hub's own memory grows after the second minute.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { option, quantile, save } from "./figures.mjs";
import { Hub, machine } from "./hub.mjs";

const kParts = 4;
const kReportMs = 30_000;
const kGrowthKibMax = 1_024 * 10;

const sockets = option("sockets", 15_000);
const minutes = option("minutes", 10);
const period = option("period", 30) * 1_000;
const out = option("out", "bench/results/crowd.json");

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const parts = [];
process.on("exit", () => parts.forEach((part) => part.kill("SIGKILL")));

async function ask(part, what) {
  part.send(what);
  const [answer] = await once(part, "message");
  return answer;
}

const sum = (list, name) => list.reduce((all, each) => all + each[name], 0);
async function look(hub, cpuBefore, what = { report: true }) {
  const told = await Promise.all(parts.map((part) => ask(part, what)));
  const latencies = told.flatMap(({ latencies: some }) => some);
  const late = (share) =>
    latencies.length === 0 ? null : Number(quantile(latencies, share).toFixed(1));
  const cpu = hub.cpu().all;
  const line = { own_kib: Math.round(hub.memory().own / 1024), cpu_s: cpu - cpuBefore };
  for (const name of ["open", "sent", "acked", "unanswered", "refused", "lost", "flapped"])
    line[name] = sum(told, name);
  for (const name of ["paused", "events", "receipted"]) line[name] = sum(told, name);
  Object.assign(line, { p50_ms: late(0.5), p99_ms: late(0.99) });
  line.cpu_s = Number(line.cpu_s.toFixed(2));
  return { line, cpu };
}

const hub = await Hub.start({ store: "embedded" });
const began = performance.now();
const keys = await hub.devices(sockets, { prefix: "crowd" });
const devices = keys.map((key, at) => ({ id: `crowd-${at}`, key }));
console.log(JSON.stringify({ devices: sockets, made_s: Math.round((performance.now() - began) / 1000) }));

const dialled = performance.now();
for (let part = 0; part < kParts; ++part) {
  const child = fork(fileURLToPath(new URL("crowd_part.mjs", import.meta.url)));
  parts.push(child);
  const own = devices.filter((_, at) => at % kParts === part);
  child.send({ port: hub.port, admin: hub.key, devices: own, period });
}
await Promise.all(parts.map((part) => once(part, "message")));
console.log(JSON.stringify({ open: sockets, opened_s: Number(((performance.now() - dialled) / 1000).toFixed(1)) }));

const lines = [];
let { cpu } = await look(hub, 0);
for (const until = performance.now() + minutes * 60_000; performance.now() < until; ) {
  await sleep(kReportMs);
  const seen = await look(hub, cpu);
  cpu = seen.cpu;
  lines.push(seen.line);
  console.log(JSON.stringify(seen.line));
}
await look(hub, cpu, { stop: true, report: true });
await sleep(10_000);
const { line: last } = await look(hub, cpu);
const settled = lines[Math.min(3, lines.length - 1)];
const result = {
  ...machine(),
  sockets,
  minutes,
  lost_acks: last.unanswered + last.refused,
  lost_events: last.acked - last.events - last.receipted,
  closed_by_hub: last.lost,
  own_kib_a_socket: Number((settled.own_kib / sockets).toFixed(2)),
  growth_kib: last.own_kib - settled.own_kib,
  p99_ms: lines.map(({ p99_ms }) => p99_ms),
};
result.ok =
  result.lost_acks === 0 &&
  result.lost_events === 0 &&
  result.closed_by_hub === 0 &&
  result.growth_kib < kGrowthKibMax;
console.log(JSON.stringify(result));
save(out, result);
await hub.stop();
process.exit(result.ok ? 0 : 1);
