// The table of what doors.mjs has measured.
//   node bench/doors_report.mjs FILE     prints that of an earlier run
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { short, summary, table, withSpread } from "./figures.mjs";

const kCpu = "server_cpu_ns_per_message";
// Above this share of its core the generator may be what is measured.
const kGeneratorIsFull = 0.97;

const kUnits = {
  [kCpu]: { unit: "ns CPU", scale: 1 },
  p50_us: { unit: "ms p50", scale: 1e-3 },
  rss_per_socket: { unit: "KiB", scale: 1 / 1024 },
};

function median(results, figure) {
  const given = results.filter((each) => each !== null).map((each) => each[figure]);
  return given.length === 0 ? Number.NaN : summary(given).median;
}

/** A comparison round by round, without the rounds in which one of both failed. */
function compared({ results }, { one, other, figure = kCpu, by }) {
  const ones = results[one] ?? [];
  if (other === undefined) return ones.filter((each) => each !== null).map((each) => each[figure]);
  return ones.flatMap((result, round) => {
    const against = results[other]?.[round] ?? null;
    if (result === null || against === null) return [];
    const [our, their] = [result[figure], against[figure]];
    return [by === "difference" ? our - their : our / their];
  });
}

function bound({ at_most: most, aim }, scale) {
  if (most !== undefined) return `≤ ${short(most * scale)}`;
  return aim === undefined ? "" : `aim ≤ ${short(aim * scale)}`;
}

function verdict({ at_most: most }, value) {
  if (most === undefined) return "";
  return value <= most ? "yes" : "no";
}

function line(row, comparison) {
  const { one, other, figure = kCpu, by } = comparison;
  const { unit, scale } = kUnits[figure];
  const absolute = other === undefined || by === "difference";
  const values = compared(row, comparison);
  const ours = short(median(row.results[one], figure) * scale);
  const theirs = other === undefined ? "" : short(median(row.results[other], figure) * scale);
  const figures = summary(values);
  const factor = absolute ? scale : 1;
  return [
    row.name,
    one,
    other ?? "",
    `${ours} ${unit}`,
    theirs,
    withSpread(figures, factor),
    bound(comparison, factor),
    verdict(comparison, figures.median),
  ];
}

/** The comparisons of a row, without those that a missing server makes none. */
const lines = (row) =>
  row.compare.filter((each) => compared(row, each).length > 0).map((each) => line(row, each));

/** The name of a row beside its first line only. */
const titled = (groups) =>
  groups.flatMap((group) => group.map(([name, ...rest], at) => [at === 0 ? name : "", ...rest]));

/** How fast everyone was, and whether the generator was the limit. */
function rates({ rows }) {
  const head = ["messages/s", "server", "rate", "server busy", "client busy", "p50 ms", "p99 ms"];
  const groups = rows.map(({ name, results }) =>
    Object.entries(results)
      .filter(([, all]) => all.some((each) => each?.per_second !== undefined))
      .map(([server, all]) => {
        const busy = median(all, "client_busy");
        return [
          name,
          server,
          short(median(all, "per_second")),
          `${short(median(all, "server_busy") * 100)} %`,
          `${short(busy * 100)} %${busy > kGeneratorIsFull ? " (full)" : ""}`,
          short(median(all, "p50_us") / 1e3),
          short(median(all, "p99_us") / 1e3),
        ];
      }),
  );
  return table(head, titled(groups));
}

/** Prints everything as Markdown. */
export function print(measured) {
  const { machine, settings, rows } = measured;
  console.log(`${settings.seconds} s each; median of ${settings.rounds} rounds (least–most)`);
  console.log(`${machine.cores} cores, ${machine.cpu}, Linux ${machine.kernel}, ${machine.date}`);
  const [before, after] = [machine.load_average[0], machine.load_average_after[0]];
  console.log(`load average ${short(before)} before, ${short(after)} after\n`);
  const figures = ["one's", "other's", "one / other", "target", "met"];
  const head = ["CPU of a message", "one", "other", ...figures];
  console.log(table(head, titled(rows.map(lines))));
  console.log(`\n${rates(measured)}`);
  for (const { name, failures } of rows) {
    for (const [server, why] of Object.entries(failures)) {
      console.log(`\n${name}, ${server}: ${why}`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  print(JSON.parse(readFileSync(process.argv[2], "utf8")));
}
