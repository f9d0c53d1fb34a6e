// What the page knows of the fleet: changed by what the hub sends, read by the views. No network, no
// document, no clock of its own.

import type {
  AdviceBrief,
  Device as DeviceView,
  DeviceEvent,
  Json,
  PresenceEvent,
  ReadingEvent,
  Series,
  SeriesEvent,
  StreamEvent,
} from "tandem-client";

import { takeAdvice, takeList, type MisplacedBy } from "./advice/misplaced";

export interface Reading {
  /** Milliseconds since 1970. */
  time: number;
  value: Json;
  late: boolean;
}

/** A device came, went, or took another door. */
export interface PresenceChange {
  time: number;
  online: boolean;
  door: string;
}

export interface Device {
  id: string;
  name: string;
  type: string;
  labels: Record<string, string>;
  schema: Json;
  online: boolean;
  door: string;
  /** Since when it is online or offline, in milliseconds since 1970. */
  since: number | undefined;
  lastSeen: number | undefined;
  created: number;
  /** The newest reading of each series, by event time. */
  latest: Map<string, Reading>;
  /** Series that are known to be stale, with the time since when. */
  stale: Map<string, number>;
  /** The document that the device reports, if it has been read. */
  state: Json;
  /** What the page has seen of its coming and going, oldest first. */
  changes: PresenceChange[];
}

export interface Model {
  devices: Map<string, Device>;
  online: number;
  /** Readings since the page was opened: received, or receipted as conflated. */
  readings: number;
  /** Those on the wrong door, as far as the hub has been asked. */
  misplaced: MisplacedBy;
}

/** What a batch of events changed: the views look at these and at nothing else. */
export interface Changes {
  devices: Set<string>;
  /** Devices came, went or were renamed. */
  list: boolean;
  /** Devices that the page has not heard of: their descriptions are to be read. */
  unknown: Set<string>;
}

export type JsonObject = { [name: string]: Json };

const changesKept = 100;

export function emptyModel(): Model {
  return { devices: new Map(), online: 0, readings: 0, misplaced: new Map() };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function forget(model: Model, id: string): void {
  if (model.devices.get(id)?.online) --model.online;
  model.devices.delete(id);
  model.misplaced.delete(id);
}

// A device stays one object as long as it is known: the views hold on to it.
function deviceOf(model: Model, id: string): Device {
  let device = model.devices.get(id);
  if (device === undefined) {
    device = {
      id,
      name: "",
      type: "",
      labels: {},
      schema: null,
      online: false,
      door: "",
      since: undefined,
      lastSeen: undefined,
      created: 0,
      latest: new Map(),
      stale: new Map(),
      state: null,
      changes: [],
    };
    model.devices.set(id, device);
  }
  return device;
}

/** Takes what the hub tells of a device; what has been read of it is kept. */
export function takeDevice(model: Model, view: DeviceView): void {
  const device = deviceOf(model, view.id);
  model.online += Number(view.presence.online) - Number(device.online);
  device.name = view.name;
  device.type = view.type;
  device.labels = view.labels;
  device.schema = view.schema ?? null;
  device.online = view.presence.online;
  device.door = view.presence.door ?? "";
  device.since = view.presence.since;
  device.lastSeen = view.presence.last_seen;
  device.created = view.created;
}

/** Takes the hub's list of all devices; what has been read of those that remain is kept. */
export function takeDevices(model: Model, views: DeviceView[]): void {
  const listed = new Set(views.map((view) => view.id));
  for (const id of [...model.devices.keys()]) if (!listed.has(id)) forget(model, id);
  for (const view of views) takeDevice(model, view);
}

function takeReading(model: Model, device: Device, event: ReadingEvent): void {
  ++model.readings;
  // One that comes late says nothing of now.
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
  const last = device.changes.at(-1);
  if (last !== undefined && last.online === online && last.door === device.door) return;
  device.changes.push({ time: device.since, online, door: device.door });
  if (device.changes.length > changesKept) device.changes.shift();
}

function takeSeries(device: Device, event: SeriesEvent): void {
  if (event.value.stale) device.stale.set(event.series, event.value.since ?? event.time);
  else device.stale.delete(event.series);
}

/** Takes what the hub lists of the series of a device. */
export function takeStale(model: Model, id: string, series: Series[]): void {
  const device = model.devices.get(id);
  if (device === undefined) return;
  device.stale.clear();
  for (const { name, stale, since } of series) if (stale) device.stale.set(name, since ?? 0);
}

/** Takes what the hub lists of devices on the wrong door, and then what it has told meanwhile. */
export function takeMisplaced(model: Model, briefs: AdviceBrief[], heard: StreamEvent[]): void {
  takeList(model.misplaced, briefs);
  for (const event of heard) if (event.kind === "advice") takeAdvice(model.misplaced, event);
}

function takeDeviceChange(model: Model, event: DeviceEvent, changes: Changes): void {
  changes.list = true;
  if (event.value.change === "deleted") {
    return forget(model, event.device);
  }
  const device = deviceOf(model, event.device);
  const { name, type, labels } = event.value;
  if (name !== undefined) device.name = name;
  if (type !== undefined) device.type = type;
  if (labels !== undefined) device.labels = labels;
  // An event has no schema: it may be another one now.
  changes.unknown.add(event.device);
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
    if (event.kind === "series") takeSeries(device, event);
    if (event.kind === "state") device.state = event.value.value;
    if (event.kind === "advice") takeAdvice(model.misplaced, event);
    changes.devices.add(device.id);
  }
  return changes;
}

/** What a person calls the device. */
export function title(device: Pick<Device, "id" | "name">): string {
  return device.name === "" ? device.id : device.name;
}

/** The time of the newest of its readings. */
export function lastReading(device: Device): number | undefined {
  let newest: number | undefined;
  for (const { time } of device.latest.values()) {
    if (newest === undefined || time > newest) newest = time;
  }
  return newest;
}
