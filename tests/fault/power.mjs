// The power goes: the disk keeps what was synced and forgets the rest. A round whose syncs do
// nothing comes first and has to lose something, or the others would prove nothing.
import { setTimeout as pass } from "node:timers/promises";

import { ext4, Skip } from "./disks.mjs";
import { makeHub } from "./harness.mjs";
import { compareAll } from "./ledger.mjs";
import { Load } from "./load.mjs";
import { blind, needStrace } from "./strace.mjs";

const kLoadMs = { least: 200, most: 1_200 };
const kMebibytes = 512;

async function cutAndStart(disk, hub, load) {
  disk.cut();
  await hub.kill();
  await load.stop();
  disk.unmount();
  disk.mount();
  await hub.start();
}

async function lostWithoutSyncs(row) {
  needStrace();
  const disk = ext4(kMebibytes);
  const hub = makeHub({ under: disk.path });
  try {
    await hub.start();
    const load = await Load.begin(hub, "blind", row.random);
    // From now on a sync does nothing and says that it has.
    await blind(hub.pid);
    const before = load.acknowledged;
    await pass(kLoadMs.most);
    row.figures.acknowledged_without_syncs = load.acknowledged - before;
    await cutAndStart(disk, hub, load);
    const { lost } = await compareAll(hub, load.ledgers);
    row.figures.lost_without_syncs = lost;
    row.expect(lost > 0, "without syncs nothing is lost either: the cuts prove nothing");
  } finally {
    await hub.kill();
    disk.remove();
  }
}

export const power = {
  id: "power",
  what: "power cuts: EXT4_IOC_SHUTDOWN without flushing the journal",
  async run(row) {
    if (process.getuid() !== 0) throw new Skip("mounting and cutting need root");
    await lostWithoutSyncs(row);
    const disk = ext4(kMebibytes);
    const hub = makeHub({ under: disk.path });
    try {
      await hub.start();
      const loads = [];
      for (let round = 0; round < row.count(3, 12); ++round) {
        const load = await Load.begin(hub, `p${round}`, row.random);
        await pass(kLoadMs.least + row.random() * (kLoadMs.most - kLoadMs.least));
        await cutAndStart(disk, hub, load);
        await row.compare(hub, load);
        loads.push(load);
        row.add("cuts");
      }
      for (const load of loads) await row.compare(hub, load, { again: true });
    } finally {
      await hub.kill();
      disk.remove();
    }
  },
};
