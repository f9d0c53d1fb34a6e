// What one switches, dims, colours and sets things with. What is shown is what the device says it is;
// while a wish is on its way, what was asked for.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Json } from "tandem-client";

import { took, type Control as Knob, type Took } from "../control";
import { moodOf } from "../device/commands";
import { Switch } from "../device/fields";
import { doorOf } from "../fleet";
import { tookText, valueText, withUnit } from "../format";
import { atOnce, hub, isUnauthorized } from "../hub";
import { isOver } from "../lives";
import { title, type Device } from "../model";
import { currentOf, unitOf } from "../schema";
import { leave } from "../store";
import { texts } from "../texts";
import { textOf } from "../twin";
import { IconButton, saidOf } from "./parts";

const waitSeconds = 10;

export interface Outcome {
  text: string;
  mood: "good" | "bad" | "open" | "warn" | undefined;
}

type Send = (knob: Knob, value: Json | undefined) => Promise<void>;

/** How a wish has ended. */
interface Ended {
  done: boolean;
  mood: Outcome["mood"];
  text: (ms: number) => string;
}

/** Brings a wish to the device. */
export type Deliver = (device: Device, knob: Knob, value: Json | undefined) => Promise<Ended>;

const byCommand: Deliver = async (device, knob, value) => {
  const name = knob.field?.name;
  const params = name === undefined || value === undefined ? knob.params : { [name]: value };
  const body = {
    name: knob.command,
    ttl: 60_000,
    ...(params === undefined ? {} : { params }),
  };
  const { status } = await hub().commands.send(device.id, body, { wait: waitSeconds, ...atOnce });
  const done = status === "done";
  const door = texts.doors[doorOf(device)] ?? "";
  return {
    done,
    mood: moodOf(status),
    text: (ms) =>
      done
        ? texts.control.took(tookText(ms), door)
        : isOver(status)
          ? texts.control.ended(status)
          : texts.control.still(status),
  };
};

/** Sends one value and tells how long it was on its way, there and back. */
export function useKnobs(device: Device, deliver: Deliver = byCommand) {
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
      const ended = await deliver(device, knob, value);
      const ms = performance.now() - began;
      if (ended.done) {
        setTimes((before) => took(before, ms));
        // It has said that it did; its own word of how it is comes a moment later.
        if (value !== undefined) believe(device, name, value);
      }
      if (mine !== turn.current) return;
      setOutcome({ text: ended.text(ms), mood: ended.mood });
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

export function KnobView(props: {
  device: Device;
  knob: Knob;
  wished: Record<string, Json>;
  send: Send;
  /** What it is, whatever the device says. */
  value?: Json | undefined;
  unit?: string | undefined;
  /** What people call it. */
  name?: string;
}) {
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
  const value = wished[field.name] ?? props.value ?? currentOf(device, field.name);
  const unit = props.unit ?? unitOf(device, field.name);
  const { widget } = field;
  const set = (to: Json) => void send(knob, to);
  const label = props.name ?? `${title(device)}: ${field.title}`;
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
