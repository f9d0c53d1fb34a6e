// Forms from what a device declares: which field a part of a schema takes, and whether what is typed
// is as it must be. The hub has the last word.

import type { Json } from "tandem-client";

import { isObject, type Device, type JsonObject } from "./model";

export type Widget =
  | { kind: "switch" }
  | { kind: "slider"; min: number; max: number; step: number }
  | { kind: "number"; min: number | undefined; max: number | undefined; step: number | "any" }
  | { kind: "choice"; options: Json[] }
  | { kind: "colour" }
  | { kind: "text"; maxLength: number | undefined }
  | { kind: "json" };

export interface FormField {
  name: string;
  title: string;
  says: string;
  required: boolean;
  widget: Widget;
}

export interface CommandForm {
  name: string;
  fields: FormField[];
  /** The params are something else than an object with known members: typed as JSON. */
  free: boolean;
}

const sliderSteps = 200;

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function numeric(name: string, schema: JsonObject): Widget {
  const min = numberOf(schema.minimum);
  const max = numberOf(schema.maximum);
  const whole = schema.type === "integer";
  // A slider is for what one turns until it is right; a wide span of numbers is typed.
  const setPoint = /target|set_?point|limit|threshold/i.test(name);
  if (min !== undefined && max !== undefined && max > min && max - min <= sliderSteps && !setPoint) {
    return { kind: "slider", min, max, step: whole || max - min > 20 ? 1 : (max - min) / 100 };
  }
  return { kind: "number", min, max, step: whole ? 1 : "any" };
}

export function widgetOf(name: string, schema: Json | undefined): Widget {
  if (!isObject(schema)) return { kind: "json" };
  if (Array.isArray(schema.enum)) return { kind: "choice", options: schema.enum };
  switch (schema.type) {
    case "boolean":
      return { kind: "switch" };
    case "number":
    case "integer":
      return numeric(name, schema);
    case "string":
      return /colou?r/i.test(name)
        ? { kind: "colour" }
        : { kind: "text", maxLength: numberOf(schema.maxLength) };
    default:
      return { kind: "json" };
  }
}

/** The members that an object schema names, as fields. */
export function fieldsOf(schema: Json | undefined): FormField[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, each]) => {
    const part = isObject(each) ? each : {};
    return {
      name,
      title: typeof part.title === "string" ? part.title : name,
      says: typeof part.description === "string" ? part.description : "",
      required: required.includes(name),
      widget: widgetOf(name, each),
    };
  });
}

/** What a field begins with when nothing is known. */
export function startOf(widget: Widget): Json {
  switch (widget.kind) {
    case "switch":
      return false;
    case "slider":
      return widget.min;
    case "number":
      return widget.min ?? 0;
    case "choice":
      return widget.options[0] ?? null;
    case "colour":
      return "#ffffff";
    default:
      return "";
  }
}

/** A part of what a device declares: its `series`, its `config`, its `commands`. */
export function declared(device: Pick<Device, "schema">, part: string): Json | undefined {
  return isObject(device.schema) ? device.schema[part] : undefined;
}

/** The unit of a series, as the device declares it. */
export function unitOf(device: Pick<Device, "schema">, series: string): string {
  const all = declared(device, "series");
  const one = isObject(all) ? all[series] : undefined;
  return isObject(one) && typeof one.unit === "string" ? one.unit : "";
}

/** The commands that a device declares; undefined when anything goes. */
export function commandsOf(device: Pick<Device, "schema" | "type">): CommandForm[] | undefined {
  const commands = declared(device, "commands");
  if (!isObject(commands)) {
    // A lamp that says nothing of itself is switched as all lamps are.
    return device.type === "lamp" ? [lampForm] : undefined;
  }
  return Object.entries(commands).map(([name, each]) => {
    const params = isObject(each) ? each.params : undefined;
    const fields = fieldsOf(params);
    const free = fields.length === 0 && isObject(params) && params.type !== "null";
    return { name, fields, free };
  });
}

const lampForm: CommandForm = {
  name: "set",
  fields: [{ name: "on", title: "on", says: "", required: false, widget: { kind: "switch" } }],
  free: false,
};

/** The value that a device has now for a member of this name, as far as it says so. */
export function currentOf(device: Pick<Device, "state" | "latest">, name: string): Json | undefined {
  const bare = name.replace(/^set_/, "");
  const state = isObject(device.state) ? device.state : {};
  const reading = device.latest.get(name)?.value ?? device.latest.get(bare)?.value;
  return reading ?? state[name] ?? state[bare];
}
