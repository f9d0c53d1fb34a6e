// The hub, as far as the page uses it: by the TypeScript client, for the session of whoever is
// logged in. Its cookie the browser sends by itself, and no script can read it.

import { everyItem, HubError, Tandem, type Device, type History, type Json } from "tandem-client";

import type { HistoryQuery } from "./history";

let made: Tandem | undefined;

/** The client, made when it is first used: tests have no hub. */
export function hub(): Tandem {
  return (made ??= new Tandem());
}

/** What to tell somebody of a failed call: the hub's own words, or nothing when it did not answer. */
export function wordsOf(error: unknown): string | undefined {
  return error instanceof HubError ? error.message : undefined;
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof HubError && error.status === 401;
}

// Somebody looks at the page and can try again. Longer than the longest wait for a command.
const atOnce = { retry: false, timeoutMs: 20_000 };
const pageSize = 1_000;

export const api = {
  me: () => hub().me.get(atOnce),

  beginSession: (credentials: { code: string } | { user: string; password: string }) =>
    hub().session.begin(credentials, atOnce),

  endSession: () => hub().session.end(atOnce),

  /** All devices, page by page. */
  async devices(): Promise<Device[]> {
    const all: Device[] = [];
    const page = (cursor: string | undefined) =>
      hub().devices.list({ limit: pageSize, cursor, ...atOnce });
    for await (const device of everyItem(page)) all.push(device);
    return all;
  },

  history(device: string, query: HistoryQuery): Promise<History> {
    const { series, from, step, limit } = query;
    // Newest first: were there more than fit, the oldest would be the ones to miss.
    const rows = step === undefined ? { order: "desc" as const } : { step, aggregate: ["avg" as const] };
    return hub().telemetry.read(device, { series: [series], from, limit, ...rows, ...atOnce });
  },

  /** What the device last said of itself. */
  state: (device: string): Promise<Json> => hub().state.get(device, atOnce),

  /** Units by series, as far as they are declared. */
  async units(device: string): Promise<Map<string, string>> {
    const page = await hub().series.list(device, atOnce);
    return new Map(page.items.map((series) => [series.name, series.unit ?? ""]));
  },

  /** Sends a command and gives it as it stands when it has ended, `wait` seconds later at most. */
  send: (device: string, name: string, params: Json, wait: number) =>
    hub().commands.send(device, params === null ? { name } : { name, params }, { wait, ...atOnce }),
};
