// How long a last value takes that is in memory, beside who asks and beside what an echo takes: the
// same client in turns, so that what is its own and the machine's is in each.
//   node bench/last.mjs [--questions 5000]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { createInterface } from "node:readline";

import { ask } from "./ask.mjs";
import { option, quantile, save, short, table } from "./figures.mjs";
import { Hub, machine, stayOn } from "./hub.mjs";

const kQuestions = option("questions", 5000);
const kWarmUp = 500; // The client's compiler is at work first.
const kDevices = 200;
const kShares = [0.5, 0.9, 0.99, 0.999];
const kReadings = JSON.stringify({ temperature: 21.5, humidity: 40, power: 3, on: 1, level: 7 });

const about = machine();
stayOn(0);
const hub = await Hub.start({ core: 1 });
const headers = { Authorization: `Bearer ${hub.key}` };
const write = (path, body) =>
  ask(hub.url + path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body,
  });
for (let at = 0; at < kDevices; ++at) {
  await write("/v1/devices", JSON.stringify({ id: `bench-${at}` }));
  await write(`/v1/devices/bench-${at}/telemetry`, kReadings);
}

const words = ["-c", "1", "build/release/bench/echo_server", "--listen", "127.0.0.1:0"];
const echo = spawn("taskset", words, { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => echo.kill());
const [line] = await once(createInterface({ input: echo.stdout }), "line");
const echoUrl = line.slice("listening on ".length);

const agents = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
const kinds = {
  "last value": { url: (at) => `${hub.url}/v1/devices/bench-${at % kDevices}/latest`, to: 0 },
  "who asks": { url: () => `${hub.url}/v1/me`, to: 0 },
  echo: { url: () => `${echoUrl}/`, to: 1 },
};
const times = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
for (let at = 0; at < kQuestions + kWarmUp; ++at) {
  for (const [name, { url, to }] of Object.entries(kinds)) {
    const began = performance.now();
    await ask(url(at), { headers, agent: agents[to] });
    if (at >= kWarmUp) times[name].push(performance.now() - began);
  }
}
const rows = Object.entries(times).map(([name, taken]) => [
  name,
  ...kShares.map((share) => short(quantile(taken, share))),
]);
console.log(table(["ms", "p50", "p90", "p99", "p99.9"], rows));
save("bench/results/last.json", { machine: about, questions: kQuestions, devices: kDevices, rows });
await hub.stop();
process.exit(0);
