// The points of a curve and the span of time that is shown: no network, no document.

import type { Bucket, History, Json, Reading } from "tandem-client";

/** The last `span` milliseconds, or a span that stands still. */
export type Range = { kind: "live"; span: number } | { kind: "fixed"; from: number; to: number };

export interface Span {
  from: number;
  to: number;
}

// As many as the hub gives of one series, and half as many again that come in live.
const pointsMax = 15_000;
const shortestMs = 1_000;
const longestMs = 10 * 366 * 86_400_000;

/** The spans of time that are offered. */
export const spans = [300_000, 3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000] as const;

/** The shortest of those spans that holds what is so old, and a longer one where none does. */
export function usualSpan(ageMs: number): number {
  return spans.find((span) => ageMs < span) ?? Math.ceil(ageMs * 1.1);
}

export function isPlottable(value: Json | undefined): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

export function spanOf(range: Range, now: number): Span {
  return range.kind === "live" ? { from: now - range.span, to: now } : range;
}

function fixed(from: number, to: number): Range {
  return { kind: "fixed", from: Math.round(from), to: Math.round(to) };
}

/** Shows a part of what is shown, or more: below 1 is nearer. `at` stays where it is. */
export function zoom(range: Range, factor: number, now: number, at?: number): Range {
  const { from, to } = spanOf(range, now);
  const length = to - from;
  const wanted = Math.min(Math.max(length * factor, shortestMs), longestMs);
  // What is live stays so: its end is now, wherever one looks.
  if (range.kind === "live" && at === undefined) return { kind: "live", span: Math.round(wanted) };
  const middle = at ?? (from + to) / 2;
  const start = middle - ((middle - from) / length) * wanted;
  return fixed(start, start + wanted);
}

/** Moves by a part of what is shown, but not into the future. */
export function pan(range: Range, part: number, now: number): Range {
  const { from, to } = spanOf(range, now);
  const by = Math.min((to - from) * part, now - to);
  return fixed(from + by, to + by);
}

export function select(from: number, to: number): Range {
  return to - from < shortestMs ? fixed(from, from + shortestMs) : fixed(from, to);
}

/** How many points to ask for: two for each column of pixels. */
export function pointsFor(widthPx: number): number {
  return Math.min(Math.max(2 * Math.round(widthPx), 200), 4_000);
}

/** The rows of each series of an answer, whether it was asked for one or several. */
export function rowsOf(history: History): Map<string, Array<Reading | Bucket>> {
  if (typeof history.series === "string") {
    return new Map([[history.series, history.buckets ?? history.readings ?? []]]);
  }
  return new Map(Object.entries(history.series));
}

/** Points in the order of their times, each time once. */
export class Points {
  readonly times: number[] = [];
  readonly values: number[] = [];
  /** Whether more came in than is kept. */
  overflown = false;

  /** Takes a reading; one of a time that is there replaces it, as in the hub. */
  insert(time: number, value: Json): void {
    if (!isPlottable(value)) return;
    const at = this.placeOf(time);
    if (at === this.times.length) {
      this.times.push(time);
      this.values.push(Number(value));
    } else {
      const replaced = this.times[at] === time ? 1 : 0;
      this.times.splice(at, replaced, time);
      this.values.splice(at, replaced, Number(value));
    }
    if (this.times.length <= pointsMax) return;
    this.overflown = true;
    // By halves: one at a time would move them all for each.
    this.dropUntil(Math.floor(pointsMax / 2));
  }

  /** Takes stored history in place of what is there; what has come in live after it stays. */
  replace(rows: Array<Reading | Bucket>): void {
    const newest = rows.at(-1)?.t ?? -Infinity;
    const at = this.placeOf(newest);
    const first = this.times[at] === newest ? at + 1 : at;
    const live = { times: this.times.slice(first), values: this.values.slice(first) };
    this.clear();
    for (const row of rows) this.insert(row.t, "v" in row ? row.v : (row.avg ?? null));
    live.times.forEach((time, at) => this.insert(time, live.values[at] ?? 0));
  }

  dropBefore(time: number): void {
    const place = this.placeOf(time);
    // One point before the span keeps the curve whole to its edge; and by hundreds, see above.
    if (place > 200) this.dropUntil(place - 1);
  }

  clear(): void {
    this.overflown = false;
    this.dropUntil(this.times.length);
  }

  /** The place of the first point that is not before `time`. */
  private placeOf(time: number): number {
    let low = 0;
    let high = this.times.length;
    // Nearly always at the end: live readings come in order.
    if (high === 0 || (this.times[high - 1] ?? 0) < time) return high;
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

function quantile(sortedValues: number[], part: number): number {
  return sortedValues[Math.min(sortedValues.length - 1, Math.floor(sortedValues.length * part))] ?? 0;
}

/**
 * From how many milliseconds between two points on nothing was measured in between: by the interval
 * that the series declares, else by the rhythm that its points have.
 */
export function gapFrom(times: number[], declaredMs: number | undefined, partMs: number): number {
  // Of a long span the hub gives two points of each part: less than a part is no gap.
  const least = partMs * 3;
  if (declaredMs !== undefined && declaredMs > 0) return Math.max(declaredMs * 3, least);
  if (times.length < 10) return Infinity;
  const steps: number[] = [];
  const stride = Math.max(1, Math.floor(times.length / 1_000));
  for (let at = stride; at < times.length; at += stride) {
    steps.push((times[at] ?? 0) - (times[at - 1] ?? 0));
  }
  steps.sort((a, b) => a - b);
  return Math.max(quantile(steps, 0.5) * 6, quantile(steps, 0.9) * 3, least);
}

/** The same points with an empty one wherever a gap is, so that no line crosses it. */
export function withGaps(
  points: { times: number[]; values: number[] },
  from: number,
): { times: number[]; values: (number | null)[]; gaps: number } {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let gaps = 0;
  let before = Infinity;
  for (let at = 0; at < points.times.length; ++at) {
    const time = points.times[at] ?? 0;
    if (time - before > from) {
      times.push(before + 1);
      values.push(null);
      gaps += 1;
    }
    times.push(time);
    values.push(points.values[at] ?? null);
    before = time;
  }
  return { times, values, gaps };
}

/** The lowest and highest of what is shown. */
export function bounds(
  times: number[],
  values: (number | null)[],
  span: Span,
): { low: number; high: number; count: number } {
  let low = Infinity;
  let high = -Infinity;
  let count = 0;
  for (let at = 0; at < times.length; ++at) {
    const time = times[at] ?? 0;
    const value = values[at];
    if (value === null || value === undefined || time < span.from || time > span.to) continue;
    count += 1;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high, count };
}
