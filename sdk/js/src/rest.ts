// Requests over HTTP.

import { within, type Clock } from "./clock.js";
import type { OperationRow } from "./options.js";
import type { Credentials } from "./credentials.js";
import { ConnectionError, HubError, TimeoutError } from "./errors.js";
import type { JsonCodec, Reply, RequestParts } from "./wire.js";

export interface RestSetup {
  url: string;
  fetch: typeof fetch;
  credentials: Credentials;
  clock: Clock;
  json: JsonCodec;
}

/** A parameter of the query as text: a list with commas, labels as `site=hall-3,line=2`. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, each]) => `${name}=${each}`)
      .join(",");
  }
  return String(value);
}

/** The path and query of a request. */
export function targetOf(row: OperationRow, parts: RequestParts): string {
  const path = row.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(parts.path?.[name] ?? ""),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...row.fixed?.query, ...parts.query })) {
    if (value !== undefined) query.set(name, textOf(value));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

export class Rest {
  constructor(private readonly setup: RestSetup) {}

  /** Rejects with a HubError when the hub refuses, with a ConnectionError without an answer. */
  async request(
    row: OperationRow,
    parts: RequestParts,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const headers: Record<string, string> = { accept: "application/json", ...parts.headers };
    const init: RequestInit = { method: row.method, headers };
    if (parts.body !== undefined) {
      headers["content-type"] ??= "application/json";
      init.body = this.setup.json.stringify(parts.body);
    }
    const stop = new AbortController();
    const aborted = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) aborted();
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      const answer = this.exchange(targetOf(row, parts), { ...init, signal: stop.signal });
      const late = (): Error => {
        const error = new TimeoutError(`no answer in ${timeoutMs} ms`);
        stop.abort(error);
        return error;
      };
      return await within(this.setup.clock, timeoutMs, answer, late);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error;
    } finally {
      signal?.removeEventListener("abort", aborted);
    }
  }

  /** As `fetch`, with the credentials and from the hub's address on. */
  async fetch(target: string, init: RequestInit = {}): Promise<Response> {
    const { credentials } = this.setup;
    const bearer = await credentials.bearer();
    const answer = await this.send(target, init, bearer);
    if (answer.status !== 401 || bearer === undefined || !credentials.renewable) return answer;
    // Not carried out: the same may go again with another token.
    credentials.refuse(bearer);
    await answer.body?.cancel();
    return this.send(target, init, await credentials.bearer());
  }

  private async send(
    target: string,
    init: RequestInit,
    bearer: string | undefined,
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (bearer !== undefined) headers.set("authorization", `Bearer ${bearer}`);
    try {
      return await this.setup.fetch(this.setup.url + target, { ...init, headers });
    } catch (error) {
      throw new ConnectionError("the hub was not reached", true, { cause: error });
    }
  }

  private async exchange(target: string, init: RequestInit): Promise<Reply> {
    const answer = await this.fetch(target, init);
    let text: string;
    try {
      text = await answer.text();
    } catch (error) {
      throw new ConnectionError("the answer broke off", true, { cause: error });
    }
    const body = this.read(text);
    if (answer.ok || answer.status === 304) {
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
    }
    const seconds = Number(answer.headers.get("retry-after"));
    const problem = typeof body === "object" && body !== null ? body : {};
    throw new HubError(answer.status, problem, seconds > 0 ? seconds * 1000 : undefined);
  }

  private read(text: string): unknown {
    if (text === "") return undefined;
    try {
      return this.setup.json.parse(text);
    } catch {
      return undefined;
    }
  }
}
