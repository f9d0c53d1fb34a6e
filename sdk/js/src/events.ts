// What a subscription delivers, in words instead of the letters that travel.

import type { Json } from "./json.js";

interface Happening {
  /** The device's id. */
  device: string;
  /** Milliseconds since 1970 UTC. */
  time: number;
  /** On the last item of a message: where to go on after it. */
  cursor?: string;
}

/** A reading of a series. */
export interface ReadingEvent extends Happening {
  kind: "reading";
  series: string;
  value: Json;
  /** It is older than the newest of its series. */
  late: boolean;
}

/** The config or the state of a device has changed. */
export interface TwinEvent extends Happening {
  kind: "config" | "state";
  value: { version: number; value: { [name: string]: Json } };
}

/** A step in the life of a command. */
export interface CommandEvent extends Happening {
  kind: "command";
  value: {
    id: string;
    name: string;
    status: "queued" | "delivered" | "acknowledged" | "done" | "failed" | "expired" | "cancelled";
    attempt: number;
    progress?: Json;
    result?: Json;
  };
}

/** A device came or went. */
export interface PresenceEvent extends Happening {
  kind: "presence";
  value: { online: boolean; door?: string; since?: number };
}

/** A device was made, changed or deleted. */
export interface DeviceEvent extends Happening {
  kind: "device";
  value: {
    change: string;
    version?: number;
    name?: string;
    type?: string;
    labels?: Record<string, string>;
  };
}

/** A series went stale or came back. */
export interface SeriesEvent extends Happening {
  kind: "series";
  series: string;
  value: { stale: boolean; since?: number };
}

/** Another door is advised to a device than before. */
export interface AdviceEvent extends Happening {
  kind: "advice";
  value: {
    door: "rest" | "poll" | "sse" | "ws";
    advised_door: "rest" | "poll" | "sse" | "ws";
    worth_changing: boolean;
    reason: "worth" | "fits" | "small" | "young";
    says: string;
    saving_bytes_a_day: number;
  };
}

/** Something that the device itself called an event. */
export interface OwnEvent extends Happening {
  kind: "event";
  value: Json;
}

export type StreamEvent =
  | ReadingEvent
  | TwinEvent
  | CommandEvent
  | PresenceEvent
  | DeviceEvent
  | SeriesEvent
  | AdviceEvent
  | OwnEvent;

/** The receipt for events that were asked for and are not delivered. */
export interface Gap {
  kind: "gap";
  /** The cursor before them. */
  from: string;
  /** The cursor after them. */
  to: string;
  /** How many there were; 0 when that is not known. */
  count: number;
  /**
   * `unchanged`, `conflated`, `slow` or `history`, as docs/reference/stream.md says; `unknown`, of
   * this client, when a subscription that began with `latest` was cut off before anything came.
   */
  why: string;
  /** On the last item of a message: where to go on after it. */
  cursor?: string;
}

/** What a subscription delivers, told apart by `kind`. */
export type StreamItem = StreamEvent | Gap;

/** What came in one message. Without a gap and without events it only says where one stands. */
export interface Batch {
  /** Where to go on after it. */
  cursor: string;
  /** Comes before the events. */
  gap?: Gap;
  events: StreamEvent[];
}

/** The items of a batch in their order, the last with the cursor. */
export function itemsOf(batch: Batch): StreamItem[] {
  const items: StreamItem[] = batch.gap ? [batch.gap, ...batch.events] : [...batch.events];
  const last = items.pop();
  if (last !== undefined) items.push({ ...last, cursor: batch.cursor });
  return items;
}
