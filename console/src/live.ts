// What happens on the hub, as it happens. The client keeps the subscription going through losses;
// here it is told how that stands. After a gap, and after an absence that is long, it begins anew
// from the latest readings: nobody wants to watch an hour go by.

import type {
  ConnectionState,
  Gap,
  StreamEvent,
  StreamOptions,
  Subscription,
  Tandem,
} from "tandem-client";

import { isUnauthorized, wordsOf } from "./hub";

export type StreamStatus =
  | { kind: "connecting" }
  | { kind: "live" }
  /** `until` in milliseconds since 1970. */
  | { kind: "waiting"; until: number }
  | { kind: "logged-out" }
  | { kind: "refused"; why: string };

export interface LiveListener {
  status(status: StreamStatus): void;
  events(events: StreamEvent[]): void;
  /** Something was not sent, and nothing that is newer stands for it. */
  gap(gap: Gap): void;
  /** So many readings were left out for newer ones of their series. */
  conflated(count: number): void;
  /** It goes on after a loss: what is shown may be old. */
  back(): void;
}

/** Time, as it is passed in. */
export interface Timing {
  /** Runs `what` after `ms`; the answer cancels it. */
  later(ms: number, what: () => void): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}

// A connection that is too slow for the readings would choke on asking for all of them, too.
const refreshMs = 10_000;
// What was missed in a shorter time comes faster than all the latest readings.
const longAbsenceMs = 30_000;

export class Live {
  private subscription: Subscription | undefined;
  private stopped = true;
  private lostAt: number | undefined;
  private stopListening = (): void => {};
  private cancelRefresh: (() => void) | undefined;

  constructor(
    private readonly hub: Tandem,
    private readonly wish: Omit<StreamOptions, "start">,
    private readonly listener: LiveListener,
    private readonly timing: Timing,
  ) {}

  start(): void {
    this.stopped = false;
    this.lostAt = undefined;
    this.stopListening = this.hub.on("state", (state) => this.tell(state));
    // How that goes is told by its state.
    this.hub.connect().catch(() => {});
    void this.follow();
  }

  /** Ends it for good; `start` begins again. */
  stop(): void {
    this.stopped = true;
    this.stopListening();
    this.cancelRefresh?.();
    this.cancelRefresh = undefined;
    this.subscription?.close();
    this.hub.close();
  }

  private async follow(): Promise<void> {
    const mine = this.hub.stream({ ...this.wish, start: "latest" });
    const before = this.subscription;
    this.subscription = mine;
    // The old one ends when the new one stands, so that nothing falls between the two.
    const end = (): void => before?.close();
    mine.ready.then(end, end);
    try {
      for await (const { gap, events } of mine.batches()) {
        if (this.stopped) return;
        this.listener.events(events);
        if (gap !== undefined) this.takeGap(gap);
      }
    } catch (error) {
      const why = wordsOf(error);
      const over = this.hub.connectionState.kind === "closed";
      if (!this.stopped && !over) {
        this.listener.status({ kind: "refused", why: why ?? String(error) });
      }
    }
  }

  private takeGap(gap: Gap): void {
    if (gap.why === "conflated" || gap.why === "unchanged") {
      return this.listener.conflated(gap.count);
    }
    this.listener.gap(gap);
    this.cancelRefresh ??= this.timing.later(refreshMs, () => {
      this.cancelRefresh = undefined;
      void this.follow();
    });
  }

  private tell(state: ConnectionState): void {
    switch (state.kind) {
      case "open":
        return this.opened();
      case "waiting":
        this.lostAt ??= this.timing.now();
        return this.listener.status({ kind: "waiting", until: state.until });
      case "closed":
        if (this.stopped) return;
        if (isUnauthorized(state.why)) return this.listener.status({ kind: "logged-out" });
        return this.listener.status({ kind: "refused", why: state.why?.message ?? "" });
      default:
        return this.listener.status({ kind: "connecting" });
    }
  }

  private opened(): void {
    const lostAt = this.lostAt;
    this.lostAt = undefined;
    this.listener.status({ kind: "live" });
    if (lostAt === undefined) return;
    if (this.timing.now() - lostAt > longAbsenceMs) {
      // At once: else the old one would go on from its cursor.
      this.subscription?.close();
      void this.follow();
    }
    this.listener.back();
  }
}
