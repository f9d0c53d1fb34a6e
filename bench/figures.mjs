// What is made of repeated measurements, and how it is printed.
import { writeFileSync } from "node:fs";

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** The median, and how far the others are from it: the smallest and the largest. */
export function summary(numbers) {
  return {
    median: quantile(numbers, 0.5),
    least: Math.min(...numbers),
    most: Math.max(...numbers),
  };
}

/** Three digits, which is more than most measurements deserve. */
export function short(number) {
  if (!Number.isFinite(number)) return "–";
  if (Math.abs(number) >= 1000) return Math.round(number).toLocaleString("en-US");
  return String(Number(number.toPrecision(3)));
}

export const withSpread = ({ median, least, most }, scale = 1) =>
  `${short(median * scale)} (${short(least * scale)}–${short(most * scale)})`;

/** Rows of cells as a Markdown table; the first column is text, the others are numbers. */
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(3, ...all.map((row) => row[at].length)));
  const padded = (cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]));
  const line = (row) => `| ${row.map(padded).join(" | ")} |`;
  const rule = widths.map((width, at) => "-".repeat(at === 0 ? width : width - 1));
  const under = rule.map((dashes, at) => (at === 0 ? dashes : `${dashes}:`));
  return [line(all[0]), line(under), ...all.slice(1).map(line)].join("\n");
}

export function save(file, results) {
  writeFileSync(file, JSON.stringify(results, null, 2) + "\n");
  console.log(`\nwritten to ${file}`);
}

/** The value after `--name` on the command line, as a number where `otherwise` is one. */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const text = process.argv[at + 1];
  if (typeof otherwise !== "number") return text;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`--${name} takes a number`);
  return number;
}
