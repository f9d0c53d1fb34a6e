import type { Device as DeviceView } from "tandem-client";
import { describe, expect, test } from "vitest";

import { byDoor, filtered, inSight, noFilter, sorted } from "./fleet";
import { emptyModel, takeDevices } from "./model";

function view(id: string, more: Partial<DeviceView> = {}): DeviceView {
  const made = { labels: {}, presence: { online: false }, created: 0, version: 1 };
  return { id, name: "", type: "", ...made, ...more };
}

const model = emptyModel();
takeDevices(model, [
  view("b10", { labels: { Site: "Hall-3", line: "2" } }),
  view("b9", { presence: { online: true, door: "poll" } }),
  view("x", { name: "A lamp", presence: { online: true, door: "ws" } }),
  view("y", { type: "b-type", presence: { online: false, door: "ws" } }),
]);
const found = (more: Partial<typeof noFilter>) =>
  filtered(sorted(model, "name"), { ...noFilter, ...more }).map((device) => device.id);

describe("the list", () => {
  test("is in the order of names, numbers as numbers", () => {
    expect(found({})).toEqual(["x", "b9", "b10", "y"]);
  });

  test.each([
    [" B", ["b9", "b10", "y"]],
    ["LAMP", ["x"]],
    ["b type", ["y"]],
    ["b nothing", []],
    ["site=hall", ["b10"]],
    ["SITE=Hall", ["b10"]],
    ["line=2", ["b10"]],
    ["line=3", []],
    ["hall-3", ["b10"]],
  ])("searched for %j shows %j", (text, expected) => {
    expect(found({ text })).toEqual(expected);
  });

  test("can be narrowed to presence and door; a poll comes over REST", () => {
    expect(found({ show: "online" })).toEqual(["x", "b9"]);
    expect(found({ show: "offline" })).toEqual(["b10", "y"]);
    expect(found({ door: "rest" })).toEqual(["b9"]);
    expect(found({ door: "ws" })).toEqual(["x"]);
  });

  test("counts those that are online by their door", () => {
    expect([...byDoor(model)].sort()).toEqual([
      ["rest", 1],
      ["ws", 1],
    ]);
  });
});

describe("the rows in sight", () => {
  test("are those of the window and some beside it", () => {
    expect(inSight(0, 440, 44, 5_000, 3)).toEqual({ first: 0, end: 13 });
    expect(inSight(44_000, 440, 44, 5_000, 3)).toEqual({ first: 997, end: 1_013 });
  });

  test("are the last ones when the list has become shorter than the scrolling", () => {
    expect(inSight(44_000, 440, 44, 20, 3)).toEqual({ first: 7, end: 20 });
    expect(inSight(500, 440, 44, 0, 3)).toEqual({ first: 0, end: 0 });
  });
});
