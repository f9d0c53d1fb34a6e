import type { AdviceBrief, AdviceEvent, StreamEvent } from "tandem-client";
import { describe, expect, test } from "vitest";

import { applyEvents, emptyModel, takeDevices, takeMisplaced } from "../model";
import { dearest, pageOf, together, type MisplacedBy } from "./misplaced";

function brief(device: string, bytes: number, more: Partial<AdviceBrief> = {}): AdviceBrief {
  return {
    device,
    door: "rest",
    way: "REST, kept alive",
    advised_door: "ws",
    advised_way: "WebSocket, JSON",
    worth_changing: true,
    reason: "worth",
    says: "A WebSocket would save much.",
    saving: {
      bytes_a_day: bytes,
      messages_a_day: 0,
      handshakes_a_day: 0,
      hub_cpu_s_a_day: 1.25,
      share: 0.54,
    },
    sure: 0.93,
    since: 1,
    last: 2,
    ...more,
  };
}

function told(device: string, more: Partial<AdviceEvent["value"]> = {}): AdviceEvent {
  const value: AdviceEvent["value"] = {
    door: "rest",
    advised_door: "ws",
    worth_changing: true,
    reason: "worth",
    says: "A WebSocket would save 5 kB a day.",
    saving_bytes_a_day: 5_000,
    ...more,
  };
  return { kind: "advice", device, time: 1, value };
}

const fits = { worth_changing: false, reason: "fits", advised_door: "rest" } as const;

function modelOf(...ids: string[]) {
  const model = emptyModel();
  const made = { name: "", type: "", labels: {}, presence: { online: false }, created: 0, version: 1 };
  takeDevices(model, ids.map((id) => ({ id, ...made })));
  return model;
}

const ids = (known: MisplacedBy, door = "") => dearest(known, door).map(({ device }) => device);

describe("those on the wrong door", () => {
  test("are in order of what they cost, equal ones by id", () => {
    const model = modelOf();
    const list = [brief("b", 10), brief("c", 500), brief("a", 10), brief("x", 9_000, fits)];
    takeMisplaced(model, list, []);
    expect(ids(model.misplaced)).toEqual(["c", "a", "b"]);
    expect(together(dearest(model.misplaced))).toEqual({ bytes: 520, cpu: 3.75 });
  });

  test("come and go as the hub tells it", () => {
    const model = modelOf("a", "b");
    takeMisplaced(model, [brief("a", 10)], []);
    applyEvents(model, [told("b"), told("a", fits)]);
    expect(dearest(model.misplaced)).toEqual([
      { device: "b", door: "rest", advised: "ws", says: "A WebSocket would save 5 kB a day.", bytes: 5_000 },
    ]);
  });

  test("of the device that is deleted there is none", () => {
    const model = modelOf("a");
    takeMisplaced(model, [brief("a", 10)], []);
    const gone = { kind: "device", device: "a", time: 2, value: { change: "deleted" } } as StreamEvent;
    applyEvents(model, [gone]);
    expect(model.misplaced.size).toBe(0);
  });

  test("what was told while the list was on its way counts over the list", () => {
    const model = modelOf("a", "b");
    takeMisplaced(model, [brief("a", 10)], [told("a", fits), told("b")]);
    expect(ids(model.misplaced)).toEqual(["b"]);
  });

  test("another list replaces the one before", () => {
    const model = modelOf();
    takeMisplaced(model, [brief("a", 10)], []);
    takeMisplaced(model, [brief("b", 10)], []);
    expect(ids(model.misplaced)).toEqual(["b"]);
  });

  test("can be those of one door", () => {
    const model = modelOf();
    takeMisplaced(model, [brief("a", 10), brief("b", 20, { door: "ws", advised_door: "rest" })], []);
    expect(ids(model.misplaced, "ws")).toEqual(["b"]);
    expect(ids(model.misplaced, "sse")).toEqual([]);
  });

  test("may cost bytes where the radio is worth the change", () => {
    const model = modelOf();
    const { saving } = brief("a", -50);
    takeMisplaced(model, [brief("a", -50, { saving: { ...saving!, radio_on_s_a_day: 900 } })], []);
    expect(dearest(model.misplaced)[0]).toMatchObject({ bytes: -50, radio: 900 });
  });
});

describe("a page of a list", () => {
  const all = Array.from({ length: 45 }, (_, at) => at);
  test.each([
    [0, 0, 0, 20],
    [2, 2, 40, 5],
    [9, 2, 40, 5],
    [-1, 0, 0, 20],
  ])("asked for as number %i is number %i", (wanted, at, first, count) => {
    const page = pageOf(all, wanted, 20);
    expect(page).toMatchObject({ at, pages: 3 });
    expect([page.items[0], page.items.length]).toEqual([first, count]);
  });

  test("of nothing is one without anything", () => {
    expect(pageOf([], 3, 20)).toEqual({ at: 0, pages: 1, items: [] });
  });
});
