// What a change of the registry takes that is on the disk when it is answered: a twin's desired
// state over REST, from one client and from many, beside the disk itself. See README.md.
//   node bench/registry.mjs [--rounds N] [--changes N] [--clients N] [--in DIR] [--out FILE]
import { Agent } from "node:http";
import { loadavg, tmpdir } from "node:os";

import { ask } from "./ask.mjs";
import { Floor } from "./disk.mjs";
import { option, save, short, summary, table, withSpread } from "./figures.mjs";
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

/** How many of `act` are done in a second, by `clients` of which each waits for its answers. */
async function rate(clients, each, act) {
  const began = performance.now();
  const client = async (_, at) => {
    for (let left = each; left > 0; --left) await act(at);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (clients * each) / ((performance.now() - began) / 1000);
}

const acts = {
  fdatasync: () => rate(1, kChanges, () => floor.write()),
  one: () => rate(1, kChanges, change),
  many: () => rate(kClients, Math.ceil(kChanges / 5), change),
};
const names = Object.keys(acts);
const rates = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round <= kRounds; ++round) {
  for (const name of round % 2 === 0 ? names : [...names].reverse()) {
    const found = await acts[name]();
    if (round > 0) rates[name].push(found); // The first warms up.
  }
}
floor.close();
await hub.stop();

const kTitles = {
  fdatasync: "4 KiB and fdatasync",
  one: "one client",
  many: `${kClients} clients`,
};
const ratios = (name) => summary(rates[name].map((each, at) => each / rates.fdatasync[at]));
console.log(
  table(
    ["changes a second", "rate", "to the disk's"],
    names.map((name) => [
      kTitles[name],
      withSpread(summary(rates[name])),
      name === "fdatasync" ? "1" : withSpread(ratios(name)),
    ]),
  ),
);
console.log(`\n${short(kRounds)} rounds; load average ${loadavg()[0].toFixed(2)}`);
save(kOut, {
  machine: { ...about, load_average_after: loadavg() },
  settings: { rounds: kRounds, changes: kChanges, clients: kClients },
  rates,
});
process.exit(0);
