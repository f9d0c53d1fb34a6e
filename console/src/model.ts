// What the page knows: changed by what the hub sends, read by the views. No network, no document,
// no clock of its own.

import type { DeviceView } from "./api";
import type { Json, StreamEvent } from "./frames";

export interface Reading {
  /** Milliseconds since 1970. */
  time: number;
  value: Json;
  late: boolean;
}

export interface Device {
  id: string;
  name: string;
  type: string;
  schema: Json;
  online: boolean;
  door: string;
  /** Since when it is online or offline, in milliseconds since 1970. */
  since: number | undefined;
  lastSeen: number | undefined;
  /** The newest reading of each series, by event time. */
  latest: Map<string, Reading>;
  /** The document that the device reports, if it has been read. */
  state: Json;
}

export interface Model {
  devices: Map<string, Device>;
  online: number;
  /** Readings received since the page was opened. */
  readings: number;
}

/** What a batch of events changed: the views look at these and at nothing else. */
export interface Changes {
  devices: Set<string>;
  /** Devices came, went or were renamed. */
  list: boolean;
  /** Devices that the page has not heard of: their descriptions are to be read. */
  unknown: Set<string>;
}

export function emptyModel(): Model {
  return { devices: new Map(), online: 0, readings: 0 };
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Milliseconds of an instant as the hub writes it, as a number or as RFC 3339. */
export function instant(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

function countOnline(model: Model): void {
  model.online = 0;
  for (const device of model.devices.values()) if (device.online) ++model.online;
}

/** Takes the hub's list of all devices; what has been read of those that remain is kept. */
export function takeDevices(model: Model, views: DeviceView[]): void {
  const before = model.devices;
  model.devices = new Map();
  for (const view of views) {
    const known = before.get(view.id);
    model.devices.set(view.id, {
      id: view.id,
      name: view.name,
      type: view.type,
      schema: view.schema ?? null,
      online: view.presence.online,
      door: view.presence.door ?? "",
      since: instant(view.presence.since),
      lastSeen: instant(view.presence.last_seen),
      latest: known?.latest ?? new Map(),
      state: known?.state ?? null,
    });
  }
  countOnline(model);
}

function takeReading(model: Model, device: Device, event: StreamEvent): void {
  ++model.readings;
  device.lastSeen = Math.max(device.lastSeen ?? 0, event.time);
  const known = device.latest.get(event.series);
  // Latest is by event time, never by arrival; the same time again is a correction.
  if (known !== undefined && known.time > event.time) return;
  device.latest.set(event.series, { time: event.time, value: event.value, late: event.late });
}

function takePresence(model: Model, device: Device, event: StreamEvent): void {
  if (!isObject(event.value)) return;
  const online = event.value.online === true;
  if (online !== device.online) model.online += online ? 1 : -1;
  device.online = online;
  if (typeof event.value.door === "string") device.door = event.value.door;
  device.since = instant(event.value.since) ?? event.time;
}

function takeDeviceChange(model: Model, event: StreamEvent, changes: Changes): void {
  if (!isObject(event.value)) return;
  changes.list = true;
  const known = model.devices.get(event.device);
  if (event.value.change === "deleted") {
    if (known?.online) --model.online;
    model.devices.delete(event.device);
    return;
  }
  const { name, type } = event.value;
  model.devices.set(event.device, {
    id: event.device,
    name: typeof name === "string" ? name : "",
    type: typeof type === "string" ? type : "",
    schema: known?.schema ?? null,
    online: known?.online ?? false,
    door: known?.door ?? "",
    since: known?.since,
    lastSeen: known?.lastSeen,
    latest: known?.latest ?? new Map(),
    state: known?.state ?? null,
  });
}

/** Applies events in the order of the stream; says what has changed. */
export function applyEvents(model: Model, events: StreamEvent[]): Changes {
  const changes: Changes = { devices: new Set(), list: false, unknown: new Set() };
  for (const event of events) {
    if (event.kind === "device") takeDeviceChange(model, event, changes);
    const device = model.devices.get(event.device);
    if (device === undefined) {
      if (event.kind !== "device") changes.unknown.add(event.device);
      continue;
    }
    if (event.kind === "reading") takeReading(model, device, event);
    if (event.kind === "presence") takePresence(model, device, event);
    if (event.kind === "state" && isObject(event.value)) device.state = event.value.value ?? null;
    changes.devices.add(device.id);
  }
  return changes;
}

/** Whether the device takes `set {"on": …}`: it says so, or is a lamp that says nothing. */
export function hasSwitch(device: Device): boolean {
  const commands = isObject(device.schema) ? device.schema.commands : undefined;
  if (!isObject(commands)) return device.type === "lamp";
  const params = isObject(commands.set) ? commands.set.params : undefined;
  return isObject(params) && isObject(params.properties) && isObject(params.properties.on);
}

/** Whether it is on, as far as it has said so: by a reading, else in its state. */
export function isOn(device: Device): boolean | undefined {
  const reading = device.latest.get("on")?.value;
  if (typeof reading === "boolean") return reading;
  const state = isObject(device.state) ? device.state.on : undefined;
  return typeof state === "boolean" ? state : undefined;
}

/** The ids of the devices that match what is searched for, in the order of their names. */
export function matching(model: Model, search: string): Device[] {
  const wanted = search.trim().toLowerCase();
  const all = [...model.devices.values()];
  const found = all.filter((device) =>
    `${device.name}\n${device.id}\n${device.type}`.toLowerCase().includes(wanted),
  );
  return found.sort((a, b) => title(a).localeCompare(title(b), "en", { numeric: true }));
}

/** What a person calls the device. */
export function title(device: Device): string {
  return device.name === "" ? device.id : device.name;
}
