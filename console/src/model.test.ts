import type { Device as DeviceView, StreamEvent } from "tandem-client";
import { beforeEach, describe, expect, test } from "vitest";

import {
  applyEvents,
  emptyModel,
  lastReading,
  takeDevice,
  takeDevices,
  takeStale,
  title,
  type Model,
} from "./model";

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

  test("that are read alone take their place in the count, and others stay", () => {
    takeDevice(model, view("pump-7", { created: 5, presence: { online: true, door: "ws" } }));
    takeDevice(model, view("pump-7", { created: 5, presence: { online: true, door: "ws" } }));
    expect(model.online).toBe(1);
    expect(device("pump-7")).toMatchObject({ created: 5, door: "ws" });
    takeDevice(model, view("pump-7"));
    expect(model.online).toBe(0);
    expect(model.devices.size).toBe(3);
  });

  test("that have changed are to be read again: an event does not tell their schema", () => {
    const changed = { change: "updated", version: 2, name: "Hall", labels: { floor: "1" } };
    const changes = applyEvents(model, [event("lamp-1", { kind: "device", value: changed })]);
    expect([...changes.unknown]).toEqual(["lamp-1"]);
    expect(device("lamp-1")).toMatchObject({ name: "Hall", labels: { floor: "1" } });
  });
});

describe("a stale series", () => {
  const stale = (series: string, is: boolean) =>
    event("lamp-1", { kind: "series", series, value: { stale: is, since: 500 } });

  test("makes its device stale, until all of its series are back", () => {
    applyEvents(model, [stale("power", true), stale("on", true), stale("power", true)]);
    expect([...device("lamp-1").stale]).toEqual([
      ["power", 500],
      ["on", 500],
    ]);
    applyEvents(model, [stale("power", false)]);
    expect([...device("lamp-1").stale.keys()]).toEqual(["on"]);
    applyEvents(model, [stale("on", false)]);
    expect(device("lamp-1").stale.size).toBe(0);
  });

  test("is known from the list of series too, which is right about all of them", () => {
    applyEvents(model, [stale("power", true)]);
    takeStale(model, "lamp-1", [{ name: "power" }, { name: "on", stale: true, since: 7 }]);
    expect([...device("lamp-1").stale]).toEqual([["on", 7]]);
    takeStale(model, "lamp-1", []);
    expect(device("lamp-1").stale.size).toBe(0);
    takeStale(model, "nobody", [{ name: "x", stale: true }]);
    expect(model.devices.has("nobody")).toBe(false);
  });
});

describe("what was seen of a device's presence", () => {
  const presence = (online: boolean, door: string, since: number) =>
    event("lamp-1", { kind: "presence", value: { online, door, since } });

  test("is kept in its order, and what is told twice once", () => {
    applyEvents(model, [presence(true, "ws", 1), presence(true, "ws", 2), presence(false, "ws", 3)]);
    expect(device("lamp-1").changes).toEqual([
      { time: 1, online: true, door: "ws" },
      { time: 3, online: false, door: "ws" },
    ]);
  });

  test("does not grow without end", () => {
    for (let at = 0; at < 250; ++at) applyEvents(model, [presence(at % 2 === 0, "ws", at)]);
    expect(device("lamp-1").changes).toHaveLength(100);
    expect(device("lamp-1").changes.at(-1)?.time).toBe(249);
  });
});

test("the newest reading of a device is that of any of its series", () => {
  expect(lastReading(device("lamp-1"))).toBeUndefined();
  applyEvents(model, [
    event("lamp-1", { series: "a", time: 3000, value: 1 }),
    event("lamp-1", { series: "b", time: 2000, value: 1 }),
  ]);
  expect(lastReading(device("lamp-1"))).toBe(3000);
});
