// Calls: which way they go, and when they are tried again.

import { Backoff, sleep, type Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import { operations, type OperationName } from "./operations.js";
import type { CallOptions, Door, OperationRow } from "./options.js";
import { ConnectionError, HubError, TandemError, TimeoutError } from "./errors.js";
import type { Rest } from "./rest.js";
import type { Reply, RequestParts } from "./wire.js";

export interface CallsSetup {
  connection: Connection;
  rest: Rest;
  clock: Clock;
  door: Door;
}

const totalMs = 30_000;
const tryMs = 10_000;
const firstDelayMs = 250;
const lastDelayMs = 5_000;

/** Whether a failed try may be followed by another without doing something twice. */
export function mayRepeat(row: OperationRow, parts: RequestParts, error: unknown): boolean {
  const { headers } = parts;
  const keyed = row.once && headers?.["idempotency-key"] !== undefined;
  // With a precondition, the second try would be refused because of the first.
  const guarded = headers?.["if-match"] !== undefined || headers?.["if-none-match"] !== undefined;
  const safe = row.method === "GET" || keyed || (row.method !== "POST" && !guarded);
  if (error instanceof HubError) {
    // The first try with this key is still at work.
    if (error.status === 409) return keyed && error.retryAfterMs !== undefined;
    const untouched = error.status === 429 || error.status === 503;
    return error.retryable && (untouched || safe);
  }
  if (error instanceof ConnectionError) return safe || !error.sent;
  return error instanceof TimeoutError && safe;
}

/** Something that no other request has, which need not be secret: for Idempotency-Key. */
export function freshKey(): string {
  const bytes = new Uint8Array(16);
  // Node.js has it from 19 on.
  const source = globalThis.crypto as Crypto | undefined;
  if (source === undefined) bytes.forEach((_, at) => (bytes[at] = Math.random() * 256));
  else source.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Calls {
  constructor(private readonly setup: CallsSetup) {}

  /** Rejects with the last failure when all the tries have failed. */
  async call(name: OperationName, given: RequestParts, options: CallOptions): Promise<Reply> {
    const { clock } = this.setup;
    const row: OperationRow = operations[name];
    const parts = this.prepare(row, given, options);
    const waitMs = waitOf(parts.headers?.prefer);
    const deadline = clock.now() + (options.timeoutMs ?? totalMs + waitMs);
    const backoff = new Backoff(clock, firstDelayMs, lastDelayMs);
    for (;;) {
      const left = deadline - clock.now();
      const most = options.timeoutMs === undefined ? tryMs + waitMs : left;
      try {
        return await this.once(name, parts, options, Math.min(left, most));
      } catch (error) {
        if (options.retry === false || !mayRepeat(row, parts, error)) throw error;
        const after = error instanceof HubError ? (error.retryAfterMs ?? 0) : 0;
        const ms = Math.max(after, backoff.next());
        if (clock.now() + ms >= deadline) throw error;
        await sleep(clock, ms, options.signal);
      }
    }
  }

  private prepare(row: OperationRow, given: RequestParts, options: CallOptions): RequestParts {
    const { "idempotency-key": key, ...headers } = given.headers ?? {};
    if (row.fixed !== undefined) headers.prefer ??= row.fixed.prefer;
    if (row.once) {
      const kept = key ?? (options.retry === false ? "" : freshKey());
      if (kept !== "") headers["idempotency-key"] = kept;
    }
    return { ...given, headers };
  }

  private async once(
    name: OperationName,
    parts: RequestParts,
    options: CallOptions,
    timeoutMs: number,
  ): Promise<Reply> {
    const { connection, rest, clock, door } = this.setup;
    const row: OperationRow = operations[name];
    const wanted = row.socket ? (options.door ?? door) : "rest";
    if (wanted === "rest" || (wanted === "auto" && !connection.isOpen)) {
      return rest.request(row, parts, timeoutMs, options.signal);
    }
    const began = clock.now();
    await this.opened(timeoutMs, options.signal);
    const left = Math.max(1, timeoutMs - (clock.now() - began));
    const query = { ...row.fixed?.query, ...parts.query };
    const request = { op: name, ...tidied({ ...parts, query }) };
    return connection.request(request, left, options.signal);
  }

  private async opened(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.setup.connection.isOpen) return;
    const stop = new AbortController();
    const aborted = (): void => stop.abort(signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true });
    const cancel = this.setup.clock.later(timeoutMs, () =>
      stop.abort(new ConnectionError(`no connection in ${timeoutMs} ms`, false)),
    );
    try {
      await this.setup.connection.ready(stop.signal);
    } finally {
      cancel();
      signal?.removeEventListener("abort", aborted);
    }
  }
}

function waitOf(prefer: string | undefined): number {
  const found = /(?:^|,)\s*wait=(\d+)/.exec(prefer ?? "");
  return found === null ? 0 : Number(found[1]) * 1000;
}

/** Without what is empty: the hub refuses members that an operation does not have. */
function tidied(parts: RequestParts): RequestParts {
  const out: RequestParts = {};
  if (parts.path && Object.keys(parts.path).length > 0) out.path = parts.path;
  if (parts.query && Object.values(parts.query).some((each) => each !== undefined)) {
    out.query = parts.query;
  }
  if (parts.headers && Object.keys(parts.headers).length > 0) out.headers = parts.headers;
  if (parts.body !== undefined) out.body = parts.body;
  return out;
}

const optionHeaders: Record<string, string> = {
  ifMatch: "if-match",
  ifNoneMatch: "if-none-match",
  lastEventId: "last-event-id",
  prefer: "prefer",
};
const callOptions = new Set(["signal", "timeoutMs", "door", "retry"]);

/** What the parameters of a method of the interface come to: path, then body, then options. */
export function partsOf(
  name: OperationName,
  given: unknown[],
): { parts: RequestParts; options: CallOptions } {
  const row: OperationRow = operations[name];
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  const parts: RequestParts = { path: {}, query: {}, headers: {} };
  const rest = [...given];
  for (const each of names) {
    const value = rest.shift();
    // Without it the path would be another operation's.
    if (typeof value !== "string" || value === "") {
      throw new TandemError(`${name}: ${each} has to be a text`);
    }
    parts.path![each] = value;
  }
  if (row.body) parts.body = rest.shift();
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries((rest.shift() ?? {}) as Record<string, unknown>)) {
    if (value === undefined) continue;
    const header = optionHeaders[key];
    if (callOptions.has(key)) options[key] = value;
    else if (header !== undefined) parts.headers![header] = String(value);
    else if (key === "wait") parts.headers!.prefer ??= `wait=${value}`;
    else if (key === "idempotencyKey") parts.headers!["idempotency-key"] = String(value || "");
    else parts.query![key] = value;
  }
  return { parts, options };
}
