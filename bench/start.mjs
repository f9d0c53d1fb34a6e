// How long a hub takes to its first answer after it was killed, with many devices and a log that
// has to be read again. See README.md.
//   node bench/start.mjs [--rounds N] [--devices N] [--megabytes N] [--in DIR] [--out FILE]
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { ask } from "./ask.mjs";
import { option, save, short, summary, withSpread } from "./figures.mjs";
import { Hub, machine, stayOn } from "./hub.mjs";
import { bytesIn } from "./store_peers.mjs";

const kRounds = option("rounds", 5);
const kDevices = option("devices", 10_000);
const kMegabytes = option("megabytes", 64);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/start.json");
const kRows = 2_000; // in a message, of two series each
const kWorkers = 4;

const about = machine(kUnder);
stayOn(1);
const hub = await Hub.start({ core: 0, under: kUnder });
await hub.devices(kDevices, { keys: false });
const headers = { authorization: `Bearer ${hub.key}`, "content-type": "application/json" };
const inLog = async () => {
  const text = await ask(`${hub.url}/metrics`, { headers });
  return Number(/^tandem_store_log_bytes (\S+)/m.exec(text)[1]);
};

/** Readings of every device in turn, until the log has grown by so much. */
async function fill(bytes) {
  const until = (await inLog()) + bytes;
  let at = 0;
  let readings = 0;
  const worker = async () => {
    while (at % 50 !== 0 || (await inLog()) < until) {
      const number = at++;
      const first = 1_700_000_000_000 + Math.floor(number / kDevices) * kRows * 1000;
      const rows = Array.from({ length: kRows }, (_, row) => ({
        t: first + row * 1000,
        v: { temperature: Number((15 + Math.sin(row / 700) * 10).toFixed(2)), power: row % 400 },
      }));
      const device = `bench-${number % kDevices}`;
      const url = `${hub.url}/v1/devices/${device}/telemetry`;
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(rows) });
      if (!answer.ok) throw new Error(`${device}: ${answer.status} ${await answer.text()}`);
      readings += 2 * kRows;
    }
  };
  await Promise.all(Array.from({ length: kWorkers }, worker));
  return readings;
}

const rounds = [];
for (let round = 0; round < kRounds; ++round) {
  const before = await inLog();
  const readings = await fill(kMegabytes * 1024 * 1024);
  const log = (await inLog()) - before;
  await hub.kill();
  const began = performance.now();
  await hub.begin();
  await ask(`${hub.url}/v1/devices/bench-${kDevices - 1}`, { headers });
  const ms = performance.now() - began;
  rounds.push({ ms, ready_ms: hub.ready_ms, readings, log });
  console.error(`round ${round + 1} of ${kRounds}: ${short(ms)} ms`);
}
const bytes = bytesIn(join(hub.data, "log"));
await hub.stop();
const of = (name) => withSpread(summary(rounds.map((each) => each[name])));
console.log(
  `${short(kDevices)} devices, ${short(rounds[0].readings)} readings in ${short(rounds[0].log / 1024 / 1024)} MiB of log since the last start;`,
);
console.log(`killed and started, to the first answer: ${of("ms")} ms`);
save(kOut, {
  machine: { ...about, load_average_after: loadavg() },
  settings: { rounds: kRounds, devices: kDevices, megabytes: kMegabytes },
  rounds,
  log_bytes: bytes,
});
process.exit(0);
