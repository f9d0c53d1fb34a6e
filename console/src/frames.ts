// What arrives on a socket of subprotocol tandem.v1.json. A frame is one message or a list of them;
// what this page does not know it passes over, so that a newer hub does not break it.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** One event of a subscription; `kind` is `reading` where the hub leaves it out. */
export interface StreamEvent {
  device: string;
  kind: string;
  series: string;
  /** Milliseconds since 1970. */
  time: number;
  value: Json;
  late: boolean;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  detail?: string;
  status?: number;
  retryable?: boolean;
}

export type Message =
  | { kind: "hello" }
  | { kind: "reply"; id: number; status: number; body: Json; problem?: ProblemBody }
  | { kind: "events"; sub: number; cursor: string; events: StreamEvent[] }
  | { kind: "gap"; sub: number; to: string; count: number; why: string }
  | { kind: "goaway"; afterMs: number; spreadMs: number }
  | { kind: "unknown" };

type Fields = { [name: string]: Json };

function isObject(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function readEvent(value: Json): StreamEvent | undefined {
  if (!isObject(value) || typeof value.d !== "string" || typeof value.t !== "number") return undefined;
  return {
    device: value.d,
    kind: textOr(value.k, "reading"),
    series: textOr(value.s, ""),
    time: value.t,
    value: value.v ?? null,
    late: value.late === true,
  };
}

// What a subscription is told: a receipt, the events after it, both, or where it stands alone.
function readStream(sub: number, value: Fields): Message[] {
  const out: Message[] = [];
  if (isObject(value.gap)) {
    const { to, n, why } = value.gap;
    out.push({ kind: "gap", sub, to: textOr(to, ""), count: numberOr(n, 0), why: textOr(why, "") });
  }
  if (Array.isArray(value.ev) || out.length === 0) {
    const read = Array.isArray(value.ev) ? value.ev.map(readEvent) : [];
    const events = read.filter((event) => event !== undefined);
    out.push({ kind: "events", sub, cursor: textOr(value.cur, ""), events });
  }
  return out;
}

function readMessage(value: Json): Message[] {
  if (!isObject(value)) return [{ kind: "unknown" }];
  if (isObject(value.hello)) return [{ kind: "hello" }];
  if (isObject(value.goaway)) {
    const { after_ms, spread_ms } = value.goaway;
    return [{ kind: "goaway", afterMs: numberOr(after_ms, 0), spreadMs: numberOr(spread_ms, 0) }];
  }
  if (typeof value.sub === "number" && (value.cur !== undefined || isObject(value.gap))) {
    return readStream(value.sub, value);
  }
  if (typeof value.id === "number" && typeof value.status === "number") {
    const reply = { kind: "reply" as const, id: value.id, status: value.status, body: value.body ?? null };
    return [isObject(value.problem) ? { ...reply, problem: value.problem as ProblemBody } : reply];
  }
  return [{ kind: "unknown" }];
}

/** The messages of a frame; none when it is not JSON. */
export function readFrame(frame: string): Message[] {
  let value: Json;
  try {
    value = JSON.parse(frame) as Json;
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.flatMap(readMessage) : readMessage(value);
}
