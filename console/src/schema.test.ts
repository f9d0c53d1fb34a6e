import type { Json } from "tandem-client";
import { describe, expect, test } from "vitest";

import { commandsOf, currentOf, fieldsOf, startOf, widgetOf } from "./schema";

describe("a widget", () => {
  test.each<[string, Json, object]>([
    ["on", { type: "boolean" }, { kind: "switch" }],
    ["brightness", { type: "number", minimum: 0, maximum: 100 }, { kind: "slider", step: 1 }],
    ["level", { type: "integer", minimum: 0, maximum: 5 }, { kind: "slider", step: 1 }],
    ["ratio", { type: "number", minimum: 0, maximum: 1 }, { kind: "slider", step: 0.01 }],
    ["target", { type: "number", minimum: 5, maximum: 30 }, { kind: "number", min: 5, max: 30 }],
    ["rpm", { type: "integer", minimum: 0, maximum: 9000 }, { kind: "number", step: 1 }],
    ["mode", { enum: ["eco", "boost"] }, { kind: "choice", options: ["eco", "boost"] }],
    ["color", { type: "string" }, { kind: "colour" }],
    ["text", { type: "string", maxLength: 8 }, { kind: "text", maxLength: 8 }],
    ["list", { type: "array" }, { kind: "json" }],
    ["what", null, { kind: "json" }],
  ])("for %s %j is %j", (name, schema, expected) => {
    expect(widgetOf(name, schema)).toMatchObject(expected);
  });
});

test.each<[Json, Json]>([
  [{ type: "boolean" }, false],
  [{ type: "number", minimum: 5, maximum: 30 }, 5],
  [{ type: "integer" }, 0],
  [{ enum: ["eco", "boost"] }, "eco"],
  [{ type: "string" }, ""],
])("a field of %j begins with %j, which fits", (schema, expected) => {
  expect(startOf(widgetOf("x", schema))).toEqual(expected);
});

test("fields are the members of an object, with what is needed", () => {
  const schema: Json = {
    properties: { on: { type: "boolean", title: "Light" }, level: { type: "number" } },
    required: ["level"],
  };
  expect(fieldsOf(schema)).toMatchObject([
    { name: "on", title: "Light", required: false },
    { name: "level", title: "level", required: true },
  ]);
  expect(fieldsOf(null)).toEqual([]);
});

describe("the commands of a device", () => {
  const of = (type: string, schema: Json) => commandsOf({ type, schema });

  test("are those that it declares", () => {
    const schema: Json = {
      commands: { set: { params: { properties: { on: { type: "boolean" } } } }, reset: {} },
    };
    expect(of("plug", schema)).toMatchObject([
      { name: "set", free: false, fields: [{ name: "on" }] },
      { name: "reset", free: false, fields: [] },
    ]);
  });

  test("with parameters that are no object are typed", () => {
    expect(of("x", { commands: { go: { params: { type: "array" } } } })).toMatchObject([{ free: true }]);
  });

  test("are anything when it declares nothing, but a lamp is switched", () => {
    expect(of("pump", null)).toBeUndefined();
    expect(of("lamp", null)).toMatchObject([{ name: "set", fields: [{ name: "on" }] }]);
    expect(of("lamp", { commands: {} })).toEqual([]);
  });
});

test("what a device is now comes from its reading, else from its state", () => {
  const latest = new Map([["on", { time: 1, value: false, late: false }]]);
  const device = { latest, state: { on: true, brightness: 40 } };
  expect(currentOf(device, "on")).toBe(false);
  expect(currentOf(device, "brightness")).toBe(40);
  expect(currentOf(device, "set_brightness")).toBe(40);
  expect(currentOf(device, "other")).toBeUndefined();
});
