// What a line of the inspector says: frames and requests taken apart. No network, no document.

import { operations, type Json, type OperationName, type OperationRow } from "tandem-client";

import type { Operation } from "./lines";
import { isObject, type JsonObject } from "./model";
import { parsed, type Call, type Entry } from "./recorder";
import { decoded } from "./router";
import { texts } from "./texts";

const table: Record<string, OperationRow> = operations;
const askedMax = 2_000;

interface Pattern {
  name: OperationName;
  row: OperationRow;
  match: RegExp;
  names: string[];
}

function patternOf(name: string, row: OperationRow): Pattern {
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  const text = row.path.replace(/\{\w+\}/g, "([^/]+)");
  return { name: name as OperationName, row, match: new RegExp(`^${text}$`), names };
}

const patterns = Object.entries(table).map(([name, row]) => patternOf(name, row));

/** The operation that a request over REST asks for; undefined when it is none. */
export function operationOf(call: Call): Operation | undefined {
  const { pathname, searchParams } = new URL(call.target, "http://hub.invalid");
  const headers = Object.fromEntries(
    call.requestHeaders.filter(([name]) =>
      ["if-match", "if-none-match", "prefer", "idempotency-key"].includes(name),
    ),
  );
  const waits = headers.prefer?.includes("wait") ?? false;
  const found = patterns.filter(
    ({ row, match }) => row.method === call.method && match.test(pathname),
  );
  // Taking and listing commands are told apart by `Prefer: wait`.
  const one = found.find(({ row }) => (row.fixed !== undefined) === waits) ?? found[0];
  if (one === undefined) return undefined;
  const values = (one.match.exec(pathname) ?? []).slice(1).map(decoded);
  const path = Object.fromEntries(one.names.map((name, at) => [name, values[at] ?? ""]));
  const body = call.requestBody === "" ? undefined : parsed(call.requestBody);
  return { op: one.name, path, query: Object.fromEntries(searchParams), headers, body };
}

function textMembers(value: Json | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]));
}

/** The operation that a message asks for; undefined when it asks for none. */
export function operationOfMessage(message: Json): Operation | undefined {
  if (!isObject(message) || typeof message.op !== "string") return undefined;
  return {
    op: message.op,
    path: textMembers(message.path),
    query: isObject(message.query) ? message.query : {},
    headers: textMembers(message.headers),
    body: message.body,
  };
}

/** The same as a request over REST; undefined where that door does not have it. */
export function asRest({ op, path, query, headers, body }: Operation) {
  const row = table[op];
  if (row === undefined) return undefined;
  const place = row.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] ?? ""),
  );
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(",") : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  ).toString();
  const fields = Object.entries(headers);
  if (body !== undefined) fields.push(["content-type", "application/json"]);
  return {
    method: row.method,
    target: search === "" ? place : `${place}?${search}`,
    headers: fields,
    body: body === undefined ? "" : JSON.stringify(body),
  };
}

export interface Line {
  id: number;
  time: number;
  way: "REST" | "WS ↓" | "WS ↑";
  what: string;
  bytes: number;
  ms: number | undefined;
  bad: boolean;
}

/** The operations that replies on a socket answer, by their numbers. */
export class Asked {
  private readonly ops = new Map<number, string>();

  take(message: JsonObject): void {
    if (typeof message.id !== "number" || typeof message.op !== "string") return;
    this.ops.set(message.id, message.op);
    const [oldest] = this.ops.keys();
    if (this.ops.size > askedMax && oldest !== undefined) this.ops.delete(oldest);
  }

  of(id: Json | undefined): string {
    return (typeof id === "number" ? this.ops.get(id) : undefined) ?? "";
  }
}

function gapText(message: JsonObject): string {
  if (!isObject(message.gap)) return "";
  return texts.inspector.gap(Number(message.gap.n ?? 0), String(message.gap.why ?? ""));
}

function sayMessage(message: Json, asked: Asked): { what: string; bad: boolean } {
  if (!isObject(message)) return { what: texts.inspector.other, bad: false };
  if (typeof message.op === "string") {
    asked.take(message);
    return { what: message.op, bad: false };
  }
  if (typeof message.status === "number") {
    const what = texts.inspector.reply(asked.of(message.id), message.status);
    return { what, bad: message.status >= 400 };
  }
  if (message.sub !== undefined) {
    const events = Array.isArray(message.ev) ? texts.inspector.events(message.ev.length) : "";
    const parts = [gapText(message), events].filter((part) => part !== "");
    const what = parts.length === 0 ? texts.inspector.bookmark : parts.join(", ");
    return { what: `sub ${String(message.sub)}: ${what}`, bad: false };
  }
  const [name = texts.inspector.other] = Object.keys(message);
  return { what: name, bad: false };
}

/** Says an entry in a line. In the order in which they came: replies are known by their requests. */
export function lineOf(entry: Entry, asked: Asked): Line {
  const { id, time, ms, bytes } = entry;
  if (entry.kind === "call") {
    const name = operationOf(entry)?.op;
    const answer =
      entry.status === undefined
        ? texts.inspector.waiting
        : entry.status === 0
          ? texts.inspector.noAnswer
          : String(entry.status);
    const what = `${entry.method} ${entry.target}${name === undefined ? "" : ` (${name})`} → ${answer}`;
    const bad = entry.status === 0 || (entry.status ?? 0) >= 400;
    return { id, time, way: "REST", what, bytes, ms, bad };
  }
  const message = parsed(entry.text);
  const way = entry.direction === "in" ? "WS ↓" : "WS ↑";
  if (Array.isArray(message)) {
    const all = message.map((each) => sayMessage(each, asked));
    const what = `${texts.inspector.many(all.length)}: ${all.map((each) => each.what).join("; ")}`;
    return { id, time, way, what, bytes, ms, bad: all.some((each) => each.bad) };
  }
  return { id, time, way, bytes, ms, ...sayMessage(message ?? null, asked) };
}

/** The lines of entries, each taken apart once. */
export class LineBook {
  private readonly asked = new Asked();
  private readonly known = new WeakMap<Entry, Line>();

  line(entry: Entry): Line {
    const found = this.known.get(entry);
    // A request that is on its way will say more.
    const open = entry.kind === "call" && found?.ms === undefined;
    if (found !== undefined && !open) return found;
    const line = lineOf(entry, this.asked);
    this.known.set(entry, line);
    return line;
  }
}

/** Whether an entry has to do with a device: it is in its path, or among its events. */
export function concerns(entry: Entry, device: string): boolean {
  if (entry.kind === "call") {
    const place = `/v1/devices/${encodeURIComponent(device)}`;
    return entry.target === place || entry.target.startsWith(`${place}/`) || entry.target.startsWith(`${place}?`);
  }
  return entry.text.includes(JSON.stringify(device));
}
