import type { Device as DeviceView, Json } from "tandem-client";
import { describe, expect, test } from "vitest";

import { controllable, controls, median, took } from "./control";
import { emptyModel, takeDevices, type Device } from "./model";

function device(id: string, commands: Json, more: Partial<DeviceView> = {}): Device {
  const model = emptyModel();
  const view = { id, name: "", type: "", labels: {}, schema: { commands }, created: 0, version: 1 };
  takeDevices(model, [{ ...view, presence: { online: true }, ...more } as DeviceView]);
  return model.devices.get(id)!;
}

const params = (properties: Json, required: string[] = []): Json => ({ params: { properties, required } });
const named = (found: Device) => controls(found).map(({ command, field }) => `${command}.${field?.name}`);

describe("a tile has", () => {
  test("a control for each parameter that can be sent alone", () => {
    const lamp = device("l", {
      set: params({ on: { type: "boolean" }, level: { type: "number", minimum: 0, maximum: 100 } }),
    });
    expect(named(lamp)).toEqual(["set.on", "set.level"]);
  });

  test("the one that is needed, and none of those beside it", () => {
    const given = params({ target: { type: "number" }, ramp: { type: "number" } }, ["target"]);
    expect(named(device("t", { heat: given }))).toEqual(["heat.target"]);
  });

  test("nothing of a command that needs two at once, and no free text", () => {
    const two = params({ a: { type: "number" }, b: { type: "number" } }, ["a", "b"]);
    const text = params({ text: { type: "string" } });
    expect(named(device("t", { two, text }))).toEqual([]);
  });

  test("a button for a command without parameters", () => {
    expect(named(device("t", { reset: {} }))).toEqual(["reset.undefined"]);
  });
});

test("tiles are pinned ones first, then by name, as far as they match", () => {
  const all = [
    device("b10", { reset: {} }),
    device("b9", { reset: {} }, { labels: { room: "hall" } }),
    device("a", { reset: {} }),
    device("none", {}),
  ];
  const ids = (search: string, pinned: string[]) =>
    controllable(all, search, pinned).map((each) => each.id);
  expect(ids("", [])).toEqual(["a", "b9", "b10"]);
  expect(ids("", ["b10"])).toEqual(["b10", "a", "b9"]);
  expect(ids("room=hall", ["b10"])).toEqual(["b9"]);
});

test("of the last twenty times the median is told", () => {
  let times = took(undefined, 1_000);
  for (let at = 1; at <= 20; ++at) times = took(times, at);
  expect(times.times).toHaveLength(20);
  expect(median(times)).toBe(10.5);
  expect(median(took(undefined, 7))).toBe(7);
});
