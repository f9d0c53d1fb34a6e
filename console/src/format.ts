// Values, times and units as people read them.

import type { Json } from "tandem-client";

// A whole number is shown as it is, a measured one to what a sensor may know of it.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });

// The codes of SenML (RFC 8428, section 12.1) that are not already what one would write.
const unitSigns: Record<string, string> = {
  Cel: "°C",
  "%RH": "%",
  "m/s": "m/s",
  degrees: "°",
  "1/min": "/min",
  "beat/min": "/min",
};

export function unitSign(unit: string): string {
  return unitSigns[unit] ?? unit;
}

/** A value in one short line. */
export function valueText(value: Json): string {
  if (typeof value === "number") return (Number.isInteger(value) ? whole : number).format(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
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

/** A length of time: `12 s`, `5 min`. */
export function spanText(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${number.format(seconds)} s` : `${number.format(seconds / 60)} min`;
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
