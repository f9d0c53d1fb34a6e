// Who is on the wrong door, and what it costs. No network, no document.

import type { AdviceBrief, AdviceEvent } from "tandem-client";

type Way = NonNullable<AdviceBrief["door"]>;

/** A device that is on the wrong door, by more than is worth a change. */
export interface Misplaced {
  device: string;
  door: Way;
  advised: Way;
  says: string;
  /** Bytes that the other door would save a day; below 0 where something else is worth the change. */
  bytes: number;
  /** These are known when the hub has been asked; its events do not tell them. */
  share?: number;
  cpu?: number;
  radio?: number;
  sure?: number;
}

export type MisplacedBy = Map<string, Misplaced>;

function ofBrief(brief: AdviceBrief): Misplaced | undefined {
  const { device, door, advised_door: advised, says, saving, sure } = brief;
  if (!brief.worth_changing || door === undefined || advised === undefined) return undefined;
  const made: Misplaced = { device, door, advised, says, bytes: saving?.bytes_a_day ?? 0, sure };
  if (saving === undefined) return made;
  const { share, hub_cpu_s_a_day: cpu, radio_on_s_a_day: radio } = saving;
  return { ...made, share, cpu, ...(radio === undefined ? {} : { radio }) };
}

/** Takes what the hub has listed in place of what was known. */
export function takeList(known: MisplacedBy, briefs: AdviceBrief[]): void {
  known.clear();
  for (const brief of briefs) {
    const found = ofBrief(brief);
    if (found !== undefined) known.set(found.device, found);
  }
}

/** Takes what the hub now advises to a device. */
export function takeAdvice(known: MisplacedBy, { device, value }: AdviceEvent): void {
  const { door, advised_door: advised, says, saving_bytes_a_day: bytes } = value;
  if (value.worth_changing) known.set(device, { device, door, advised, says, bytes });
  else known.delete(device);
}

/** The dearest first; equal ones by id, so that none jumps. */
export function dearest(known: MisplacedBy, door = ""): Misplaced[] {
  return [...known.values()]
    .filter((each) => door === "" || each.door === door)
    .sort((a, b) => b.bytes - a.bytes || (a.device < b.device ? -1 : 1));
}

/** What they could save a day together. */
export function together(all: Misplaced[]): { bytes: number; cpu: number } {
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    cpu: all.reduce((sum, { cpu }) => sum + (cpu ?? 0), 0),
  };
}

/** One page of a list, the last one where there are not so many. */
export function pageOf<T>(all: T[], wanted: number, size: number): { at: number; pages: number; items: T[] } {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const at = Math.min(Math.max(0, wanted), pages - 1);
  return { at, pages, items: all.slice(at * size, (at + 1) * size) };
}
