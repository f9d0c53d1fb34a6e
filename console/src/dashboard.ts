// Dashboards as somebody composes them: where tiles stand, what there is to choose from, and drafts that
// can be taken back. No network, no document.

import type { Dashboard, DashboardHead, Json, Principal, Tile } from "tandem-client";

import { controls } from "./control";
import { isPlottable } from "./history";
import { isObject, type Device } from "./model";
import { declared, fieldsOf, widgetOf, type FormField, type Widget } from "./schema";

export const columns = 12;
export const tilesMost = 64;
const rowsMost = 1_000;
const highest = 24;
const stepsKept = 100;

export type Place = Pick<Tile, "x" | "y" | "w" | "h">;

/** What a dashboard's maker decides. */
export interface Content {
  title: string;
  shared: "private" | "tenant";
  tiles: Tile[];
}

/** A content under way, with what it was before each step. */
export interface Draft {
  /** The version that it was made from; 0: it is not in the hub yet. */
  version: number;
  base: Content;
  now: Content;
  before: Content[];
  after: Content[];
}

export function contentOf(dashboard: Dashboard): Content {
  const { title, shared, tiles } = dashboard;
  return { title, shared, tiles };
}

export function newDraft(version: number, content: Content): Draft {
  return { version, base: content, now: content, before: [], after: [] };
}

export function isChanged(draft: Draft): boolean {
  return JSON.stringify(draft.base) !== JSON.stringify(draft.now);
}

/** The draft with another content. `merge`: it belongs to the step before. */
export function step(draft: Draft, now: Content, merge = false): Draft {
  if (merge && draft.before.length > 0) return { ...draft, now, after: [] };
  return { ...draft, now, before: [...draft.before, draft.now].slice(-stepsKept), after: [] };
}

export function undo(draft: Draft): Draft {
  const now = draft.before.at(-1);
  if (now === undefined) return draft;
  return { ...draft, now, before: draft.before.slice(0, -1), after: [draft.now, ...draft.after] };
}

export function redo(draft: Draft): Draft {
  const [now, ...after] = draft.after;
  if (now === undefined) return draft;
  return { ...draft, now, before: [...draft.before, draft.now], after };
}

/** The same content on top of what is in the hub now. */
export function rebased(draft: Draft, dashboard: Dashboard): Draft {
  return { ...draft, version: dashboard.version, base: contentOf(dashboard) };
}

// --- places -------------------------------------------------------------------------------------

function overlap(one: Place, other: Place): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}

function within(low: number, value: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** A place inside of the columns, as near as there is one. */
export function clamped(place: Place): Place {
  const w = within(1, place.w, columns);
  return {
    w,
    h: within(1, place.h, highest),
    x: within(0, place.x, columns - w),
    y: within(0, place.y, rowsMost),
  };
}

/** Puts one tile at a place; those that stand in its way move down, and push others in turn. */
export function placed(tiles: Tile[], at: number, wanted: Place): Tile[] {
  const out = tiles.map((tile) => ({ ...tile }));
  const moved = out[at];
  if (moved === undefined) return tiles;
  Object.assign(moved, clamped(wanted));
  const standing = [moved];
  const others = out.filter((tile) => tile !== moved).sort((a, b) => a.y - b.y || a.x - b.x);
  for (const tile of others) {
    let hit = standing.find((each) => overlap(each, tile));
    while (hit !== undefined) {
      tile.y = hit.y + hit.h;
      hit = standing.find((each) => overlap(each, tile));
    }
    standing.push(tile);
  }
  return out;
}

/** The first place, from the top, where a tile of this size fits. */
export function freePlace(tiles: Tile[], w: number, h: number): Place {
  for (let y = 0; y <= rowsMost; ++y) {
    for (let x = 0; x + w <= columns; ++x) {
      const place = { x, y, w, h };
      if (!tiles.some((tile) => overlap(tile, place))) return place;
    }
  }
  return { x: 0, y: rowsMost, w, h };
}

/** In the order in which they are read: from the top, then from the left. */
export function inOrder(tiles: Tile[]): Tile[] {
  return [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);
}

export function rowsOf(tiles: Tile[]): number {
  return Math.max(0, ...tiles.map((tile) => tile.y + tile.h));
}

// --- what there is to choose from ---------------------------------------------------------------

export type Kind = Tile["kind"];

/** Something of a device that a tile could be of. */
export interface Offer {
  key: string;
  kind: Kind;
  name: string;
  tile: Omit<Tile, "x" | "y" | "w" | "h">;
}

export const sizes: Record<Kind, { w: number; h: number }> = {
  value: { w: 3, h: 2 },
  chart: { w: 6, h: 3 },
  switch: { w: 3, h: 2 },
  slider: { w: 4, h: 2 },
  setpoint: { w: 4, h: 2 },
  colour: { w: 3, h: 2 },
  command: { w: 3, h: 2 },
  text: { w: 4, h: 2 },
};

const kindOfWidget: Partial<Record<Widget["kind"], Kind>> = {
  switch: "switch",
  slider: "slider",
  number: "setpoint",
  colour: "colour",
};

function optionsOf(widget: Widget): Tile["options"] {
  if (widget.kind !== "slider" && widget.kind !== "number") return undefined;
  const { min, max, step } = widget;
  const options = {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(step === "any" ? {} : { step }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

function setter(field: FormField, where: Pick<Tile, "device" | "key" | "command" | "param">) {
  const kind = kindOfWidget[field.widget.kind];
  if (kind === undefined) return undefined;
  const options = optionsOf(field.widget);
  return { kind, ...where, ...(options === undefined ? {} : { options }) };
}

/** Everything of a device that fits on a tile. `config`: what is wanted of it, as far as it is known. */
export function offers(device: Device, config: Json | undefined): Offer[] {
  const out: Offer[] = [];
  const add = (name: string, tile: Offer["tile"] | undefined) => {
    if (tile === undefined) return;
    const { kind, series, key, command, param } = tile;
    const part = [kind, series ?? "", key ?? "", command ?? "", param ?? ""].join(" ");
    if (!out.some((each) => each.key === part)) out.push({ key: part, kind, name, tile });
  };
  const id = device.id;
  const declaredSeries = declared(device, "series");
  const named = isObject(declaredSeries) ? Object.keys(declaredSeries) : [];
  for (const series of new Set([...device.latest.keys(), ...named])) {
    add(series, { kind: "value", device: id, series });
    const known = device.latest.get(series);
    if (known === undefined || isPlottable(known.value)) {
      add(series, { kind: "chart", device: id, series });
    }
  }
  for (const { command, field } of controls(device)) {
    if (field === undefined) add(command, { kind: "command", device: id, command });
    else add(field.title, setter(field, { device: id, command, param: field.name }));
  }
  for (const field of configFields(device, config)) {
    add(field.title, setter(field, { device: id, key: field.name }));
  }
  if (isObject(device.state)) {
    for (const key of Object.keys(device.state)) add(key, { kind: "value", device: id, key });
  }
  return out;
}

const schemaOfValue: Record<string, Json> = {
  boolean: { type: "boolean" },
  number: { type: "number" },
  string: { type: "string" },
};

// Those that the schema declares, and else those that somebody has set.
function configFields(device: Device, config: Json | undefined): FormField[] {
  const known = fieldsOf(declared(device, "config"));
  const set = isObject(config) ? Object.entries(config) : [];
  const others = set.filter(([key]) => !known.some((field) => field.name === key));
  return [...known, ...others.map(([key, value]) => fieldOf(key, schemaOfValue[typeof value]))];
}

function fieldOf(name: string, schema: Json | undefined): FormField {
  return { name, title: name, says: "", required: false, widget: widgetOf(name, schema) };
}

/** What a tile that sets something is drawn with: as the device declares it, else as the tile says. */
export function fieldOfTile(tile: Tile, device: Device): FormField {
  const name = tile.key ?? tile.param ?? "";
  const from =
    tile.command === undefined
      ? fieldsOf(declared(device, "config"))
      : controls(device).flatMap(({ command, field }) =>
          command === tile.command && field !== undefined ? [field] : [],
        );
  const known = from.find((field) => field.name === name);
  const title = tile.title ?? known?.title ?? name;
  return { ...fieldOf(name, null), title, widget: widgetOfTile(tile, known?.widget) };
}

function widgetOfTile({ kind, options }: Tile, known: Widget | undefined): Widget {
  if (kind === "switch") return { kind: "switch" };
  if (kind === "colour") return { kind: "colour" };
  const bounded = known?.kind === "slider" || known?.kind === "number" ? known : undefined;
  const min = options?.min ?? bounded?.min;
  const max = options?.max ?? bounded?.max;
  const step = options?.step ?? bounded?.step;
  if (kind === "setpoint") return { kind: "number", min, max, step: step ?? "any" };
  const low = min ?? 0;
  const high = max ?? low + 100;
  return { kind: "slider", min: low, max: high, step: step === undefined || step === "any" ? 1 : step };
}

/** Whether the tile sets something, by a command or in the config. */
export function sets(tile: Tile): boolean {
  return ["switch", "slider", "setpoint", "colour"].includes(tile.kind);
}

/** What people call the tile. */
export function tileTitle(tile: Tile, deviceTitle: string): string {
  if (tile.title !== undefined && tile.title !== "") return tile.title;
  const what = tile.series ?? tile.key ?? tile.param ?? tile.command ?? "";
  return [deviceTitle, what].filter((part) => part !== "").join(" · ");
}

// --- whose they are -----------------------------------------------------------------------------

export function isOwn(me: Principal | undefined, head: Pick<DashboardHead, "owner">): boolean {
  return me !== undefined && head.owner === `${me.kind}:${me.id}`;
}

/** Who may change it, as the hub decides: its owner, and who manages access. */
export function mayChange(me: Principal | undefined, head: Pick<DashboardHead, "owner">): boolean {
  if (me === undefined || !me.scopes.includes("dashboards:write")) return false;
  return isOwn(me, head) || me.scopes.includes("access:manage");
}
