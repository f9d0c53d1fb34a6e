// What is raced: the workload, the ways, and in which turns they run. No network, no document.

import type { Json } from "tandem-client";

/** Two ways for readings up, three for events down. */
export type Way = "up_rest" | "up_ws" | "down_poll" | "down_sse" | "down_ws";
export type Part = "up" | "down";
export type Door = "rest" | "poll" | "sse" | "ws";

export const ways: readonly Way[] = ["up_rest", "up_ws", "down_poll", "down_sse", "down_ws"];
const doors: Record<Way, Door> = {
  up_rest: "rest",
  up_ws: "ws",
  down_poll: "poll",
  down_sse: "sse",
  down_ws: "ws",
};

export const partOf = (way: Way): Part => (way.startsWith("up") ? "up" : "down");
export const doorOf = (way: Way): Door => doors[way];

export interface Workload {
  /** Messages a second, each with `series` readings. */
  perSecond: number;
  series: number;
  /** A text that goes along in a series of its own, in bytes; 0: none. */
  payload: number;
  /** Of each turn. */
  seconds: number;
  /** All ways at once instead of one after the other. */
  together: boolean;
}

export type Amount = Exclude<keyof Workload, "together">;

// A page with one thread is the generator: above this it would measure itself. The product of the
// first two is what a hub takes of a device without a change of its limits.
export const bounds: Record<Amount, { least: number; most: number }> = {
  perSecond: { least: 1, most: 100 },
  series: { least: 1, most: 20 },
  payload: { least: 0, most: 4_096 },
  seconds: { least: 2, most: 60 },
};

export const usual: Workload = {
  perSecond: 20,
  series: 3,
  payload: 0,
  seconds: 8,
  together: false,
};

/** The same in whole numbers within bounds; what is no number is as usual. */
export function bounded(wish: Workload): Workload {
  const out = { ...wish };
  for (const name of Object.keys(bounds) as Amount[]) {
    const { least, most } = bounds[name];
    const value = Math.round(wish[name]);
    out[name] = Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual[name];
  }
  return out;
}

/** Which ways run at the same time, turn by turn. */
export function turnsOf({ together }: Workload): Way[][] {
  return together ? [[...ways]] : ways.map((way) => [way]);
}

/** What the hub does without the race is measured for so long first: as long as a turn, about. */
export const quietMs = ({ seconds }: Workload): number => Math.min(10, seconds) * 1_000;
// Opening, the messages that do not count, and those that are waited for at the end.
const aroundMs = 1_200;

/** How long all of it takes, about. */
export function lengthMs(workload: Workload): number {
  return quietMs(workload) + turnsOf(workload).length * (workload.seconds * 1_000 + aroundMs);
}

export function countOf({ perSecond, seconds }: Workload): number {
  return Math.max(1, Math.round(perSecond * seconds));
}

/** The series by which a message is known again. */
export const numberSeries = "n";

/** Message `n`: its number, readings that move, and the text. */
export function bodyOf({ series, payload }: Workload, n: number): Record<string, Json> {
  const body: Record<string, Json> = { [numberSeries]: n };
  for (let at = 1; at < series; ++at) body[`s${at}`] = Math.round(((n * 37 + at * 11) % 9_000) + 1e5) / 100;
  if (payload > 0) body.text = "x".repeat(payload);
  return body;
}
