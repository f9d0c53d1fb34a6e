// The hub's figures as it writes them for Prometheus (text format 0.0.4). No network, no document.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const escapes: Record<string, string> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return Number(text);
}

export function readMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const each of text.split("\n")) {
    const found = each.startsWith("#") ? null : line.exec(each);
    if (found === null) continue;
    const labels: Record<string, string> = {};
    for (const [, name = "", value = ""] of (found[2] ?? "").matchAll(label)) {
      labels[name] = value.replace(/\\[n"\\]/g, (escape) => escapes[escape] ?? escape);
    }
    samples.push({ name: found[1] ?? "", labels, value: numberOf(found[3] ?? "") });
  }
  return samples;
}

export function valueAt(samples: Sample[], name: string): number | undefined {
  return samples.find((sample) => sample.name === name)?.value;
}

/** The sum of a figure for each value of one of its labels, the greatest first. */
export function sumBy(
  samples: Sample[],
  name: string,
  by: string,
  wanted: (labels: Record<string, string>) => boolean = () => true,
): [string, number][] {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    if (sample.name !== name || !wanted(sample.labels)) continue;
    const at = sample.labels[by] ?? "";
    sums.set(at, (sums.get(at) ?? 0) + sample.value);
  }
  return [...sums].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/** The bound below which a part of what a histogram counts lies; undefined when it has nothing. */
export function quantileOf(
  histogram: { bounds: number[]; counts: number[] },
  part: number,
): number | undefined {
  const all = histogram.counts.reduce((sum, each) => sum + each, 0);
  if (all === 0) return undefined;
  let below = 0;
  for (let at = 0; at < histogram.counts.length; ++at) {
    below += histogram.counts[at] ?? 0;
    if (below >= part * all) return histogram.bounds[at] ?? Infinity;
  }
  return Infinity;
}
