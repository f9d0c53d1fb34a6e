// What stands on a tile, by its kind.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Json, Tile } from "tandem-client";

import { fieldOfTile, tileTitle } from "../dashboard";
import { Chart } from "../device/chart";
import { useCurves } from "../device/charts";
import { tookText, valueText, withUnit } from "../format";
import { isPlottable, spanOf, type Range } from "../history";
import { atOnce, hub } from "../hub";
import { isObject, title, type Device, type JsonObject } from "../model";
import { href } from "../router";
import { unitOf } from "../schema";
import { clock, epoch, learnStates, may, model, pulse, ready } from "../store";
import { texts } from "../texts";
import { KnobView, useKnobs, type Deliver, type Outcome } from "../ui/knobs";
import { Age, Badge } from "../ui/parts";

const t = texts.dashboards;
const rowPx = 80;
const gapPx = 12;
// The head of a tile, and what is around its body.
const aroundPx = 56;

export function nameOf(tile: Tile): string {
  if (tile.kind === "text") return tile.title ?? t.text;
  const device = tile.device === undefined ? undefined : model.devices.get(tile.device);
  return tileTitle(tile, device === undefined ? (tile.device ?? "") : title(device));
}

/** A number with as many digits as the tile wants; anything else as it is. */
function shownValue(value: Json, decimals: number | undefined): string {
  if (typeof value !== "number" || decimals === undefined) return valueText(value);
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

function ValueTile({ tile, device }: { tile: Tile; device: Device }) {
  const state = isObject(device.state) ? device.state : {};
  const series = tile.series;
  const reading = series === undefined ? undefined : device.latest.get(series);
  const value = series === undefined ? state[tile.key ?? ""] : reading?.value;
  const unit = tile.options?.unit ?? unitOf(device, series ?? "");
  return (
    <div class="tile-value">
      <p class="big">
        {value === undefined ? "–" : withUnit(shownValue(value, tile.options?.decimals), unit)}
      </p>
      <p class="note">
        {reading !== undefined && <Age time={reading.time} />}{" "}
        {series !== undefined && device.stale.has(series) && (
          <Badge mood="warn">{texts.fleet.stale}</Badge>
        )}
        {value === undefined && t.noValue}
      </p>
    </div>
  );
}

function ChartTile({ tile, device }: { tile: Tile; device: Device }) {
  const place = useRef<HTMLDivElement>(null);
  const series = tile.series ?? "";
  const range: Range = { kind: "live", span: tile.options?.span ?? 3_600_000 };
  const curves = useCurves(device, [series], range, () => place.current?.clientWidth ?? 400);
  clock.value;
  const points = curves.points.get(series);
  const value = device.latest.get(series)?.value;
  const unit = tile.options?.unit ?? unitOf(device, series);
  return (
    <div class="tile-chart" ref={place} aria-busy={curves.loading}>
      {points !== undefined && (
        <Chart
          series={series}
          unit={unit}
          bare
          height={Math.max(80, tile.h * (rowPx + gapPx) - gapPx - aroundPx)}
          stepped={typeof value === "boolean"}
          points={points}
          interval={undefined}
          span={spanOf(range, Date.now())}
          version={curves.version}
        />
      )}
      {value !== undefined && !isPlottable(value) && <p class="note">{texts.series.notANumber}</p>}
      {curves.trouble !== "" && <p class="note">{curves.trouble}</p>}
    </div>
  );
}

function Ended({ outcome }: { outcome: Outcome }) {
  return (
    <p class="outcome took" role="status" data-mood={outcome.mood}>
      {outcome.text}
    </p>
  );
}

// The config is read when somebody looks, and answered with each change of ours.
function useConfig(device: Device, wanted: boolean) {
  const [config, setConfig] = useState<JsonObject>({});
  useEffect(() => {
    if (!wanted || !may("config:read")) return undefined;
    let here = true;
    hub()
      .config.get(device.id, atOnce)
      .then(
        (got: Json) => here && setConfig(isObject(got) ? got : {}),
        // What it is then only the device says.
        () => undefined,
      );
    return () => {
      here = false;
    };
  }, [device.id, wanted, epoch.value]);
  return { config, setConfig };
}

function SetTile({ tile, device }: { tile: Tile; device: Device }) {
  const key = tile.key;
  const { config, setConfig } = useConfig(device, key !== undefined);
  const byConfig: Deliver = async (_device, knob, value) => {
    const patch = { [knob.field?.name ?? ""]: value ?? null };
    const now: Json = await hub().config.patch(device.id, patch, atOnce);
    setConfig(isObject(now) ? now : {});
    return { done: false, mood: "good", text: (ms) => t.wanted(tookText(ms)) };
  };
  const { outcome, wished, send } = useKnobs(device, key === undefined ? undefined : byConfig);
  const knob = { command: tile.command ?? "", field: fieldOfTile(tile, device) };
  const state = isObject(device.state) ? device.state : {};
  const wanted = key === undefined ? undefined : config[key];
  const said = key === undefined ? undefined : state[key];
  const differs =
    wanted !== undefined && said !== undefined && JSON.stringify(wanted) !== JSON.stringify(said);
  return (
    <>
      <div class="tile-body" inert={!may(key === undefined ? "commands:send" : "config:write")}>
        <KnobView
          device={device}
          knob={knob}
          wished={wished}
          send={send}
          value={wanted}
          unit={tile.options?.unit}
          name={nameOf(tile)}
        />
      </div>
      {outcome.text === "" && said !== undefined && differs ? (
        <p class="note">{t.reported(shownValue(said, undefined))}</p>
      ) : (
        <Ended outcome={outcome} />
      )}
    </>
  );
}

function CommandTile({ tile, device }: { tile: Tile; device: Device }) {
  const { outcome, wished, send } = useKnobs(device);
  const knob = { command: tile.command ?? "", field: undefined, params: tile.options?.params };
  return (
    <>
      <div class="tile-body" inert={!may("commands:send")}>
        <KnobView device={device} knob={knob} wished={wished} send={send} />
      </div>
      <Ended outcome={outcome} />
    </>
  );
}

const bodies = {
  value: ValueTile,
  chart: ChartTile,
  switch: SetTile,
  slider: SetTile,
  setpoint: SetTile,
  colour: SetTile,
  command: CommandTile,
};

export function TileBody({ tile }: { tile: Tile }) {
  pulse.value;
  const id = tile.device ?? "";
  const device = model.devices.get(id);
  useEffect(() => {
    if (device !== undefined) void learnStates([id]);
  }, [id, device === undefined]);
  if (tile.kind === "text") return <p class="tile-text">{tile.options?.text ?? ""}</p>;
  if (device === undefined) {
    return <p class="note">{ready.value ? t.noSuchDevice(id) : texts.loading}</p>;
  }
  const Body = bodies[tile.kind];
  // Another subject is another tile: what was loaded of the one before is not its own.
  const subject = [id, tile.series, tile.key, tile.command, tile.param].join(" ");
  return <Body key={subject} tile={tile} device={device} />;
}

export function TileName({ tile }: { tile: Tile }) {
  pulse.value;
  const name = tile.kind === "text" ? (tile.title ?? "") : nameOf(tile);
  const device = tile.device === undefined ? undefined : model.devices.get(tile.device);
  if (device === undefined) return name === "" ? <span class="grow" /> : <h2>{name}</h2>;
  return (
    <h2>
      <span class={`dot ${device.online ? "lit" : ""}`} />
      <a href={href(["devices", device.id])}>{name}</a>
      {!device.online && <span class="off">{texts.offlineWord}</span>}
    </h2>
  );
}
