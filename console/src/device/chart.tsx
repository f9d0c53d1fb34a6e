// One curve over time, drawn by uPlot. Its colours are those of the page, which follow light or dark.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { axisTimeText, dateText, valueText, withUnit } from "../format";
import { bounds, gapFrom, withGaps, type Points, type Span } from "../history";
import { texts } from "../texts";
import { theme } from "../theme";

const heightPx = 190;

interface ChartProps {
  series: string;
  unit: string;
  /** For values that hold until the next, such as on and off. */
  stepped: boolean;
  points: Points;
  /** As the series declares it, in milliseconds. */
  interval: number | undefined;
  span: Span;
  /** Changes when there is something to draw. */
  version: number;
  /** In pixels. */
  height?: number;
  /** Without a heading of its own. */
  bare?: boolean;
  /** None: the span stays as it is. */
  onSelect?: (from: number, to: number) => void;
  onZoom?: (factor: number, at: number) => void;
  onPan?: (part: number) => void;
}

// A canvas does not know light-dark(): what it comes to is asked of an element.
function resolved(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function options(width: number, props: ChartProps, changed: () => ChartProps): uPlot.Options {
  const soft = resolved("--ink-soft");
  const line = resolved("--line");
  const accent = resolved("--accent");
  const axis: uPlot.Axis = {
    stroke: soft,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: "12px system-ui, sans-serif",
  };
  const series: uPlot.Series = {
    stroke: accent,
    width: 1.5,
    spanGaps: false,
    points: { show: (_plot, _at, from, to) => to - from < 80, size: 5, fill: accent },
  };
  if (props.stepped && uPlot.paths.stepped !== undefined) {
    series.paths = uPlot.paths.stepped({ align: 1 });
  }
  const vertical: uPlot.Axis = props.stepped
    ? { ...axis, size: 60, splits: () => [0, 1], values: () => [texts.off, texts.on] }
    : { ...axis, size: 60, values: (_plot, ticks) => ticks.map((tick) => valueText(tick)) };
  return {
    width,
    height: props.height ?? heightPx,
    ms: 1,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: props.onSelect !== undefined, y: false, setScale: false },
      sync: { key: "device", setSeries: false },
    },
    axes: [
      {
        ...axis,
        space: 90,
        size: 32,
        values: (plot, ticks) => {
          const { min = 0, max = 0 } = plot.scales.x ?? {};
          return ticks.map((tick) => axisTimeText(tick, max - min));
        },
      },
      vertical,
    ],
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    series: [{}, series],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select;
          if (wide < 4) return;
          changed().onSelect?.(plot.posToVal(left, "x"), plot.posToVal(left + wide, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const scheme = theme.value;

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const build = () => {
      plot.current?.destroy();
      const width = Math.max(200, element.clientWidth);
      const made = new uPlot(options(width, now.current, () => now.current), [[], []], element);
      made.hooks.setCursor = [() => tell(made)];
      plot.current = made;
      draw();
    };
    const tell = (made: uPlot) => {
      const at = made.cursor.idx;
      const time = at === null || at === undefined ? undefined : made.data[0][at];
      const value = at === null || at === undefined ? undefined : made.data[1]?.[at];
      if (legend.current === null) return;
      legend.current.textContent =
        time === undefined || value === null || value === undefined
          ? ""
          : `${dateText(time)}: ${shownValue(value, now.current)}`;
    };
    const wheel = (event: WheelEvent) => {
      const made = plot.current;
      const { onZoom, onPan } = now.current;
      if (made === undefined || onZoom === undefined || onPan === undefined) return;
      const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const box = made.over.getBoundingClientRect();
        const at = made.posToVal(event.clientX - box.left, "x");
        onZoom(event.deltaY > 0 ? 1.25 : 0.8, at);
      } else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        onPan(across / made.over.clientWidth);
      } else {
        return;
      }
      event.preventDefault();
    };
    build();
    const observer = new ResizeObserver(() => {
      const height = now.current.height ?? heightPx;
      plot.current?.setSize({ width: Math.max(200, element.clientWidth), height });
    });
    observer.observe(element);
    element.addEventListener("wheel", wheel, { passive: false });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", build);
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", wheel);
      dark.removeEventListener("change", build);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [props.stepped, scheme]);

  const draw = () => {
    const made = plot.current;
    const { points, span, interval, stepped } = now.current;
    if (made === undefined) return;
    const partMs = (span.to - span.from) / Math.max(100, made.width);
    const shown = withGaps(points, gapFrom(points.times, interval, partMs));
    const { low, high, count } = bounds(shown.times, shown.values, span);
    // A curve that stands still gets some air instead of an axis of no height.
    const air = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.05 || 0.5;
    made.batch(() => {
      made.setData([shown.times, shown.values], false);
      made.setScale("x", { min: span.from, max: span.to });
      if (stepped) made.setScale("y", { min: -0.1, max: 1.1 });
      else if (count > 0) made.setScale("y", { min: low - air, max: high + air });
      else made.setScale("y", { min: 0, max: 1 });
    });
    const element = place.current;
    element?.setAttribute("aria-label", summary(now.current, low, high, count, shown.gaps));
  };
  useEffect(() => {
    plot.current?.setSize({ width: plot.current.width, height: props.height ?? heightPx });
  }, [props.height]);
  useEffect(draw, [props.version, props.span.from, props.span.to, props.interval]);

  return (
    <>
      <figcaption class={props.bare ? "unseen" : undefined}>
        <b>{props.series}</b> <span class="note">{withUnit("", props.unit)}</span>
        <span class="legend" ref={legend} aria-hidden="true" />
      </figcaption>
      <div class="chart" role="img" ref={place} />
    </>
  );
}

function shownValue(value: number, { stepped, unit }: ChartProps): string {
  if (stepped) return value > 0 ? texts.on : texts.off;
  return withUnit(valueText(value), unit);
}

function summary(
  props: ChartProps,
  low: number,
  high: number,
  count: number,
  gaps: number,
): string {
  if (count === 0) return texts.chart.empty(props.series);
  const text = (value: number) => shownValue(value, props);
  return texts.chart.summary(props.series, count, text(low), text(high), gaps);
}
