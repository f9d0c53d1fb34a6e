// The points of a curve: what was read from the store, and what has come in since.

import type { History, Json } from "tandem-client";

export interface HistoryQuery {
  series: string;
  from: number;
  /** Milliseconds of a bucket; none: single readings, the newest of them. */
  step?: number;
  limit: number;
}

// Thrice what a wide screen has columns for; the oldest go first.
const pointsMax = 6_000;
const bucketsWanted = 300;
const rawUpToMs = 300_000;

export function isPlottable(value: Json): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

/** How to ask for a span that ends now: single readings if it is short, else means of equal steps. */
export function queryFor(series: string, rangeMs: number, now: number, plain: boolean): HistoryQuery {
  const query = { series, from: Math.floor(now - rangeMs) };
  if (rangeMs <= rawUpToMs || plain) return { ...query, limit: pointsMax };
  return { ...query, step: Math.ceil(rangeMs / bucketsWanted), limit: bucketsWanted + 1 };
}

/** Points in the order of their times, each time once. */
export class Points {
  readonly times: number[] = [];
  readonly values: number[] = [];

  /** Takes a reading; one of a time that is there replaces it, as in the hub. */
  insert(time: number, value: Json): void {
    if (!isPlottable(value)) return;
    const at = this.placeOf(time);
    const replaced = this.times[at] === time ? 1 : 0;
    this.times.splice(at, replaced, time);
    this.values.splice(at, replaced, Number(value));
    if (this.times.length > pointsMax) this.dropUntil(this.times.length - pointsMax);
  }

  /** Takes stored history. What has come in live meanwhile stays and wins. */
  merge(history: History): void {
    const rows = [...(history.buckets ?? history.readings ?? [])].sort((a, b) => a.t - b.t);
    for (const row of rows) {
      const value = "v" in row ? row.v : (row.avg ?? null);
      if (this.times[this.placeOf(row.t)] !== row.t) this.insert(row.t, value);
    }
  }

  dropBefore(time: number): void {
    this.dropUntil(this.placeOf(time));
  }

  clear(): void {
    this.dropUntil(this.times.length);
  }

  /** The place of the first point that is not before `time`. */
  private placeOf(time: number): number {
    let low = 0;
    let high = this.times.length;
    // Nearly always at the end: live readings come in order.
    if (high > 0 && (this.times[high - 1] ?? 0) < time) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private dropUntil(place: number): void {
    this.times.splice(0, place);
    this.values.splice(0, place);
  }
}
