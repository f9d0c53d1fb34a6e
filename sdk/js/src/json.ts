/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Milliseconds since 1970 UTC, a fraction allowed, or RFC 3339 text. */
export type Time = number | string;
