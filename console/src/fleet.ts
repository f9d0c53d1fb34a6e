// Which devices are shown, and in which order.

import { labelTexts } from "./labels";
import { lastReading, title, type Device, type Model } from "./model";

export type Show = "all" | "online" | "offline" | "stale";
export type SortBy = "name" | "type" | "door" | "heard";

export interface Filter {
  /** Words that all have to be found; `site=hall-3` is a label. */
  text: string;
  show: Show;
  /** Only those that are online through this door; empty: any. */
  door: string;
}

export const noFilter: Filter = { text: "", show: "all", door: "" };

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What a device's door is called among the others: a poll comes over REST. */
export function doorOf(device: Pick<Device, "door" | "online">): string {
  if (!device.online) return "";
  return device.door === "poll" ? "rest" : device.door;
}

/** The devices in which every word of `text` is found. */
export function withWords(devices: Device[], text: string): Device[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return devices;
  return devices.filter(({ name, id, type, labels }) => {
    const all = [name, id, type, ...labelTexts(labels)].join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

function shown(device: Device, { show, door }: Filter): boolean {
  if (show === "online" && !device.online) return false;
  if (show === "offline" && device.online) return false;
  if (show === "stale" && device.stale.size === 0) return false;
  return door === "" || doorOf(device) === door;
}

export function byName(a: Device, b: Device): number {
  return collator.compare(title(a), title(b));
}

const orders: Record<SortBy, (a: Device, b: Device) => number> = {
  name: byName,
  type: (a, b) => collator.compare(a.type, b.type),
  door: (a, b) => collator.compare(doorOf(b), doorOf(a)),
  heard: (a, b) => (lastReading(b) ?? 0) - (lastReading(a) ?? 0),
};

/** All devices in an order; equal ones by name, then by id, so that none jumps. */
export function sorted(model: Model, by: SortBy): Device[] {
  const order = orders[by];
  return [...model.devices.values()].sort(
    (a, b) => order(a, b) || byName(a, b) || collator.compare(a.id, b.id),
  );
}

export function filtered(devices: Device[], filter: Filter): Device[] {
  const found = devices.filter((device) => shown(device, filter));
  return withWords(found, filter.text);
}

/** How many are online through each door. */
export function byDoor(model: Model): Map<string, number> {
  const counts = new Map<string, number>();
  for (const device of model.devices.values()) {
    const door = doorOf(device);
    if (door !== "") counts.set(door, (counts.get(door) ?? 0) + 1);
  }
  return counts;
}

/** The rows of a long list that are in sight, with some on either side. */
export function inSight(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
  beside = 8,
): { first: number; end: number } {
  const top = Math.min(scrollTop, Math.max(0, count * rowHeight - height));
  const first = Math.max(0, Math.floor(top / rowHeight) - beside);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + beside);
  return { first, end: Math.max(first, end) };
}
