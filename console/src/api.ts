// The hub's REST interface, as far as the page uses it. The session is a cookie that the browser
// sends by itself and that no script can read.

import type { Json, ProblemBody } from "./frames";

/** A refusal by the hub (RFC 9457), or, with status 0, no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
  ) {
    super(body.detail ?? body.title ?? `status ${status}`);
  }
}

export interface DeviceView {
  id: string;
  name: string;
  type: string;
  labels: Record<string, string>;
  schema?: Json;
  presence: { online: boolean; door?: string; since?: number | string; last_seen?: number | string };
}

export interface Command {
  id: string;
  name: string;
  status: string;
  result?: Json;
}

export interface Row {
  t: number;
  v?: Json;
  avg?: number | null;
}

export interface History {
  unit: string | null;
  readings?: Row[];
  buckets?: Row[];
}

export interface HistoryQuery {
  series: string;
  from: number;
  /** Milliseconds of a bucket; none: single readings, the newest of them. */
  step?: number;
  limit: number;
}

interface Sent {
  body?: Json;
  headers?: Record<string, string>;
}

// Longer than the longest `Prefer: wait` that the page asks for.
const patienceMs = 20_000;

async function exchange(method: string, path: string, sent: Sent): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...sent.headers };
  const request: RequestInit = { method, headers, signal: AbortSignal.timeout(patienceMs) };
  if (sent.body !== undefined) {
    headers["content-type"] = "application/json";
    request.body = JSON.stringify(sent.body);
  }
  try {
    return await fetch(path, request);
  } catch {
    throw new Problem(0, {});
  }
}

async function call<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
  const response = await exchange(method, path, sent);
  const text = await response.text().catch(() => "");
  let body: unknown;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    body = {};
  }
  if (!response.ok) throw new Problem(response.status, (body ?? {}) as ProblemBody);
  return body as T;
}

function devicePath(device: string, rest = ""): string {
  return `/v1/devices/${encodeURIComponent(device)}${rest}`;
}

export const api = {
  me: () => call<{ kind: string; id: string }>("GET", "/v1/me"),

  beginSession: (credentials: { code: string } | { user: string; password: string }) =>
    call("POST", "/v1/session", { body: credentials }),

  endSession: () => call("DELETE", "/v1/session"),

  /** Opens one WebSocket, within 30 s. */
  ticket: async () => (await call<{ ticket: string }>("POST", "/v1/ws-tickets", { body: {} })).ticket,

  /** All devices, page by page. */
  async devices(): Promise<DeviceView[]> {
    const all: DeviceView[] = [];
    let next: string | undefined;
    do {
      const query = new URLSearchParams({ limit: "1000" });
      if (next !== undefined) query.set("cursor", next);
      const page = await call<{ items: DeviceView[]; next?: string }>("GET", `/v1/devices?${query}`);
      all.push(...page.items);
      next = page.next;
    } while (next !== undefined);
    return all;
  },

  history(device: string, query: HistoryQuery): Promise<History> {
    // Newest first: were there more than fit, the oldest would be the ones to miss.
    const parameters = new URLSearchParams({
      series: query.series,
      from: String(query.from),
      limit: String(query.limit),
    });
    if (query.step === undefined) {
      parameters.set("order", "desc");
    } else {
      parameters.set("step", String(query.step));
      parameters.set("aggregate", "avg");
    }
    return call<History>("GET", devicePath(device, `/telemetry?${parameters}`));
  },

  /** What the device last said of itself. */
  state: (device: string) => call<Json>("GET", devicePath(device, "/state")),

  /** Units by series, as far as they are declared. */
  async units(device: string): Promise<Map<string, string>> {
    const page = await call<{ items: { name: string; unit?: string }[] }>(
      "GET",
      devicePath(device, "/series"),
    );
    return new Map(page.items.map((series) => [series.name, series.unit ?? ""]));
  },

  /** Sends a command and gives it as it stands when it has ended, `waitSeconds` later at most. */
  send: (device: string, name: string, params: Json, waitSeconds: number) =>
    call<Command>("POST", devicePath(device, "/commands"), {
      body: params === null ? { name } : { name, params },
      headers: { prefer: `wait=${waitSeconds}` },
    }),
};
