// The curves of a device's series, one below the other over the same span of time: live with history
// behind them, or anywhere in the past.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Series, StreamEvent } from "tandem-client";

import { dateText, tookText, valueText, withUnit } from "../format";
import {
  isPlottable,
  pan,
  Points,
  pointsFor,
  rowsOf,
  select,
  spanOf,
  spans,
  usualSpan,
  zoom,
  type Range,
} from "../history";
import { atOnce, hub } from "../hub";
import type { Device } from "../model";
import { replaceQuery, route } from "../router";
import { unitOf } from "../schema";
import { clock, epoch, pulse } from "../store";
import { texts } from "../texts";
import { Age, Badge, Breakable, Card, Choice, IconButton, saidOf, useAnswer } from "../ui/parts";
import { Chart } from "./chart";
import { useFollow } from "./follow";

const settleMs = 180;
const shownAtFirst = 4;

/** `usual` is the span where the address names none. */
function rangeOf(query: Record<string, string>, usual: number): Range {
  const from = Number(query.from);
  const to = Number(query.to);
  if (from > 0 && to > from) return { kind: "fixed", from, to };
  const span = Number(query.span);
  return { kind: "live", span: span > 0 ? span : usual };
}

function queryOf(range: Range, usual: number): Record<string, string> {
  if (range.kind === "live") return range.span === usual ? {} : { span: String(range.span) };
  return { from: String(range.from), to: String(range.to) };
}

interface Loaded {
  points: Map<string, Points>;
  version: number;
  loading: boolean;
  trouble: string;
  ms: number | undefined;
}

/** The points of the shown series in the shown span: read when it changes, live in between. */
export function useCurves(device: Device, names: string[], range: Range, width: () => number) {
  const kept = useRef(new Map<string, Points>());
  const turn = useRef(0);
  const [state, setState] = useState<Omit<Loaded, "points">>({
    version: 0,
    loading: true,
    trouble: "",
    ms: undefined,
  });
  const bump = () => setState((now) => ({ ...now, version: now.version + 1 }));

  const load = async () => {
    const mine = ++turn.current;
    if (names.length === 0) return setState((now) => ({ ...now, loading: false }));
    setState((now) => ({ ...now, loading: true, trouble: "" }));
    const began = performance.now();
    try {
      const { from, to } = spanOf(range, Date.now());
      const live = range.kind === "live";
      const history = await hub().telemetry.read(device.id, {
        series: names,
        from: Math.floor(from),
        ...(live ? {} : { to: Math.ceil(to) }),
        points: pointsFor(width()),
        ...atOnce,
      });
      if (mine !== turn.current) return;
      const rows = rowsOf(history);
      for (const name of names) {
        const points = kept.current.get(name) ?? new Points();
        kept.current.set(name, points);
        if (!live) points.clear();
        points.replace(rows.get(name) ?? []);
      }
      const ms = performance.now() - began;
      setState((now) => ({ version: now.version + 1, loading: false, trouble: "", ms }));
    } catch (problem) {
      if (mine !== turn.current) return;
      setState((now) => ({ ...now, loading: false, trouble: saidOf(problem) }));
    }
  };

  const key = range.kind === "live" ? `live ${range.span}` : `${range.from} ${range.to}`;
  const wanted = names.join("\n");
  useEffect(() => {
    // Dragging and turning the wheel change the span many times a second.
    const timer = window.setTimeout(() => void load(), state.version === 0 ? 0 : settleMs);
    return () => window.clearTimeout(timer);
  }, [device.id, key, wanted, epoch.value]);

  const hear = (events: StreamEvent[]) => {
    if (range.kind !== "live") return;
    let changed = false;
    for (const event of events) {
      if (event.kind !== "reading") continue;
      const points = kept.current.get(event.series);
      if (points === undefined) continue;
      points.insert(event.time, event.value);
      changed = true;
    }
    if (changed) bump();
  };
  useFollow(device.id, hear);

  // Points that have left the span go; a span that has overflown is read anew, in fewer points.
  clock.value;
  if (range.kind === "live") {
    const from = Date.now() - range.span;
    for (const points of kept.current.values()) points.dropBefore(from);
  }
  const overflown = [...kept.current.values()].some((points) => points.overflown);
  useEffect(() => {
    if (overflown) void load();
  }, [overflown]);

  return { ...state, points: kept.current, load };
}

function SpanTools(props: { range: Range; change: (range: Range) => void }) {
  const { range, change } = props;
  const now = () => Date.now();
  const { from, to } = spanOf(range, now());
  const live = range.kind === "live";
  return (
    <div class="span-tools" role="group" aria-label={texts.chart.span}>
      <Choice
        legend={texts.chart.span}
        value={live ? String(range.span) : undefined}
        options={spans.map((span) => [String(span), texts.chart.spans[String(span)] ?? ""])}
        onChoose={(span) => change({ kind: "live", span: Number(span) })}
      />
      <div class="buttons tight">
        <IconButton icon="left" label={texts.chart.earlier} onClick={() => change(pan(range, -0.5, now()))} />
        <IconButton icon="minus" label={texts.chart.wider} onClick={() => change(zoom(range, 2, now()))} />
        <IconButton icon="plus" label={texts.chart.nearer} onClick={() => change(zoom(range, 0.5, now()))} />
        <IconButton
          icon="right"
          label={texts.chart.later}
          disabled={live}
          onClick={() => change(pan(range, 0.5, now()))}
        />
        <button
          type="button"
          class="quiet small"
          aria-pressed={live}
          onClick={() => change({ kind: "live", span: live ? range.span : Math.round(to - from) })}
        >
          {texts.chart.live}
        </button>
      </div>
      <p class="note">
        {live ? texts.chart.lastSpan(tookText(range.span)) : `${dateText(from)} – ${dateText(to)}`}
      </p>
    </div>
  );
}

function SeriesList(props: {
  device: Device;
  shown: string[];
  stale: (name: string) => boolean;
  unit: (name: string) => string;
  toggle: (name: string) => void;
}) {
  pulse.value;
  const { device } = props;
  return (
    <table class="series-table">
      <thead>
        <tr>
          <th scope="col">{texts.series.name}</th>
          <th scope="col">{texts.series.value}</th>
          <th scope="col">{texts.series.age}</th>
        </tr>
      </thead>
      <tbody>
        {[...device.latest].map(([name, reading]) => {
          const plottable = isPlottable(reading.value);
          return (
            <tr key={name}>
              <th scope="row">
                <button
                  type="button"
                  class="series-button"
                  aria-pressed={props.shown.includes(name)}
                  disabled={!plottable}
                  title={plottable ? undefined : texts.series.notANumber}
                  onClick={() => props.toggle(name)}
                >
                  <Breakable text={name} />
                </button>
              </th>
              <td class="number">{withUnit(valueText(reading.value), props.unit(name))}</td>
              <td>
                <Age time={reading.time} /> {reading.late && <Badge>{texts.series.late}</Badge>}
                {props.stale(name) && <Badge mood="warn">{texts.fleet.stale}</Badge>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** One in which there is something to see. A reading that comes later does not change it. */
function useUsualSpan({ latest }: Device): number {
  const chosen = useRef<number | undefined>(undefined);
  const times = [...latest.values()]
    .filter(({ value }) => isPlottable(value))
    .map(({ time }) => time);
  if (times.length > 0) chosen.current ??= usualSpan(Date.now() - Math.max(...times));
  return chosen.current ?? spans[0];
}

export function Charts({ device }: { device: Device }) {
  const { query } = route.value;
  const usual = useUsualSpan(device);
  const range = rangeOf(query, usual);
  const place = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string[] | undefined>(undefined);
  const plottable = [...device.latest]
    .filter(([, reading]) => isPlottable(reading.value))
    .map(([name]) => name);
  const shown = chosen ?? plottable.slice(0, shownAtFirst);
  const width = () => place.current?.clientWidth ?? 800;
  const curves = useCurves(device, shown, range, width);
  const declared = useAnswer(() => hub().series.list(device.id, atOnce), [device.id, epoch.value]);
  const series = new Map(declared.answer?.items.map((each: Series) => [each.name, each]));
  const unit = (name: string) => series.get(name)?.unit ?? unitOf(device, name);
  const change = (to: Range) => replaceQuery(queryOf(to, usual));
  const toggle = (name: string) =>
    setChosen(
      shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name],
    );
  pulse.value;
  // Not with each beat of the fleet: a span that has moved draws all curves anew.
  const span = useMemo(() => spanOf(range, Date.now()), [query, clock.value, curves.version]);

  const onKey = (event: KeyboardEvent) => {
    const steps: Record<string, () => Range> = {
      ArrowLeft: () => pan(range, -0.25, Date.now()),
      ArrowRight: () => pan(range, 0.25, Date.now()),
      "+": () => zoom(range, 0.5, Date.now()),
      "-": () => zoom(range, 2, Date.now()),
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    change(step());
  };

  if (device.latest.size === 0) {
    return (
      <Card>
        <p class="empty">{texts.series.none}</p>
      </Card>
    );
  }
  return (
    <div class="charts-page">
      <Card title={texts.series.title} class="series-card">
        <SeriesList
          device={device}
          shown={shown}
          unit={unit}
          stale={(name) => device.stale.has(name) || series.get(name)?.stale === true}
          toggle={toggle}
        />
      </Card>
      <Card title={texts.chart.title} class="chart-card">
        <SpanTools range={range} change={change} />
        <div
          ref={place}
          class="charts"
          tabIndex={0}
          role="group"
          aria-label={texts.chart.keys}
          aria-busy={curves.loading}
          onKeyDown={onKey}
        >
          {shown.map((name) => {
            const points = curves.points.get(name);
            if (points === undefined) return null;
            return (
              <figure key={name}>
                <Chart
                  series={name}
                  unit={unit(name)}
                  stepped={typeof device.latest.get(name)?.value === "boolean"}
                  points={points}
                  interval={series.get(name)?.interval}
                  span={span}
                  version={curves.version}
                  onSelect={(from, to) => change(select(from, to))}
                  onZoom={(factor, at) => change(zoom(range, factor, Date.now(), at))}
                  onPan={(part) => change(pan(range, part, Date.now()))}
                />
                {points.times.length === 0 && !curves.loading && (
                  <p class="note">{texts.chart.empty(name)}</p>
                )}
              </figure>
            );
          })}
        </div>
        <p class="note" role="status">
          {curves.trouble}
          {curves.trouble === "" && curves.loading && texts.loading}
        </p>
        {curves.trouble !== "" && (
          <button type="button" onClick={() => void curves.load()}>
            {texts.retry}
          </button>
        )}
        <p class="note hint">{texts.chart.hint}</p>
      </Card>
    </div>
  );
}
