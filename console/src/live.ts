// What happens on the hub, as it happens. The client keeps the subscription going through losses;
// here it is told how that stands, and after a gap the newest readings are asked for anew.

import type { ConnectionState, Gap, StreamEvent, StreamOptions, Subscription, Tandem } from "tandem-client";

import { isUnauthorized, wordsOf } from "./api";

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
  gap(gap: Gap): void;
}

/** Runs `what` after `ms`; the answer cancels it. */
export type Later = (ms: number, what: () => void) => () => void;

// A connection that is too slow for the readings would choke on asking for all of them, too.
const refreshMs = 10_000;

export class Live {
  private subscription: Subscription | undefined;
  private stopped = true;
  private stopListening = (): void => {};
  private cancelRefresh: (() => void) | undefined;

  constructor(
    private readonly hub: Tandem,
    private readonly kinds: NonNullable<StreamOptions["kinds"]>,
    private readonly listener: LiveListener,
    private readonly later: Later,
  ) {}

  start(): void {
    this.stopped = false;
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
    const mine = this.hub.stream({ kinds: this.kinds, start: "latest" });
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
      if (!this.stopped && !over) this.listener.status({ kind: "refused", why: why ?? String(error) });
    }
  }

  private takeGap(gap: Gap): void {
    this.listener.gap(gap);
    this.cancelRefresh ??= this.later(refreshMs, () => {
      this.cancelRefresh = undefined;
      void this.follow();
    });
  }

  private tell(state: ConnectionState): void {
    switch (state.kind) {
      case "open":
        return this.listener.status({ kind: "live" });
      case "waiting":
        return this.listener.status({ kind: "waiting", until: state.until });
      case "closed":
        if (this.stopped) return;
        if (isUnauthorized(state.why)) return this.listener.status({ kind: "logged-out" });
        return this.listener.status({ kind: "refused", why: state.why?.message ?? "" });
      default:
        return this.listener.status({ kind: "connecting" });
    }
  }
}
