// A race on the hub that this page is of. Whatever it makes it takes away again, also when the page
// is closed in the middle of it.

import { atOnce, hub, statusOf } from "../hub";
import { readMetrics, valueAt } from "../metrics";
import { may } from "../store";
import { openLink, type TestDevice } from "./links";
import type { Ports } from "./race";

export const raceLabels = { scene: "race" } as const;
export const raceScopes = ["devices:write", "keys:manage"] as const;
export const mayRace = (): boolean => raceScopes.every(may);

const cpuName = "process_cpu_seconds_total";

export async function removeDevice(id: string): Promise<void> {
  try {
    await hub().devices.delete(id, { timeoutMs: atOnce.timeoutMs });
  } catch (problem) {
    if (statusOf(problem) !== 404) throw problem;
  }
}

async function make(run: string, name: string): Promise<TestDevice> {
  const id = `race-${run}-${name}`;
  await hub().devices.create({ id, name: id, type: "race", labels: raceLabels }, atOnce);
  try {
    const { key } = await hub().keys.create(id, {}, atOnce);
    if (key === undefined) throw new Error(`no key for ${id}`);
    return { id, key };
  } catch (problem) {
    await removeDevice(id).catch(() => {});
    throw problem;
  }
}

async function cpu(): Promise<number | undefined> {
  if (!may("metrics:read")) return undefined;
  try {
    const answer = await hub().fetch("/metrics");
    return answer.ok ? valueAt(readMetrics(await answer.text()), cpuName) : undefined;
  } catch {
    return undefined;
  }
}

export function hubPorts(): Ports {
  const run = crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36);
  return {
    make: (name) => make(run, name),
    remove: removeDevice,
    open: openLink,
    cpu,
    timing: {
      later(ms, what) {
        const timer = window.setTimeout(what, ms);
        return () => window.clearTimeout(timer);
      },
      now: () => performance.now(),
    },
  };
}

/** The page goes away: what can still be asked for outlives it. */
export function abandon(ids: string[]): void {
  for (const id of ids) {
    void hub()
      .fetch(`/v1/devices/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true })
      .catch(() => {});
  }
}
