import type { Device as DeviceView, Json, StreamEvent } from "tandem-client";
import { beforeEach, describe, expect, test } from "vitest";

import { applyEvents, emptyModel, hasSwitch, isOn, matching, takeDevices, title, type Model } from "./model";

function view(id: string, more: Partial<DeviceView> = {}): DeviceView {
  const made = { labels: {}, presence: { online: false }, created: 0, version: 1 };
  return { id, name: "", type: "", ...made, ...more };
}

function event(device: string, more: object): StreamEvent {
  const reading = { device, kind: "reading", series: "", time: 1000, value: null, late: false };
  return { ...reading, ...more } as StreamEvent;
}

let model: Model;
beforeEach(() => {
  model = emptyModel();
  takeDevices(model, [view("lamp-1", { name: "Hall lamp", type: "lamp" }), view("lamp-2")]);
});

function device(id: string) {
  const found = model.devices.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

describe("readings", () => {
  test("the latest is the one of the latest time, not the last to arrive", () => {
    applyEvents(model, [event("lamp-1", { series: "power", time: 2000, value: 8 })]);
    applyEvents(model, [event("lamp-1", { series: "power", time: 1000, value: 5, late: true })]);
    expect(device("lamp-1").latest.get("power")).toEqual({ time: 2000, value: 8, late: false });
  });

  test("one of the same time is a correction", () => {
    applyEvents(model, [event("lamp-1", { series: "power", time: 2000, value: 8 })]);
    applyEvents(model, [event("lamp-1", { series: "power", time: 2000, value: 9 })]);
    expect(device("lamp-1").latest.get("power")?.value).toBe(9);
  });

  test("of a device that is not in the list ask for the list", () => {
    const changes = applyEvents(model, [event("new", { series: "x", value: 1 })]);
    expect([...changes.unknown]).toEqual(["new"]);
    expect(changes.devices.size).toBe(0);
    expect(model.readings).toBe(0);
  });

  test("only the devices concerned are said to have changed", () => {
    const changes = applyEvents(model, [event("lamp-2", { series: "x", value: 1 })]);
    expect([...changes.devices]).toEqual(["lamp-2"]);
    expect(changes.list).toBe(false);
  });
});

describe("presence", () => {
  const here = event("lamp-1", { kind: "presence", value: { online: true, door: "ws", since: 900 } });
  const gone = event("lamp-1", { kind: "presence", value: { online: false, door: "ws", since: 950 } });

  test("is counted once however often it is told", () => {
    applyEvents(model, [here, here]);
    expect(model.online).toBe(1);
    applyEvents(model, [gone]);
    expect(model.online).toBe(0);
  });

  test("brings the door and the time", () => {
    applyEvents(model, [here]);
    expect(device("lamp-1")).toMatchObject({ online: true, door: "ws", since: 900 });
  });
});

describe("devices", () => {
  test("come with an event, and go with one", () => {
    const made = { change: "created", version: 1, name: "Pump", type: "pump", labels: {} };
    const changes = applyEvents(model, [
      event("pump-7", { kind: "device", value: made }),
      event("lamp-2", { kind: "device", value: { change: "deleted" } }),
    ]);
    expect(changes.list).toBe(true);
    expect([...model.devices.keys()]).toEqual(["lamp-1", "pump-7"]);
    expect(title(device("pump-7"))).toBe("Pump");
  });

  test("that are deleted while online are no longer counted", () => {
    takeDevices(model, [view("lamp-1", { presence: { online: true } })]);
    applyEvents(model, [event("lamp-1", { kind: "device", value: { change: "deleted" } })]);
    expect(model.online).toBe(0);
  });

  test("keep their readings and stay the same object when the list is read again", () => {
    applyEvents(model, [event("lamp-1", { series: "power", value: 8 })]);
    const before = device("lamp-1");
    takeDevices(model, [view("lamp-1", { name: "Renamed" })]);
    expect(device("lamp-1")).toBe(before);
    expect(before).toMatchObject({ name: "Renamed", latest: new Map([["power", expect.anything()]]) });
    expect(model.devices.has("lamp-2")).toBe(false);
  });

  test("are found by name, id or type, in the order of their names", () => {
    takeDevices(model, [view("b10"), view("b9"), view("x", { name: "A lamp" }), view("y", { type: "b-type" })]);
    expect(matching(model, "").map((found) => found.id)).toEqual(["x", "b9", "b10", "y"]);
    expect(matching(model, " B").map((found) => found.id)).toEqual(["b9", "b10", "y"]);
    expect(matching(model, "LAMP").map((found) => found.id)).toEqual(["x"]);
  });
});

describe("a switch", () => {
  const schema = (params: Json): Json => ({ commands: { set: { params } } });

  test.each<[string, string, Json, boolean]>([
    ["a lamp without a schema", "lamp", null, true],
    ["anything else without a schema", "pump", null, false],
    ["a schema whose set takes on", "plug", schema({ properties: { on: { type: "boolean" } } }), true],
    ["a lamp whose schema has no set", "lamp", { commands: { blink: {} } }, false],
    ["a set without on", "lamp", schema({ properties: { level: {} } }), false],
  ])("for %s", (_name, type, given, expected) => {
    const lamp = device("lamp-1");
    lamp.type = type;
    lamp.schema = given;
    expect(hasSwitch(lamp)).toBe(expected);
  });

  test("shows the reading, else the state, else nothing", () => {
    const lamp = device("lamp-1");
    expect(isOn(lamp)).toBeUndefined();
    applyEvents(model, [event("lamp-1", { kind: "state", value: { version: 1, value: { on: true } } })]);
    expect(isOn(lamp)).toBe(true);
    applyEvents(model, [event("lamp-1", { series: "on", value: false })]);
    expect(isOn(lamp)).toBe(false);
  });
});
