// The page's socket: a ticket, a greeting, a subscription; and after each loss all of it again,
// from the cursor that was reached. Whatever was missed meanwhile comes as a gap receipt.

import { Problem } from "./api";
import { readFrame, type Json, type Message, type StreamEvent } from "./frames";

export type StreamStatus =
  | { kind: "connecting" }
  | { kind: "live" }
  /** `until` in milliseconds since 1970. */
  | { kind: "waiting"; until: number }
  | { kind: "logged-out" }
  | { kind: "refused"; why: string };

export interface Gap {
  count: number;
  why: string;
}

export interface StreamListener {
  status(status: StreamStatus): void;
  events(events: StreamEvent[]): void;
  gap(gap: Gap): void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketListener {
  frame(text: string): void;
  closed(code: number, reason: string): void;
}

/** What the world is asked for, so that a test can stand in for it. */
export interface World {
  ticket(): Promise<string>;
  open(protocols: string[], listener: SocketListener): Socket;
  now(): number;
  random(): number;
  /** Runs `what` after `ms`; the answer cancels it. */
  later(ms: number, what: () => void): () => void;
}

const firstDelayMs = 500;
const lastDelayMs = 30_000;
// The hub pings every 20 s, but a page cannot see pings: after as long without a message it asks
// something itself, and takes a socket that does not answer for dead.
const quietMs = 20_000;
const answerMs = 10_000;
const helloMs = 10_000;

const refreshMs = 10_000;

const subscribeId = 1;
const probeId = 2;
const unsubscribeId = 3;

/** How long to wait before attempt `attempt` (from 0): doubling, and never the same for two pages. */
export function delayMs(attempt: number, random: number): number {
  const full = Math.min(lastDelayMs, firstDelayMs * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random / 2));
}

/** What a closing code asks for (docs/reference/websocket.md). */
export function afterClose(code: number, reason: string): { retry: boolean; afterMs: number } {
  if (code === 4403 || code === 4409) return { retry: false, afterMs: 0 };
  return { retry: true, afterMs: retryMs(reason) };
}

function retryMs(reason: string): number {
  try {
    const told = JSON.parse(reason) as { retry_ms?: unknown } | null;
    return typeof told?.retry_ms === "number" ? Math.min(told.retry_ms, lastDelayMs) : 0;
  } catch {
    return 0;
  }
}

export class Stream {
  private socket: Socket | undefined;
  private attempt = 0;
  private cursor = "latest";
  private sub = 0;
  private stopped = false;
  private cancelTimer: () => void = () => {};
  private cancelLeave: () => void = () => {};
  private cancelRefresh: () => void = () => {};
  private refreshed = -Infinity;
  // Whose turn it is to open a socket: an attempt that finds another here ends.
  private claim: object = {};

  constructor(
    private readonly world: World,
    private readonly kinds: string[],
    private readonly listener: StreamListener,
  ) {}

  start(): void {
    this.stopped = false;
    void this.connect();
  }

  /** Ends the socket for good; `start` begins again. */
  stop(): void {
    this.stopped = true;
    this.cancelTimer();
    this.drop();
  }

  /** Tries at once instead of waiting: the network is back, or somebody looks at the page again. */
  hurry(): void {
    if (this.stopped || this.socket !== undefined) return;
    this.attempt = 0;
    this.cancelTimer();
    void this.connect();
  }

  private async connect(): Promise<void> {
    this.drop();
    this.listener.status({ kind: "connecting" });
    const mine = {};
    this.claim = mine;
    try {
      const ticket = await this.world.ticket();
      if (this.claim !== mine || this.stopped) return;
      this.open(ticket);
    } catch (problem) {
      if (this.claim !== mine || this.stopped) return;
      if (!(problem instanceof Problem && problem.status === 401)) return this.wait(0);
      this.stop();
      this.listener.status({ kind: "logged-out" });
    }
  }

  private open(ticket: string): void {
    const socket: Socket = this.world.open(["tandem.v1.json", `tandem.ticket.${ticket}`], {
      frame: (text) => {
        if (socket !== this.socket) return;
        this.expect(quietMs, () => this.probe());
        for (const message of readFrame(text)) this.take(message);
      },
      closed: (code, reason) => {
        if (socket === this.socket) this.closed(code, reason);
      },
    });
    this.socket = socket;
    this.expect(helloMs, () => this.lost());
  }

  private take(message: Message): void {
    switch (message.kind) {
      case "hello":
        return this.subscribe();
      case "reply":
        return this.takeReply(message);
      case "events":
        if (message.sub !== this.sub) return;
        this.cursor = message.cursor;
        return this.listener.events(message.events);
      case "gap":
        if (message.sub !== this.sub) return;
        this.cursor = message.to;
        this.listener.gap({ count: message.count, why: message.why });
        return this.refresh();
      case "goaway":
        // Spread, or all pages of a hub that restarts come back in the same moment.
        this.cancelLeave();
        this.cancelLeave = this.world.later(
          Math.max(message.afterMs, message.spreadMs) * this.world.random(),
          () => void this.connect(),
        );
        return;
      case "unknown":
        return;
    }
  }

  private takeReply(reply: { id: number; status: number; body: Json; problem?: { detail?: string } }): void {
    if (reply.id !== subscribeId) return;
    const body = reply.body as { sub?: number; cursor?: string } | null;
    if (reply.status === 200 && typeof body?.sub === "number") {
      // The old one ends when the new one stands, so that nothing falls between the two.
      if (this.sub !== 0) this.request(unsubscribeId, "stream.unsubscribe", { sub: this.sub });
      this.sub = body.sub;
      this.cursor = body.cursor ?? this.cursor;
      this.attempt = 0;
      return this.listener.status({ kind: "live" });
    }
    // A cursor of another log (the hub was restored) is refused: begin anew instead of never.
    if (reply.status === 400 && this.cursor !== "latest") {
      this.cursor = "latest";
      return this.subscribe();
    }
    this.stop();
    this.listener.status({ kind: "refused", why: reply.problem?.detail ?? `status ${reply.status}` });
  }

  private subscribe(): void {
    this.request(subscribeId, "stream.subscribe", { kinds: this.kinds, start: this.cursor });
  }

  // After a gap the newest reading of each series is asked for anew, now and then: a connection
  // that is too slow for the readings would choke on this too.
  private refresh(): void {
    const wait = Math.max(0, this.refreshed + refreshMs - this.world.now());
    this.cancelRefresh();
    this.cancelRefresh = this.world.later(wait, () => {
      this.refreshed = this.world.now();
      this.cursor = "latest";
      this.subscribe();
    });
  }

  private probe(): void {
    this.request(probeId, "me.get");
    this.expect(answerMs, () => this.lost());
  }

  private request(id: number, op: string, body?: Json): void {
    this.socket?.send(JSON.stringify(body === undefined ? { id, op } : { id, op, body }));
  }

  private closed(code: number, reason: string): void {
    const next = afterClose(code, reason);
    this.drop();
    if (next.retry) return this.wait(next.afterMs);
    this.stop();
    this.listener.status({ kind: "refused", why: reason });
  }

  private lost(): void {
    this.drop();
    this.wait(0);
  }

  private wait(atLeastMs: number): void {
    const ms = Math.max(atLeastMs, delayMs(this.attempt++, this.world.random()));
    this.listener.status({ kind: "waiting", until: this.world.now() + ms });
    this.expect(ms, () => void this.connect());
  }

  // One timer at a time: each of these replaces the one before.
  private expect(ms: number, what: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.world.later(ms, what);
  }

  private drop(): void {
    this.cancelTimer();
    this.cancelLeave();
    this.cancelRefresh();
    this.claim = {};
    const socket = this.socket;
    this.socket = undefined;
    this.sub = 0;
    socket?.close();
  }
}
