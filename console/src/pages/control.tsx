// Tiles to switch, dim, colour and set things with. What a tile shows is what the device says it is;
// while a command is on its way, what was asked for.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Json } from "tandem-client";

import { controllable, controls, median, took, type Control as Knob, type Took } from "../control";
import { moodOf } from "../device/commands";
import { Switch } from "../device/fields";
import { doorOf } from "../fleet";
import { tookText, withUnit, valueText } from "../format";
import { atOnce, hub, isUnauthorized } from "../hub";
import { isOver } from "../lives";
import { title, type Device } from "../model";
import { href } from "../router";
import { currentOf, unitOf } from "../schema";
import { clock, leave, learnStates, listed, may, model, pulse, ready } from "../store";
import { texts } from "../texts";
import { read, write } from "../theme";
import { textOf } from "../twin";
import { Icon } from "../ui/icons";
import { Age, Badge, IconButton, saidOf } from "../ui/parts";

const waitSeconds = 10;
const tilesMost = 60;
const pinsKept = "tandem.pins";

interface Outcome {
  text: string;
  mood: "good" | "bad" | "open" | "warn" | undefined;
}

type Send = (knob: Knob, value: Json | undefined) => Promise<void>;

/** Sends one value and tells how long it was on its way, there and back. */
function useKnobs(device: Device) {
  const [outcome, setOutcome] = useState<Outcome>({ text: "", mood: undefined });
  const [wished, setWished] = useState<Record<string, Json>>({});
  const [times, setTimes] = useState<Took | undefined>(undefined);
  const turn = useRef(0);

  const send: Send = async (knob, value) => {
    const mine = ++turn.current;
    const name = knob.field?.name ?? knob.command;
    if (value !== undefined) setWished((before) => ({ ...before, [name]: value }));
    setOutcome({ text: texts.control.sending, mood: "open" });
    const began = performance.now();
    try {
      const params = knob.field === undefined || value === undefined ? {} : { params: { [name]: value } };
      const body = { name: knob.command, ttl: 60_000, ...params };
      const command = await hub().commands.send(device.id, body, { wait: waitSeconds, ...atOnce });
      const ms = performance.now() - began;
      const done = command.status === "done";
      if (done) {
        setTimes((before) => took(before, ms));
        // It has said that it did; its own word of how it is comes a moment later.
        if (value !== undefined) believe(device, name, value);
      }
      if (mine !== turn.current) return;
      const door = texts.doors[doorOf(device)] ?? "";
      const text = done
        ? texts.control.took(tookText(ms), door)
        : isOver(command.status)
          ? texts.control.ended(command.status)
          : texts.control.still(command.status);
      setOutcome({ text, mood: moodOf(command.status) });
    } catch (problem) {
      if (isUnauthorized(problem)) leave("ended");
      if (mine === turn.current) setOutcome({ text: saidOf(problem), mood: "bad" });
    } finally {
      if (mine === turn.current) setWished({});
    }
  };
  return { outcome, wished, times, send };
}

function believe(device: Device, name: string, value: Json): void {
  const reading = device.latest.get(name);
  if (reading !== undefined) reading.value = value;
  const state = typeof device.state === "object" && device.state !== null ? device.state : {};
  device.state = { ...(state as Record<string, Json>), [name]: value };
}

function SetPoint(props: {
  label: string;
  unit: string;
  value: number | undefined;
  min: number | undefined;
  max: number | undefined;
  step: number;
  set: (value: number) => void;
}) {
  const { value, min = -Infinity, max = Infinity, step, label } = props;
  const [typed, setTyped] = useState<number | undefined>(undefined);
  const timer = useRef(0);
  const shown = typed ?? value;
  // A few presses are one wish.
  const change = (to: number) => {
    const next = Math.min(max, Math.max(min, Number(to.toFixed(6))));
    setTyped(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      props.set(next);
      setTyped(undefined);
    }, 500);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const from = shown ?? (Number.isFinite(min) ? min : 0);
  return (
    <div class="set-point" role="group" aria-label={label}>
      <IconButton icon="minus" label={texts.control.less(label)} onClick={() => change(from - step)} />
      <output>{shown === undefined ? "–" : withUnit(valueText(shown), props.unit)}</output>
      <IconButton icon="plus" label={texts.control.more1(label)} onClick={() => change(from + step)} />
    </div>
  );
}

function stepOf(min: number | undefined, max: number | undefined, step: number | "any"): number {
  if (step !== "any") return step;
  return min !== undefined && max !== undefined && max - min <= 40 ? 0.5 : 1;
}

function KnobView(props: { device: Device; knob: Knob; wished: Record<string, Json>; send: Send }) {
  const { device, knob, wished, send } = props;
  const { field, command } = knob;
  const [dragged, setDragged] = useState<number | undefined>(undefined);
  if (field === undefined) {
    return (
      <button type="button" class="quiet" onClick={() => void send(knob, undefined)}>
        {command}
      </button>
    );
  }
  const value = wished[field.name] ?? currentOf(device, field.name);
  const unit = unitOf(device, field.name);
  const { widget } = field;
  const set = (to: Json) => void send(knob, to);
  const label = `${title(device)}: ${field.title}`;
  switch (widget.kind) {
    case "switch":
      return (
        <div class="knob-line">
          <span aria-hidden="true">{field.title}</span>
          <span class="note">{value === undefined ? "" : value === true ? texts.on : texts.off}</span>
          <Switch on={value === true} label={label} flip={set} />
        </div>
      );
    case "slider": {
      const shown = dragged ?? (typeof value === "number" ? value : widget.min);
      return (
        <label class="knob-line">
          <span>{field.title}</span>
          <span class="slider">
            <input
              type="range"
              aria-label={label}
              min={widget.min}
              max={widget.max}
              step={widget.step}
              value={shown}
              onInput={(event) => setDragged(event.currentTarget.valueAsNumber)}
              onChange={(event) => {
                setDragged(undefined);
                set(event.currentTarget.valueAsNumber);
              }}
            />
            <output>{withUnit(valueText(shown), unit)}</output>
          </span>
        </label>
      );
    }
    case "number":
      return (
        <div class="knob-line">
          <span aria-hidden="true">{field.title}</span>
          <SetPoint
            label={label}
            unit={unit}
            value={typeof value === "number" ? value : undefined}
            min={widget.min}
            max={widget.max}
            step={stepOf(widget.min, widget.max, widget.step)}
            set={set}
          />
        </div>
      );
    case "colour":
      return (
        <label class="knob-line">
          <span>{field.title}</span>
          <input
            type="color"
            aria-label={label}
            value={typeof value === "string" && /^#[\da-f]{6}$/i.test(value) ? value : "#ffffff"}
            onChange={(event) => set(event.currentTarget.value)}
          />
        </label>
      );
    case "choice":
      return (
        <label class="knob-line">
          <span>{field.title}</span>
          <select
            aria-label={label}
            value={JSON.stringify(value ?? null)}
            onChange={(event) => set(JSON.parse(event.currentTarget.value) as Json)}
          >
            {value === undefined && <option value="null">–</option>}
            {widget.options.map((option) => (
              <option key={JSON.stringify(option)} value={JSON.stringify(option)}>
                {textOf(option)}
              </option>
            ))}
          </select>
        </label>
      );
    default:
      return null;
  }
}

function Tile(props: { device: Device; pinned: boolean; pin: () => void; sender: boolean }) {
  const { device, pinned } = props;
  const { outcome, wished, times, send } = useKnobs(device);
  const door = doorOf(device);
  const name = title(device);
  const [first] = device.latest;
  return (
    <section class="tile card" aria-label={name}>
      <header>
        <span class={`dot ${device.online ? "lit" : ""}`} />
        <a href={href(["devices", device.id])}>{name}</a>
        {door === "" ? (
          <span class="off">{texts.offlineWord}</span>
        ) : (
          <Badge>{texts.doors[door] ?? door}</Badge>
        )}
        <IconButton
          icon="pin"
          label={pinned ? texts.control.unpin(name) : texts.control.pin(name)}
          pressed={pinned}
          onClick={props.pin}
        />
      </header>
      <div class="tile-body" inert={!props.sender}>
        {controls(device).map((knob) => (
          <KnobView
            key={`${knob.command}.${knob.field?.name}`}
            device={device}
            knob={knob}
            wished={wished}
            send={send}
          />
        ))}
      </div>
      <footer>
        <p class="outcome took" role="status" data-mood={outcome.mood}>
          {outcome.text}
        </p>
        {times !== undefined && times.times.length > 1 && (
          <p class="note">
            {texts.control.usually(tookText(median(times)), times.times.length)}
          </p>
        )}
        {outcome.text === "" && first !== undefined && (
          <p class="note">
            {first[0]} {withUnit(valueText(first[1].value), unitOf(device, first[0]))}{" "}
            <Age time={first[1].time} />
          </p>
        )}
      </footer>
    </section>
  );
}

function readPins(): string[] {
  try {
    const found = JSON.parse(read(pinsKept) ?? "[]") as unknown;
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function Control() {
  // The tiles are drawn anew with each beat; which there are, only what is listed decides.
  pulse.value;
  clock.value;
  const [search, setSearch] = useState("");
  const [pins, setPins] = useState(readPins);
  const found = useMemo(
    () => controllable([...model.devices.values()], search, pins),
    [listed.value, search, pins],
  );
  const shown = found.slice(0, tilesMost);
  const ids = shown.map((device) => device.id);
  useEffect(() => void learnStates(ids), [ids.join("\n")]);
  const pin = (id: string) => {
    const next = pins.includes(id) ? pins.filter((each) => each !== id) : [...pins, id];
    setPins(next);
    write(pinsKept, JSON.stringify(next));
  };
  return (
    <div class="pad control">
      <div class="page-head">
        <h1>{texts.control.title}</h1>
        <label class="find">
          <span class="unseen">{texts.control.search}</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder={texts.control.search}
            value={search}
            autocomplete="off"
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="note">{texts.control.says}</p>
      <div class="tiles">
        {shown.map((device) => (
          <Tile
            key={device.id}
            device={device}
            pinned={pins.includes(device.id)}
            pin={() => pin(device.id)}
            sender={may("commands:send")}
          />
        ))}
      </div>
      {ready.value && found.length === 0 && (
        <p class="empty">{search === "" ? texts.control.none : texts.control.noMatch}</p>
      )}
      {found.length > shown.length && (
        <p class="note">{texts.control.more(found.length - shown.length)}</p>
      )}
    </div>
  );
}
