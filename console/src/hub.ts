// The hub, as far as the page uses it: by the TypeScript client, for the session of whoever is
// logged in. Its cookie the browser sends by itself, and no script can read it.

import { everyItem, HubError, Tandem, type Device, type Page } from "tandem-client";

import { Recorder } from "./recorder";

export const recorder = new Recorder();

let made: Tandem | undefined;

/** The client, made when it is first used: tests have no hub. */
export function hub(): Tandem {
  if (made === undefined) {
    made = new Tandem({ door: "auto", fetch: recorder.fetch(fetch.bind(globalThis)) });
    made.on("frame", ({ direction, text }) => recorder.frame(direction, text));
  }
  return made;
}

/** What to tell somebody of a failed call: the hub's own words, or nothing when it did not answer. */
export function wordsOf(error: unknown): string | undefined {
  if (!(error instanceof HubError)) return undefined;
  const where = error.problem.errors?.[0];
  if (where === undefined) return error.message;
  return `${where.pointer}: ${where.detail}`;
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof HubError && error.status === 401;
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof HubError ? error.status : undefined;
}

/** Somebody looks at the page and can try again. Longer than the longest wait for a command. */
export const atOnce = { retry: false, timeoutMs: 20_000 } as const;
/** For what has to be asked over HTTP: the session begins and ends there. */
export const overRest = { ...atOnce, door: "rest" } as const;

export const pageSize = 1_000;

/** All devices, page by page. */
export function allDevices(): Promise<Device[]> {
  return collect((cursor) => hub().devices.list({ limit: pageSize, cursor, ...overRest }));
}

/** All items of a list, up to `most`. */
export async function collect<T>(
  page: (cursor: string | undefined) => Promise<Page<T>>,
  most = 100_000,
): Promise<T[]> {
  const all: T[] = [];
  for await (const item of everyItem(page)) {
    all.push(item);
    if (all.length >= most) break;
  }
  return all;
}
