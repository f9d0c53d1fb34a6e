import { describe, expect, test } from "vitest";

import { readFrame } from "./frames";

describe("a frame", () => {
  test("of events names the subscription, the cursor and each event", () => {
    const frame = '{"sub":3,"cur":"Kx1","ev":[{"d":"lamp-1","s":"power","t":1732387200000,"v":8.1}]}';
    expect(readFrame(frame)).toEqual([
      {
        kind: "events",
        sub: 3,
        cursor: "Kx1",
        events: [
          { device: "lamp-1", kind: "reading", series: "power", time: 1732387200000, value: 8.1, late: false },
        ],
      },
    ]);
  });

  test("may hold a list of messages", () => {
    const kinds = readFrame('[{"hello":{}},{"id":1,"status":200,"body":{"sub":1}}]').map((m) => m.kind);
    expect(kinds).toEqual(["hello", "reply"]);
  });

  test("tells of a gap with its count and reason", () => {
    expect(readFrame('{"sub":3,"gap":{"from":"a","to":"b","n":132,"why":"slow"}}')).toEqual([
      { kind: "gap", sub: 3, to: "b", count: 132, why: "slow" },
    ]);
  });

  test("tells of a gap before the events that follow it in the same message", () => {
    const frame =
      '{"sub":3,"cur":"c","gap":{"from":"a","to":"b","n":2,"why":"conflated"},' +
      '"ev":[{"d":"a","s":"x","t":1,"v":5}]}';
    expect(readFrame(frame).map((message) => message.kind)).toEqual(["gap", "events"]);
  });

  test("without events moves the cursor alone", () => {
    expect(readFrame('{"sub":3,"cur":"c"}')).toEqual([{ kind: "events", sub: 3, cursor: "c", events: [] }]);
  });

  test("of a refusal keeps the problem", () => {
    const [message] = readFrame('{"id":1,"status":403,"problem":{"title":"No","detail":"not you"}}');
    expect(message).toMatchObject({ kind: "reply", status: 403, problem: { detail: "not you" } });
  });

  test("marks late readings and other kinds of event", () => {
    const frame =
      '{"sub":1,"cur":"c","ev":[{"d":"a","s":"x","t":1,"v":null,"late":true},' +
      '{"d":"a","k":"presence","t":2,"v":{"online":true}}]}';
    const [message] = readFrame(frame);
    expect(message?.kind === "events" && message.events.map((event) => [event.kind, event.late])).toEqual([
      ["reading", true],
      ["presence", false],
    ]);
  });

  test.each([
    ["not JSON", "{", []],
    ["a bare value", "7", [{ kind: "unknown" }]],
    ["nothing known", '{"limits":{}}', [{ kind: "unknown" }]],
    ["a reply without a status", '{"id":1}', [{ kind: "unknown" }]],
    ["an event without a device", '{"sub":1,"cur":"c","ev":[{"t":1,"v":2},5]}', [
      { kind: "events", sub: 1, cursor: "c", events: [] },
    ]],
  ])("with %s breaks nothing", (_name, frame, expected) => {
    expect(readFrame(frame)).toEqual(expected);
  });
});
