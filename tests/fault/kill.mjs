// The hub is killed at a random moment while readings of every type come in.
import { setTimeout as pass } from "node:timers/promises";

import { makeHub } from "./harness.mjs";
import { Load } from "./load.mjs";

const kLoadMs = { least: 150, most: 900 };

export const kill = {
  id: "kill",
  what: "kill -9 under load",
  async run(row) {
    const hub = makeHub();
    await hub.start();
    const loads = [];
    let slowest = 0;
    for (let round = 0; round < row.count(4, 60); ++round) {
      const load = await Load.begin(hub, `k${round}`, row.random);
      await pass(kLoadMs.least + row.random() * (kLoadMs.most - kLoadMs.least));
      await hub.kill();
      await load.stop();
      const began = performance.now();
      await hub.start();
      slowest = Math.max(slowest, performance.now() - began);
      await row.compare(hub, load);
      loads.push(load);
      row.add("rounds");
    }
    // Once more at the end: what the later kills have done to the readings of the first rounds.
    for (const load of loads) await row.compare(hub, load, { again: true });
    row.figures.start_ms_at_most = Math.round(slowest);
    await hub.stop();
  },
};
