// What the page knows: changed by what the hub sends, read by the views. No network, no document,
// no clock of its own.

import type {
  Device as DeviceView,
  DeviceEvent,
  Json,
  PresenceEvent,
  ReadingEvent,
  StreamEvent,
} from "tandem-client";

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

function countOnline(model: Model): void {
  model.online = 0;
  for (const device of model.devices.values()) if (device.online) ++model.online;
}

// A device stays one object as long as it is known: the views hold on to it.
function deviceOf(model: Model, id: string): Device {
  let device = model.devices.get(id);
  if (device === undefined) {
    device = {
      id,
      name: "",
      type: "",
      schema: null,
      online: false,
      door: "",
      since: undefined,
      lastSeen: undefined,
      latest: new Map(),
      state: null,
    };
    model.devices.set(id, device);
  }
  return device;
}

/** Takes the hub's list of all devices; what has been read of those that remain is kept. */
export function takeDevices(model: Model, views: DeviceView[]): void {
  const listed = new Set(views.map((view) => view.id));
  for (const id of [...model.devices.keys()]) if (!listed.has(id)) model.devices.delete(id);
  for (const view of views) {
    const device = deviceOf(model, view.id);
    device.name = view.name;
    device.type = view.type;
    device.schema = view.schema ?? null;
    device.online = view.presence.online;
    device.door = view.presence.door ?? "";
    device.since = view.presence.since;
    device.lastSeen = view.presence.last_seen;
  }
  countOnline(model);
}

function takeReading(model: Model, device: Device, event: ReadingEvent): void {
  ++model.readings;
  device.lastSeen = Math.max(device.lastSeen ?? 0, event.time);
  const known = device.latest.get(event.series);
  // Latest is by event time, never by arrival; the same time again is a correction.
  if (known !== undefined && known.time > event.time) return;
  device.latest.set(event.series, { time: event.time, value: event.value, late: event.late });
}

function takePresence(model: Model, device: Device, event: PresenceEvent): void {
  const { online, door, since } = event.value;
  if (online !== device.online) model.online += online ? 1 : -1;
  device.online = online;
  if (door !== undefined) device.door = door;
  device.since = since ?? event.time;
}

function takeDeviceChange(model: Model, event: DeviceEvent, changes: Changes): void {
  changes.list = true;
  if (event.value.change === "deleted") {
    if (model.devices.get(event.device)?.online) --model.online;
    model.devices.delete(event.device);
    return;
  }
  const device = deviceOf(model, event.device);
  const { name, type } = event.value;
  if (name !== undefined) device.name = name;
  if (type !== undefined) device.type = type;
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
    if (event.kind === "state") device.state = event.value.value;
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
