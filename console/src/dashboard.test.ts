import { describe, expect, test } from "vitest";
import type { Principal, Tile } from "tandem-client";

import {
  clamped,
  fieldOfTile,
  freePlace,
  inOrder,
  isChanged,
  mayChange,
  newDraft,
  offers,
  placed,
  rebased,
  redo,
  step,
  tileTitle,
  undo,
  type Content,
} from "./dashboard";
import { emptyModel, takeDevice, type Device } from "./model";

function text(x: number, y: number, w = 3, h = 2): Tile {
  return { kind: "text", x, y, w, h, options: { text: "" } };
}

function places(tiles: Tile[]): string {
  return tiles.map(({ x, y, w, h }) => `${x},${y} ${w}x${h}`).join("; ");
}

function thermostat(): Device {
  const model = emptyModel();
  takeDevice(model, {
    id: "heat-1",
    name: "Bath",
    type: "thermostat",
    labels: {},
    presence: { online: true },
    created: 0,
    version: 1,
    schema: {
      series: { temperature: { type: "number", unit: "Cel" }, door: { type: "string" } },
      config: { properties: { night: { type: "boolean" }, level: { type: "integer", minimum: 0, maximum: 5 } } },
      commands: {
        set: { params: { properties: { target: { type: "number", minimum: 5, maximum: 30 } } } },
        blink: {},
      },
    },
  });
  const device = model.devices.get("heat-1");
  if (device === undefined) throw new Error("no device");
  device.latest.set("temperature", { time: 1, value: 21.5, late: false });
  device.latest.set("note", { time: 1, value: "warm", late: false });
  device.state = { night: false, battery: 80 };
  return device;
}

describe("places", () => {
  test("a tile stays inside of the columns, whatever is wanted", () => {
    expect(clamped({ x: 11, y: -2, w: 4, h: 1 })).toEqual({ x: 8, y: 0, w: 4, h: 1 });
    expect(clamped({ x: -1, y: 5_000, w: 20, h: 99 })).toEqual({ x: 0, y: 1_000, w: 12, h: 24 });
    expect(clamped({ x: 3, y: 3, w: 0, h: 0 })).toEqual({ x: 3, y: 3, w: 1, h: 1 });
  });

  test("what stands in the way moves down, and pushes what is below it", () => {
    const tiles = [text(0, 0), text(3, 0), text(3, 2), text(9, 0)];
    expect(places(placed(tiles, 0, { x: 3, y: 0, w: 3, h: 2 }))).toBe(
      "3,0 3x2; 3,2 3x2; 3,4 3x2; 9,0 3x2",
    );
    // The tiles that it was given are left alone.
    expect(places(tiles)).toBe("0,0 3x2; 3,0 3x2; 3,2 3x2; 9,0 3x2");
  });

  test("a larger tile pushes its neighbours down as well", () => {
    expect(places(placed([text(0, 0), text(3, 0)], 0, { x: 0, y: 0, w: 4, h: 3 }))).toBe(
      "0,0 4x3; 3,3 3x2",
    );
  });

  test("a tile moves up past another one", () => {
    expect(places(placed([text(0, 0), text(0, 2)], 1, { x: 0, y: 0, w: 3, h: 2 }))).toBe(
      "0,2 3x2; 0,0 3x2",
    );
  });

  test("no two tiles ever stand on one place, and none is lost", () => {
    let tiles = Array.from({ length: 12 }, (_, at) => text((at % 4) * 3, Math.floor(at / 4) * 2));
    for (let at = 0; at < 60; ++at) {
      const wanted = { x: (at * 7) % 12, y: (at * 5) % 9, w: 1 + (at % 6), h: 1 + (at % 4) };
      tiles = placed(tiles, at % tiles.length, wanted);
      const taken = new Set<string>();
      let cells = 0;
      for (const { x, y, w, h } of tiles) {
        expect(x + w).toBeLessThanOrEqual(12);
        for (let column = x; column < x + w; ++column) {
          for (let row = y; row < y + h; ++row, ++cells) taken.add(`${column},${row}`);
        }
      }
      expect(taken.size).toBe(cells);
      expect(tiles.length).toBe(12);
    }
  });

  test("a new tile takes the first place that it fits in", () => {
    expect(freePlace([], 3, 2)).toEqual({ x: 0, y: 0, w: 3, h: 2 });
    expect(freePlace([text(0, 0), text(3, 0)], 6, 2)).toEqual({ x: 6, y: 0, w: 6, h: 2 });
    expect(freePlace([text(0, 0), text(3, 0)], 8, 2)).toEqual({ x: 0, y: 2, w: 8, h: 2 });
  });

  test("tiles are read from the top, then from the left", () => {
    expect(places(inOrder([text(6, 0), text(0, 2), text(0, 0)]))).toBe("0,0 3x2; 6,0 3x2; 0,2 3x2");
  });
});

describe("drafts", () => {
  const content = (title: string): Content => ({ title, shared: "private", tiles: [] });

  test("steps are taken back and made again", () => {
    let draft = newDraft(3, content("a"));
    expect(isChanged(draft)).toBe(false);
    expect(undo(draft)).toBe(draft);
    draft = step(step(draft, content("b")), content("c"));
    expect(undo(draft).now.title).toBe("b");
    expect(isChanged(undo(undo(draft)))).toBe(false);
    expect(redo(undo(undo(draft))).now.title).toBe("b");
    expect(redo(redo(undo(undo(draft)))).now.title).toBe("c");
    expect(redo(draft)).toBe(draft);
  });

  test("another step ends what could be made again", () => {
    const draft = step(undo(step(newDraft(1, content("a")), content("b"))), content("c"));
    expect(redo(draft)).toBe(draft);
    expect(undo(draft).now.title).toBe("a");
  });

  test("steps that are one are taken back as one", () => {
    let draft = step(newDraft(1, content("")), content("H"));
    draft = step(draft, content("Ha"), true);
    draft = step(draft, content("Hall"), true);
    expect(undo(draft).now.title).toBe("");
  });

  test("a draft goes on top of what somebody else has saved", () => {
    const mine = step(newDraft(1, content("a")), content("mine"));
    const theirs = { ...content("theirs"), id: "1", created: 0, updated: 0, version: 4 };
    const next = rebased(mine, theirs);
    expect(next.version).toBe(4);
    expect(next.now.title).toBe("mine");
    expect(isChanged(next)).toBe(true);
    expect(isChanged(rebased({ ...mine, now: content("theirs") }, theirs))).toBe(false);
  });
});

describe("what a device offers", () => {
  test("its series, its commands, its config and its state, each once", () => {
    const offered = offers(thermostat(), { night: true, boost: true, note: "x" });
    expect(offered.map(({ key }) => key.trim().replace(/ +/g, " "))).toEqual([
      "value temperature",
      "chart temperature",
      "value note",
      "value door",
      "chart door",
      "setpoint set target",
      "command blink",
      "switch night",
      "slider level",
      "switch boost",
      "value night",
      "value battery",
    ]);
    const target = offered.find(({ kind }) => kind === "setpoint");
    expect(target?.tile).toEqual({
      kind: "setpoint",
      device: "heat-1",
      command: "set",
      param: "target",
      options: { min: 5, max: 30 },
    });
  });

  test("a tile is drawn as the device declares it, and else as the tile says", () => {
    const device = thermostat();
    const tile: Tile = { kind: "setpoint", device: "heat-1", command: "set", param: "target", x: 0, y: 0, w: 3, h: 2 };
    expect(fieldOfTile(tile, device).widget).toEqual({ kind: "number", min: 5, max: 30, step: "any" });
    const own: Tile = { ...tile, options: { min: 10, step: 0.5 }, title: "Warmth" };
    expect(fieldOfTile(own, device)).toMatchObject({
      name: "target",
      title: "Warmth",
      widget: { kind: "number", min: 10, max: 30, step: 0.5 },
    });
    const unknown: Tile = { kind: "slider", device: "heat-1", key: "dim", x: 0, y: 0, w: 3, h: 2 };
    expect(fieldOfTile(unknown, device).widget).toEqual({ kind: "slider", min: 0, max: 100, step: 1 });
  });

  test("a tile has its own title, else that of its device and what it is of", () => {
    const tile: Tile = { kind: "value", device: "heat-1", series: "temperature", x: 0, y: 0, w: 1, h: 1 };
    expect(tileTitle(tile, "Bath")).toBe("Bath · temperature");
    expect(tileTitle({ ...tile, title: "Warm?" }, "Bath")).toBe("Warm?");
    expect(tileTitle(text(0, 0), "")).toBe("");
  });
});

test("its owner changes a dashboard, and who manages access", () => {
  const who = (id: string, scopes: string[]): Principal => ({
    kind: "user",
    id,
    tenant: "main",
    credential: "s",
    scopes: ["dashboards:write", ...scopes] as Principal["scopes"],
  });
  expect(mayChange(who("anna", []), { owner: "user:anna" })).toBe(true);
  expect(mayChange(who("ben", []), { owner: "user:anna" })).toBe(false);
  expect(mayChange(who("ben", []), {})).toBe(false);
  expect(mayChange(who("boss", ["access:manage"]), { owner: "user:anna" })).toBe(true);
  expect(mayChange({ ...who("anna", []), scopes: [] }, { owner: "user:anna" })).toBe(false);
  expect(mayChange(undefined, { owner: "user:anna" })).toBe(false);
});
