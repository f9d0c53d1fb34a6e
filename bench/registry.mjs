// What a change of the registry takes that is on the disk when it is answered: a twin's desired
// state over REST, from one client and from many, beside the disk itself. See README.md.
//   node bench/registry.mjs [--rounds N] [--changes N] [--clients N] [--in DIR] [--out FILE]
import { Agent } from "node:http";
import { loadavg, tmpdir } from "node:os";

import { ask } from "./ask.mjs";
import { Floor } from "./disk.mjs";
import { option, quantile, save, short, summary, table, withSpread } from "./figures.mjs";
import { Hub, machine, stayOn } from "./hub.mjs";

const kRounds = option("rounds", 7);
const kChanges = option("changes", 300); // of one client, and of each of the others a fifth
const kClients = option("clients", 64);
const kUnder = option("in", tmpdir());
const kOut = option("out", "bench/results/registry.json");

const about = machine(kUnder);
stayOn(1);
const hub = await Hub.start({ core: 0, under: kUnder });
await hub.devices(kClients, { keys: false });
const floor = new Floor(kUnder);
const agent = new Agent({ keepAlive: true, maxSockets: kClients });
let number = 0;

const change = (device) =>
  ask(`${hub.url}/v1/devices/bench-${device}/config`, {
    method: "PATCH",
    body: JSON.stringify({ number: ++number }),
    agent,
    headers: { authorization: `Bearer ${hub.key}`, "content-type": "application/merge-patch+json" },
  });

const milliseconds = async (act) => {
  const began = performance.now();
  await act();
  return performance.now() - began;
};
const write = () => floor.write();

/** What one client waits for, and the disk after it: a disk that rested takes longer. */
async function inTurns() {
  const times = { write: [], one: [] };
  for (let at = 0; at < kChanges; ++at) {
    times.one.push(await milliseconds(() => change(0)));
    times.write.push(await milliseconds(write));
  }
  return { write: quantile(times.write, 0.5), one: quantile(times.one, 0.5) };
}

/** How many of `act` are done in a second, by `clients` of which each waits for its answers. */
async function rate(clients, each, act) {
  const client = async (_, at) => {
    for (let left = each; left > 0; --left) await act(at);
  };
  const all = () => Promise.all(Array.from({ length: clients }, client));
  return (clients * each) / ((await milliseconds(all)) / 1000);
}

const rounds = [];
for (let round = 0; round <= kRounds; ++round) {
  const turns = await inTurns();
  const writes = await rate(1, kChanges, write);
  const many = await rate(kClients, Math.ceil(kChanges / 5), change);
  if (round > 0) rounds.push({ ...turns, writes, many }); // The first warms up.
}
floor.close();
await hub.stop();

const of = (name) => withSpread(summary(rounds.map((round) => round[name])));
const ratio = (act) => withSpread(summary(rounds.map(act)));
console.log(
  table(
    ["", "the disk", "a change", "as fast as the disk"],
    [
      ["one client, ms", of("write"), of("one"), ratio(({ write: disk, one }) => disk / one)],
      [`${kClients} clients, a second`, of("writes"), of("many"), ratio((each) => each.many / each.writes)],
    ],
  ),
);
console.log(`\n${short(kRounds)} rounds; load average ${loadavg()[0].toFixed(2)}`);
save(kOut, {
  machine: { ...about, load_average_after: loadavg() },
  settings: { rounds: kRounds, changes: kChanges, clients: kClients },
  rounds,
});
process.exit(0);
