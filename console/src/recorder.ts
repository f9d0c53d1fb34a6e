// What travels between this page and the hub, for the inspector: the newest requests and frames, in
// a ring with bounds. No secret is kept: keys that the hub shows once are cut out.

import type { Json } from "tandem-client";

export interface Call {
  kind: "call";
  id: number;
  /** Milliseconds since 1970. */
  time: number;
  method: string;
  /** Path and query. */
  target: string;
  requestHeaders: [string, string][];
  requestBody: string;
  /** Undefined while it is on its way; 0 when there was no answer. */
  status: number | undefined;
  responseHeaders: [string, string][];
  responseBody: string;
  /** Of the body of the answer as text, in bytes. */
  bytes: number;
  ms: number | undefined;
}

export interface Frame {
  kind: "frame";
  id: number;
  time: number;
  direction: "in" | "out";
  text: string;
  bytes: number;
  /** Of a reply: how long after its request it came. */
  ms: number | undefined;
}

export type Entry = Call | Frame;

const entriesMax = 1_000;
const charactersMax = 4_000_000;
const textMax = 64_000;
const secretMax = 8_000;
const waitingMax = 1_000;
const secretMembers = /"(key|secret|ticket|password|current|code|token)":"(?:[^"\\]|\\.)*"/g;

export function withoutSecrets(text: string): string {
  return text.replace(secretMembers, '"$1":"…"');
}

/** What is kept of a text: its beginning, without secrets, one at the cut included. */
function kept(text: string): string {
  const clean = withoutSecrets(text.slice(0, textMax + secretMax));
  return clean.length > textMax ? `${clean.slice(0, textMax)}…` : clean;
}

const encoder = new TextEncoder();
function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

function numberOf(text: string): number | undefined {
  const found = /^\{"id":(\d+),/.exec(text);
  return found === null ? undefined : Number(found[1]);
}

export class Recorder {
  readonly entries: Entry[] = [];
  paused = false;
  /** Everything since the page was opened, kept or not. */
  readonly totals = { calls: 0, framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  private lastId = 0;
  private characters = 0;
  private readonly asked = new Map<number, number>();
  private readonly listeners = new Set<() => void>();

  /** `now` in milliseconds since 1970, `clock` in milliseconds that never go back. */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  clear(): void {
    this.entries.length = 0;
    this.characters = 0;
    this.tell();
  }

  frame(direction: "in" | "out", text: string): void {
    const bytes = bytesOf(text);
    const ms = this.roundTrip(direction, text);
    if (direction === "in") {
      this.totals.framesIn += 1;
      this.totals.bytesIn += bytes;
    } else {
      this.totals.framesOut += 1;
      this.totals.bytesOut += bytes;
    }
    if (this.paused) return;
    const shown = kept(text);
    const id = ++this.lastId;
    this.keep({ kind: "frame", id, time: this.now(), direction, text: shown, bytes, ms });
  }

  /** A `fetch` that is written down. */
  fetch(real: typeof fetch): typeof fetch {
    return async (input, init) => {
      const call = this.begin(String(input), init);
      const began = this.clock();
      try {
        const answer = await real(input, init);
        // A copy is read beside the caller's; streams without an end are not asked for here.
        void this.finish(call, answer.clone(), began);
        return answer;
      } catch (error) {
        call.status = 0;
        call.ms = this.clock() - began;
        this.answered(call, String(error));
        throw error;
      }
    };
  }

  private begin(url: string, init: RequestInit | undefined): Call {
    const address = new URL(url, globalThis.location?.href ?? "http://hub.invalid");
    const body = typeof init?.body === "string" ? init.body : "";
    const call: Call = {
      kind: "call",
      id: ++this.lastId,
      time: this.now(),
      method: init?.method ?? "GET",
      target: address.pathname + address.search,
      requestHeaders: [...new Headers(init?.headers)].filter(([name]) => name !== "authorization"),
      requestBody: kept(body),
      status: undefined,
      responseHeaders: [],
      responseBody: "",
      bytes: 0,
      ms: undefined,
    };
    this.totals.calls += 1;
    this.totals.bytesOut += bytesOf(body);
    if (!this.paused) this.keep(call);
    return call;
  }

  private async finish(call: Call, answer: Response, began: number): Promise<void> {
    call.ms = this.clock() - began;
    call.status = answer.status;
    call.responseHeaders = [...answer.headers];
    try {
      const text = await answer.text();
      call.bytes = bytesOf(text);
      this.totals.bytesIn += call.bytes;
      this.answered(call, kept(text));
    } catch {
      // It broke off: whoever asked is told.
      this.answered(call, "");
    }
  }

  private answered(call: Call, text: string): void {
    call.responseBody = text;
    // One that is not kept, or not any more, takes no room.
    if (this.entries.includes(call)) {
      this.characters += text.length;
      this.trim();
    }
    this.tell();
  }

  private roundTrip(direction: "in" | "out", text: string): number | undefined {
    const id = numberOf(text);
    if (id === undefined) return undefined;
    if (direction === "out") {
      this.asked.set(id, this.clock());
      const [oldest] = this.asked.keys();
      if (this.asked.size > waitingMax && oldest !== undefined) this.asked.delete(oldest);
      return undefined;
    }
    const began = this.asked.get(id);
    this.asked.delete(id);
    return began === undefined ? undefined : this.clock() - began;
  }

  private keep(entry: Entry): void {
    this.entries.push(entry);
    this.characters += sizeOf(entry);
    this.trim();
    this.tell();
  }

  private trim(): void {
    let gone = 0;
    while (
      this.entries.length - gone > entriesMax ||
      (this.characters > charactersMax && this.entries.length - gone > 1)
    ) {
      const entry = this.entries[gone++];
      if (entry !== undefined) this.characters -= sizeOf(entry);
    }
    this.entries.splice(0, gone);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function sizeOf(entry: Entry): number {
  return entry.kind === "frame"
    ? entry.text.length
    : entry.requestBody.length + entry.responseBody.length;
}

/** Text as the JSON that it is, or nothing. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
