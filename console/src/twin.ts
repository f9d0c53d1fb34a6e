// What somebody is about to change in a device's config, and how that goes together with what others
// change meanwhile. No network, no document.

import type { Json, Twin } from "tandem-client";

import { isObject, type JsonObject } from "./model";

/** Changes that are not saved yet: by key, a value, or nothing to remove it. */
export interface Draft {
  /** The version that they were made on. */
  version: number;
  base: JsonObject;
  edits: Map<string, Json | undefined>;
}

export type SyncState = "same" | "pending" | "unknown";

export interface TwinRow {
  key: string;
  wanted: Json | undefined;
  reported: Json | undefined;
  /** Only of keys that are wanted. */
  sync: SyncState | undefined;
  pendingSince: number | undefined;
  edited: boolean;
  /** Somebody else has changed it too, to `wanted`. */
  conflict: boolean;
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, at) => same(each, b[at]));
  }
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    return (
      names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]))
    );
  }
  return false;
}

export function objectOf(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

export function newDraft(twin: Twin): Draft {
  return { version: twin.config.version, base: objectOf(twin.config.value), edits: new Map() };
}

/** The draft with one more change; what is again as it was is no change. */
export function edited(draft: Draft, key: string, value: Json | undefined): Draft {
  const edits = new Map(draft.edits);
  if (same(draft.base[key], value) && key in draft.base === (value !== undefined)) edits.delete(key);
  else edits.set(key, value);
  return { ...draft, edits };
}

/** The changes as a merge patch: null removes. */
export function patchOf(draft: Draft): JsonObject {
  return Object.fromEntries([...draft.edits].map(([key, value]) => [key, value ?? null]));
}

/** Keys that this draft changes and somebody else has changed to something else. */
export function conflicts(draft: Draft, twin: Twin): string[] {
  const theirs = objectOf(twin.config.value);
  return [...draft.edits]
    .filter(([key, mine]) => !same(draft.base[key], theirs[key]) && !same(theirs[key], mine))
    .map(([key]) => key);
}

/**
 * The draft on top of what there is now. What was changed by both stays as this draft has it: whoever
 * saves has been shown that.
 */
export function rebased(draft: Draft, twin: Twin): Draft {
  const base = objectOf(twin.config.value);
  const edits = new Map([...draft.edits].filter(([key, mine]) => !same(base[key], mine)));
  return { version: twin.config.version, base, edits };
}

/** All keys of a twin: first what is wanted, then what is only reported. */
export function rowsOf(twin: Twin, draft: Draft | undefined): TwinRow[] {
  const theirs = objectOf(twin.config.value);
  const reported = objectOf(twin.state.value);
  const clashing = draft === undefined ? [] : conflicts(draft, twin);
  const keys = new Set([...Object.keys(theirs), ...(draft?.edits.keys() ?? [])]);
  const sorted = [...keys].sort();
  const others = Object.keys(reported).filter((key) => !keys.has(key)).sort();
  return [...sorted, ...others].map((key) => {
    const sync = key in theirs ? twin.sync[key] : undefined;
    return {
      key,
      wanted: theirs[key],
      reported: reported[key],
      sync: key in theirs ? (sync === undefined ? "unknown" : sync.in_sync ? "same" : "pending") : undefined,
      pendingSince: sync?.pending_since,
      edited: draft?.edits.has(key) ?? false,
      conflict: clashing.includes(key),
    };
  });
}

/** Text that somebody has typed as a value: JSON, or else the text itself. */
export function valueOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

export function textOf(value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") {
    // What would be read as something else is shown in quotes.
    return typeof valueOf(value) === "string" ? value : JSON.stringify(value);
  }
  return JSON.stringify(value);
}
