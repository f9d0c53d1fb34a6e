// One curve over time, drawn by uPlot. Its colours are those of the page, which follow the
// system's light or dark.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { clockText, valueText, withUnit } from "./format";
import type { Points } from "./history";

const heightPx = 260;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export class Chart {
  private plot: uPlot | undefined;
  private unit = "";
  private stepped = false;
  private readonly observer: ResizeObserver;
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");
  private readonly rebuild = (): void => this.build();

  /** Draws `points` into `place`, the last `rangeMs` before the `now` of each `draw`. */
  constructor(
    private readonly place: HTMLElement,
    private readonly points: Points,
  ) {
    this.observer = new ResizeObserver(() => {
      this.plot?.setSize({ width: this.width(), height: heightPx });
    });
    this.observer.observe(place);
    this.scheme.addEventListener("change", this.rebuild);
  }

  /** `stepped` for values that hold until the next, such as on and off. */
  show(unit: string, stepped: boolean): void {
    if (this.plot !== undefined && unit === this.unit && stepped === this.stepped) return;
    this.unit = unit;
    this.stepped = stepped;
    this.build();
  }

  draw(now: number, rangeMs: number): void {
    if (this.plot === undefined) return;
    this.plot.setData([this.points.times, this.points.values], false);
    const values = this.points.values;
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    // A curve that stands still gets some air instead of an axis of no height.
    const air = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.05 || 0.5;
    this.plot.batch(() => {
      this.plot?.setScale("x", { min: now - rangeMs, max: now });
      if (values.length > 0) this.plot?.setScale("y", { min: low - air, max: high + air });
    });
    const last = values.at(-1);
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", last === undefined ? "" : this.summary(low, high, last));
  }

  destroy(): void {
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.rebuild);
    this.plot?.destroy();
    this.plot = undefined;
  }

  private summary(low: number, high: number, last: number): string {
    const text = (value: number) => withUnit(valueText(value), this.unit);
    return `Curve of ${this.points.values.length} points from ${text(low)} to ${text(high)}, last ${text(last)}`;
  }

  private width(): number {
    return Math.max(200, this.place.clientWidth);
  }

  private build(): void {
    this.plot?.destroy();
    const axis: uPlot.Axis = {
      stroke: colour("--ink-soft"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { stroke: colour("--line"), width: 1 },
      font: "12px system-ui, sans-serif",
    };
    const series: uPlot.Series = {
      stroke: colour("--accent"),
      width: 2,
      points: { show: (_plot, _series, from, to) => to - from < 60, size: 5, fill: colour("--accent") },
    };
    if (this.stepped && uPlot.paths.stepped !== undefined) {
      series.paths = uPlot.paths.stepped({ align: 1 });
    }
    this.plot = new uPlot(
      {
        width: this.width(),
        height: heightPx,
        ms: 1,
        legend: { show: false },
        cursor: { y: false, drag: { setScale: false } },
        axes: [
          {
            ...axis,
            space: 95,
            size: 34,
            values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => clockText(tick, step)),
          },
          this.stepped
            ? { ...axis, size: 64, splits: () => [0, 1], values: () => [valueText(false), valueText(true)] }
            : { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => valueText(tick)) },
        ],
        scales: { x: { time: true, auto: false }, y: { auto: false } },
        series: [{}, series],
      },
      [this.points.times, this.points.values],
      this.place,
    );
  }
}
