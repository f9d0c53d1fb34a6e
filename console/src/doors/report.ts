// Results that are kept and compared: those of races, and reports of `tandem bench` from files. Both
// become the same rows; the ways have bench's names, so that one can stand beside the other. What a
// file says is not trusted: numbers that are none are left out, texts are cut.

import { doorOf, partOf, ways, type Way } from "./plan";
import type { Race } from "./race";

export const figures = ["p50_us", "p90_us", "p99_us", "bytes", "hub_cpu_us", "packets", "lost"] as const;
export type Figure = (typeof figures)[number];

export interface Row {
  /** `up`, `down` (commands) or `fan-out` (events), as bench has them. */
  part: string;
  way: string;
  door: string;
  figures: Partial<Record<Figure, number>>;
}

export interface Report {
  kind: "race" | "bench";
  /** What it is called in a list. */
  name: string;
  /** Milliseconds since 1970. */
  made: number;
  /** The workload and the place in one line. */
  says: string;
  /** Whether the figures mean what they say. */
  sound: boolean;
  rows: Row[];
}

const names: Record<Way, string> = {
  up_rest: "REST, kept alive",
  up_ws: "WebSocket, JSON",
  down_poll: "long poll",
  down_sse: "server-sent events",
  down_ws: "WebSocket",
};
export const nameOf = (way: Way): string => names[way];

/** Half of the bytes or more may be missing from a page's own count: never beside bench's. */
export const comparable = (figure: Figure, a: Report, b: Report): boolean =>
  figure !== "bytes" || a.kind === b.kind;

export function reportOf(race: Race, name: string, says: string, made: number): Report {
  const rows = ways.map((way): Row => {
    const { tally, meter, cpuUs } = race.lanes[way];
    const { p50, p90, p99, heard, lost } = tally.figures();
    const row: Row["figures"] = { lost };
    const put = (figure: Figure, value: number | undefined, scale: number): void => {
      if (value !== undefined && Number.isFinite(value)) row[figure] = value * scale;
    };
    put("p50_us", p50, 1_000);
    put("p90_us", p90, 1_000);
    put("p99_us", p99, 1_000);
    if (heard > 0) put("bytes", (meter.bytesIn + meter.bytesOut) / heard, 1);
    put("hub_cpu_us", cpuUs, 1);
    return { part: partOf(way) === "up" ? "up" : "fan-out", way: nameOf(way), door: doorOf(way), figures: row };
  });
  return { kind: "race", name, made, says, sound: troubles(race).length === 0, rows };
}

export type TroubleKind = "late" | "hidden" | "lost" | "refused" | "receipted" | "twice";
/** More than one message in ten that the page sent late: it measured itself. */
const lateShare = 0.1;

/** Signs that the figures do not say what the doors cost, each with the ways that it is about. */
export function troubles(race: Race): { kind: TroubleKind; ways: Way[] }[] {
  const found: { kind: TroubleKind; ways: Way[] }[] = [];
  const look = (kind: TroubleKind, is: (way: Way) => boolean): void => {
    const hit = ways.filter(is);
    if (hit.length > 0) found.push({ kind, ways: hit });
  };
  if (race.hidden) found.push({ kind: "hidden", ways: [] });
  look("late", (way) => {
    const { late, sent } = race.lanes[way].tally.figures();
    return late > sent * lateShare;
  });
  look("refused", (way) => race.lanes[way].meter.refused > 0);
  look("lost", (way) => race.lanes[way].tally.figures().lost > 0);
  look("receipted", (way) => race.lanes[way].receipted > 0);
  look("twice", (way) => race.lanes[way].tally.figures().twice > 0);
  return found;
}

type Fields = { [name: string]: unknown };
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textMost = 200;
const rowsMost = 100;
// Those of bench have less than a tenth of it.
export const fileMost = 1024 * 1024;

function textOf(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value.slice(0, textMost) : otherwise;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function figuresOf(way: Fields): Row["figures"] {
  const latency = isObject(way.latency_us) ? way.latency_us : {};
  const told = isObject(way.figures) ? way.figures : {};
  const median = (name: string): unknown => {
    const figure = told[name];
    return isObject(figure) ? figure.value : undefined;
  };
  const found: Record<Figure, unknown> = {
    p50_us: latency.p50,
    p90_us: latency.p90,
    p99_us: latency.p99,
    bytes: median("bytes"),
    hub_cpu_us: median("hub_cpu_us"),
    packets: median("packets"),
    lost: way.lost,
  };
  const out: Row["figures"] = {};
  for (const figure of figures) {
    const value = numberOf(found[figure]);
    if (value !== undefined) out[figure] = value;
  }
  return out;
}

function rowOf(way: unknown): Row[] {
  if (!isObject(way) || typeof way.way !== "string" || typeof way.part !== "string") return [];
  return [
    {
      part: textOf(way.part),
      way: textOf(way.way),
      door: textOf(way.door),
      figures: figuresOf(way),
    },
  ];
}

function workloadText(report: Fields): string {
  const machine = isObject(report.machine) ? report.machine : {};
  const load = isObject(report.workload) ? report.workload : {};
  const per = numberOf(report.per_second);
  return [
    textOf(load.name),
    per === undefined ? "" : `${Math.round(per)}/s`,
    load["readings.payload"] === undefined ? "" : `${textOf(load["readings.payload"])} B`,
    textOf(report.network),
    textOf(machine.processor),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** A report as `tandem bench --json` writes it; undefined when the text is something else. */
export function readBench(text: string, name: string): Report | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.kind !== "bench" || !Array.isArray(value.ways)) return undefined;
  const rows = value.ways.slice(0, rowsMost).flatMap(rowOf);
  if (rows.length === 0) return undefined;
  const made = isObject(value.machine) ? Date.parse(textOf(value.machine.made)) : NaN;
  return {
    kind: "bench",
    name: textOf(name),
    made: Number.isFinite(made) ? made : 0,
    says: workloadText(value),
    sound: value.sound === true,
    rows,
  };
}

export interface Compared {
  part: string;
  way: string;
  door: string;
  figures: { figure: Figure; a: number | undefined; b: number | undefined; ratio: number | undefined }[];
}

/** Two reports side by side, way by way; `ratio` is what B is of A. */
export function compare(a: Report, b: Report): Compared[] {
  const keyOf = (row: Row): string => `${row.part}\n${row.way}`;
  const others = new Map(b.rows.map((row) => [keyOf(row), row]));
  const keys = new Set(a.rows.map(keyOf));
  const pairs: { row: Row; a: Row | undefined; b: Row | undefined }[] = [
    ...a.rows.map((row) => ({ row, a: row, b: others.get(keyOf(row)) })),
    ...b.rows.filter((row) => !keys.has(keyOf(row))).map((row) => ({ row, a: undefined, b: row })),
  ];
  return pairs.map(({ row, a: first, b: second }) => ({
    part: row.part,
    way: row.way,
    door: row.door,
    figures: figures.flatMap((figure) => {
      const from = first?.figures[figure];
      const to = second?.figures[figure];
      if (from === undefined && to === undefined) return [];
      const may = comparable(figure, a, b) && from !== undefined && to !== undefined && from > 0;
      return [{ figure, a: from, b: to, ratio: may ? to / from : undefined }];
    }),
  }));
}

const place = "tandem.doors.reports";
const keptMost = 30;

/** What this browser keeps; the newest first. Anything else that lies there is passed over. */
export class Shelf {
  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {}

  all(): Report[] {
    try {
      const read: unknown = JSON.parse(this.storage.getItem(place) ?? "[]");
      return Array.isArray(read) ? read.filter(isReport) : [];
    } catch {
      return [];
    }
  }

  /** False when the browser has no room. The oldest go when there are too many. */
  add(report: Report): boolean {
    return this.write([report, ...this.all()].slice(0, keptMost));
  }

  remove(at: number): boolean {
    return this.write(this.all().filter((_, each) => each !== at));
  }

  private write(all: Report[]): boolean {
    try {
      this.storage.setItem(place, JSON.stringify(all));
      return true;
    } catch {
      return false;
    }
  }
}

function isReport(value: unknown): value is Report {
  if (!isObject(value) || !Array.isArray(value.rows)) return false;
  const texts = [value.name, value.says, value.kind].every((each) => typeof each === "string");
  const rows = value.rows.every(
    (row) =>
      isObject(row) &&
      typeof row.part === "string" &&
      typeof row.way === "string" &&
      isObject(row.figures) &&
      Object.values(row.figures).every((figure) => typeof figure === "number"),
  );
  return texts && rows && typeof value.made === "number" && typeof value.sound === "boolean";
}
