// What travels on a socket of the subprotocol tandem.v1.json. What this client does not know it
// passes over, so that a newer hub does not break it.

import type { Json } from "./json.js";
import type { Problem } from "./schemas.js";
import type { Batch, Gap, StreamEvent } from "./events.js";

/** Turns values into text and back. Another one than JSON's own can keep 64-bit integers. */
export interface JsonCodec {
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** What a request has beside its name. */
export interface RequestParts {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface Request extends RequestParts {
  id?: number;
  op: string;
  ack?: "batch";
}

/** What a hub answers. */
export interface Reply<T = unknown> {
  status: number;
  /** Field names in lower case. */
  headers: Record<string, string>;
  body: T;
}

export interface Hello {
  protocol: string;
  principal: { kind: string; id: string };
  ping_ms?: number;
  message_bytes?: number;
  /** To a device that would do better through another door. */
  advice?: { door: string; says: string; saving_bytes_a_day: number };
}

/** A command for the device that the socket belongs to. */
export interface IncomingCommand {
  id: string;
  name: string;
  params?: Json;
  attempt: number;
  /** Milliseconds since 1970 UTC. */
  expires: number;
}

/** A change of the config of the device that the socket belongs to. */
export interface ConfigChange {
  version: number;
  /** The version that `delta` is for; 0: an empty object. */
  from: number;
  /** A merge patch, RFC 7396. */
  delta: { [name: string]: Json };
}

/** Writes that one commit has settled. */
export interface BatchAck {
  n: number;
  refused: number;
  durability: string;
}

export interface RawReply {
  id: number | undefined;
  op: string | undefined;
  status: number;
  headers: Record<string, string>;
  body: unknown;
  problem: Partial<Problem> | undefined;
}

/** What is left of budgets that get scarce, by their names: `requests`, `readings`, `messages`. */
export interface LimitsLeft {
  [budget: string]: {
    /** At once. */
    quota: number;
    left: number;
    /** Until it is full again. */
    fullInMs: number;
  };
}

export type Message =
  | { kind: "hello"; hello: Hello }
  | { kind: "reply"; reply: RawReply }
  | { kind: "batch"; sub: number; batch: Batch }
  | { kind: "command"; command: IncomingCommand }
  | { kind: "config"; config: ConfigChange }
  | { kind: "ack"; ack: BatchAck }
  | { kind: "expiring"; inMs: number }
  | { kind: "limits"; limits: LimitsLeft }
  | { kind: "goaway"; afterMs: number; spreadMs: number };

type Fields = { [name: string]: unknown };

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;
const textOr = (value: unknown, otherwise: string): string =>
  typeof value === "string" ? value : otherwise;

function readEvent(value: Fields): StreamEvent {
  const event: Fields = {
    kind: textOr(value.k, "reading"),
    device: textOr(value.d, ""),
    time: numberOr(value.t, 0),
    value: value.v ?? null,
  };
  if (typeof value.s === "string") event.series = value.s;
  if (event.kind === "reading") event.late = value.late === true;
  return event as unknown as StreamEvent;
}

function readGap(value: unknown): Gap | undefined {
  if (!isObject(value)) return undefined;
  return {
    kind: "gap",
    from: textOr(value.from, ""),
    to: textOr(value.to, ""),
    count: numberOr(value.n, 0),
    why: textOr(value.why, ""),
  };
}

function readBatch(sub: number, cursor: string, value: Fields): Message {
  const gap = readGap(value.gap);
  const events = Array.isArray(value.ev) ? value.ev.filter(isObject).map(readEvent) : [];
  return { kind: "batch", sub, batch: gap ? { cursor, gap, events } : { cursor, events } };
}

function readReply(value: Fields, status: number): Message {
  const headers = isObject(value.headers) ? (value.headers as Record<string, string>) : {};
  return {
    kind: "reply",
    reply: {
      id: typeof value.id === "number" ? value.id : undefined,
      op: typeof value.op === "string" ? value.op : undefined,
      status,
      headers,
      body: value.body,
      problem: isObject(value.problem) ? (value.problem as Partial<Problem>) : undefined,
    },
  };
}

function readLimits(value: Fields): LimitsLeft {
  const limits: LimitsLeft = {};
  for (const [name, told] of Object.entries(value)) {
    if (!isObject(told)) continue;
    limits[name] = {
      quota: numberOr(told.q, 0),
      left: numberOr(told.r, 0),
      fullInMs: numberOr(told.t, 0) * 1000,
    };
  }
  return limits;
}

function readNotice(value: Fields): Message | undefined {
  if (isObject(value.hello)) return { kind: "hello", hello: value.hello as unknown as Hello };
  if (isObject(value.cmd)) {
    return { kind: "command", command: value.cmd as unknown as IncomingCommand };
  }
  if (isObject(value.config)) {
    return { kind: "config", config: value.config as unknown as ConfigChange };
  }
  if (isObject(value.ack)) return { kind: "ack", ack: value.ack as unknown as BatchAck };
  if (isObject(value.auth)) {
    return { kind: "expiring", inMs: numberOr(value.auth.expires_in, 0) * 1000 };
  }
  if (isObject(value.limits)) return { kind: "limits", limits: readLimits(value.limits) };
  if (isObject(value.goaway)) {
    const { after_ms, spread_ms } = value.goaway;
    return { kind: "goaway", afterMs: numberOr(after_ms, 0), spreadMs: numberOr(spread_ms, 0) };
  }
  return undefined;
}

function readMessage(value: unknown): Message[] {
  if (!isObject(value)) return [];
  if (typeof value.sub === "number" && typeof value.cur === "string") {
    return [readBatch(value.sub, value.cur, value)];
  }
  if (typeof value.status === "number") return [readReply(value, value.status)];
  const notice = readNotice(value);
  return notice === undefined ? [] : [notice];
}

/** The messages of a frame; none when it cannot be read. */
export function readFrame(json: JsonCodec, frame: string): Message[] {
  let value: unknown;
  try {
    value = json.parse(frame);
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.flatMap(readMessage) : readMessage(value);
}

const encoder = new TextEncoder();

/** How many bytes a text takes on the way. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}
