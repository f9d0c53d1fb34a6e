/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A part of a list. */
export interface Page<T> {
  items: T[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

/** Milliseconds since 1970 UTC, a fraction allowed, or RFC 3339 text. */
export type Time = number | string;
