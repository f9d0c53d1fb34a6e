// What stands on the tiles: which commands of a device fit, and how long they took. No network, no
// document.

import type { Json } from "tandem-client";

import { byName, withWords } from "./fleet";
import type { Device } from "./model";
import { commandsOf, type CommandForm, type FormField } from "./schema";

export interface Control {
  command: string;
  /** Undefined: a command without parameters, a button. */
  field: FormField | undefined;
  /** What a button sends with it. */
  params?: Json | undefined;
}

export interface Took {
  /** The last few, in milliseconds, the newest last. */
  times: number[];
}

const timesKept = 20;
const fitting = new Set(["switch", "slider", "number", "colour", "choice"]);

// A tile sends one value: the other parameters have to be optional.
function controlsOf(form: CommandForm): Control[] {
  if (form.free) return [];
  if (form.fields.length === 0) return [{ command: form.name, field: undefined }];
  const needed = form.fields.filter((field) => field.required);
  return form.fields
    .filter((field) => fitting.has(field.widget.kind))
    .filter((field) => needed.every((other) => other.name === field.name))
    .map((field) => ({ command: form.name, field }));
}

export function controls(device: Device): Control[] {
  return (commandsOf(device) ?? []).flatMap(controlsOf);
}

/** Devices with something for a tile: those that are pinned first, then by name. */
export function controllable(devices: Device[], search: string, pinned: string[]): Device[] {
  const found = withWords(devices, search).filter((device) => controls(device).length > 0);
  const place = (device: Device): number => {
    const at = pinned.indexOf(device.id);
    return at < 0 ? pinned.length : at;
  };
  return found.sort((a, b) => place(a) - place(b) || byName(a, b));
}

export function took(before: Took | undefined, ms: number): Took {
  return { times: [...(before?.times ?? []), ms].slice(-timesKept) };
}

export function median({ times }: Took): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
