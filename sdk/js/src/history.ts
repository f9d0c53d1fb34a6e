// What a history consists of, which the hub's documents leave open.

import type { Json } from "./json.js";

/** A value of a series at a time, in milliseconds since 1970 UTC. */
export interface Reading {
  t: number;
  v: Json;
}

/** What a span of time comes to: its start, how many readings it had, and what was asked for. */
export interface Bucket {
  t: number;
  n: number;
  min?: number | null;
  max?: number | null;
  avg?: number | null;
  sum?: number | null;
  count?: number;
  first?: Json;
  last?: Json;
  /** Percentiles by name: `p50`, `p99.9`. */
  [percentile: `p${number}`]: number | null;
}

/**
 * The history of a device. Of one series: `series` is its name, with `readings`, or `buckets` where
 * a `step` was asked for. Of several: `series` has them by name.
 */
export interface History {
  series: string | Record<string, Array<Reading | Bucket>>;
  unit?: string | null;
  readings?: Reading[];
  buckets?: Bucket[];
  /** The cursor of the next page; none at the end. */
  next?: string;
}
