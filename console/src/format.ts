// Values, times and units as people read them.

import type { Json } from "tandem-client";

import { texts } from "./texts";

// A whole number is shown as it is, a measured one to what a sensor may know of it.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });

// The codes of SenML (RFC 8428, section 12.1) that are not already what one would write.
const unitSigns: Record<string, string> = {
  Cel: "°C",
  "%RH": "%",
  degrees: "°",
  "1/min": "/min",
  "beat/min": "/min",
};

function unitSign(unit: string): string {
  return unitSigns[unit] ?? unit;
}

/** A value in one short line. */
export function valueText(value: Json): string {
  if (typeof value === "number") return (Number.isInteger(value) ? whole : number).format(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? texts.on : texts.off;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export function withUnit(text: string, unit: string): string {
  const sign = unitSign(unit);
  return sign === "" ? text : `${text} ${sign}`;
}

/** How long ago, in the largest unit that is not zero. */
export function ageText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const toTheSecond = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const toTheMinute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** A time of day; seconds where the step between two of them is below a minute. */
export function clockText(time: number, stepMs: number): string {
  return (stepMs < 60_000 ? toTheSecond : toTheMinute).format(time);
}

export function dateText(time: number): string {
  return new Date(time).toLocaleString();
}

const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const dayOnly = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayMs = 86_400_000;

/** A tick of an axis that shows `spanMs` in all. */
export function axisTimeText(time: number, spanMs: number): string {
  if (spanMs <= 15 * 60_000) return toTheSecond.format(time);
  if (spanMs <= 1.5 * dayMs) return toTheMinute.format(time);
  if (spanMs <= 8 * dayMs) return dayAndTime.format(time);
  return dayOnly.format(time);
}

const sizes = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Bytes in the largest unit of which there is one. */
export function bytesText(bytes: number): string {
  let unit = 0;
  let left = bytes;
  while (left >= 1024 && unit + 1 < sizes.length) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${sizes[unit]}`;
}

type Units = [size: number, name: string][];

// Three digits that matter, as the hub's adviser writes them: its sentences stand beside the figures.
function inUnits(amount: number, units: Units): string {
  const [size, name] = units.findLast(([least]) => amount >= least) ?? units[0]!;
  const count = amount / size;
  return `${Number(count.toFixed(count >= 100 ? 0 : count >= 10 ? 1 : 2))} ${name}`;
}

const amounts: Units = [[1, "B"], [1e3, "kB"], [1e6, "MB"], [1e9, "GB"], [1e12, "TB"]];

/** Bytes as traffic is paid for, in powers of 1,000: `40.4 MB`. */
export function trafficText(bytes: number): string {
  return inUnits(bytes, amounts);
}

const spans: Units = [[1e-6, "µs"], [1e-3, "ms"], [1, "s"], [60, "min"], [3_600, "h"], [86_400, "d"]];

/** Seconds of something that is counted: `1.25 s`, `1.5 h`. */
export function secondsText(seconds: number): string {
  return seconds === 0 ? "0 s" : inUnits(seconds, spans);
}

const parts = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A count that may be a part of one, as of something that happens once in a week. */
export function amountText(count: number): string {
  if (count > 0 && count < 0.01) return "< 0.01";
  return (count < 100 ? parts : whole).format(count);
}

/** A share of something: `54 %`, and `0.4 %` where there is little. */
export function shareText(share: number): string {
  const percent = share * 100;
  return `${Math.abs(percent) < 1 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** How long something took: `840 µs`, `12 ms`, `1.4 s`, `3 min`. */
export function tookText(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < dayMs) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / dayMs)} d`;
}

export function countText(count: number): string {
  return whole.format(count);
}

const exactTime = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** A time of day to the millisecond. */
export function timeText(time: number): string {
  return exactTime.format(time);
}
