import { expect, test } from "vitest";

import asyncapi from "../../../spec/asyncapi.json";
import openapi from "../../../spec/openapi.json";
import type { Json } from "tandem-client";
import { matches, readReference, resolve, type Operation } from "./model";
import { curl, pretty, target } from "./sample";
import { bounds, linesOf, typeText } from "./schema";

const document = (value: unknown) => value as { [key: string]: Json };
const reference = readReference(document(openapi), document(asyncapi));
const named = (name: string): Operation => {
  const found = reference.operations.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test("an operation of both doors is one, with what each door takes", () => {
  const create = named("devices.create");
  expect(create.rest).toMatchObject({ method: "POST", path: "/v1/devices", open: false });
  expect(create.socket?.message).toMatchObject({ op: "devices.create" });
  expect(create.socket?.replies.map((each) => each.name)).toEqual(["success", "problem"]);
  expect(reference.operations.filter((each) => each.name === "devices.create")).toHaveLength(1);
});

test("what one door alone has is there with that door", () => {
  expect(named("tickets.create").socket).toBeUndefined();
  expect(named("stream.subscribe").rest).toBeUndefined();
  expect(named("session.begin").rest?.open).toBe(true);
});

test("every operation has a tag that is told of", () => {
  const tags = reference.tags.map((each) => each.name);
  for (const { name, tag } of reference.operations) expect(tags, name).toContain(tag);
});

test("problems of an answer come with an example each", () => {
  const missing = named("devices.get").rest?.answers.find((each) => each.status === "404");
  expect(missing?.problems.map((each) => each.name)).toEqual(["not-found"]);
  expect(missing?.problems[0]?.example).toMatchObject({ type: "/problems/not-found" });
});

test("what the hub sends by itself has a schema and an example", () => {
  expect(reference.notices.map((each) => each.name)).toEqual([
    "hello",
    "events",
    "gap",
    "command",
    "config",
    "ack",
    "credential",
    "goaway",
    "limits",
  ]);
  for (const each of reference.notices) expect(each.example).toBeDefined();
});

test.each([
  ["", true],
  ["devices.get", true],
  ["GET {device}", true],
  ["not-found", true],
  ["DEVICES.GET", true],
  ["stream", false],
  ["devices nonsense", false],
])("the search %j finds devices.get: %j", (wanted, expected) => {
  expect(matches(named("devices.get"), wanted)).toBe(expected);
});

test("a reference that leads nowhere or in a circle gives nothing", () => {
  expect(resolve({}, { $ref: "#/a/b" })).toEqual({});
  expect(resolve({ a: { $ref: "#/a" } }, { $ref: "#/a" })).toHaveProperty("$ref");
  expect(resolve({ "a/b": { c: 1 } }, { $ref: "#/a~1b" })).toEqual({ c: 1 });
});

test("a command line has the method, the key, the body and parameters as they are sent", () => {
  const write = named("telemetry.write").rest;
  if (write === undefined) throw new Error("no REST");
  const line = curl(write, "https://hub.example");
  expect(line).toContain("-X POST 'https://hub.example/v1/devices/lamp-1/telemetry'");
  expect(line).toContain('-H "Authorization: Bearer $TANDEM_KEY"');
  expect(line).toContain("-H 'Content-Type: application/json'");
  const history = named("telemetry.read").rest;
  if (history === undefined) throw new Error("no REST");
  expect(target(history)).toBe("/v1/devices/lamp-1/telemetry?series=power&limit=10");
});

test("a quote in an example cannot end the shell's word", () => {
  const rest = named("devices.create").rest;
  if (rest?.body === undefined) throw new Error("no body");
  const forms = [{ type: "application/json", schema: {}, example: { name: "it's" } }];
  const line = curl({ ...rest, body: { required: true, forms } }, "http://h");
  expect(line).toContain(`-d '{"name":"it'\\''s"}'`);
});

test("a schema becomes lines with types and bounds", () => {
  const schema = {
    type: "object",
    required: ["a"],
    properties: {
      a: { type: "integer", minimum: 1, maximum: 9, description: "How many." },
      b: { type: "array", items: { type: "object", properties: { c: { enum: ["x", "y"] } } } },
    },
  };
  expect(linesOf({}, schema)).toMatchObject([
    {
      name: "a",
      type: "integer",
      required: true,
      bounds: ["at least 1", "at most 9"],
      says: "How many.",
    },
    {
      name: "b",
      type: "list of object",
      required: false,
      inner: [{ name: "c", bounds: ["x, y"] }],
    },
  ]);
  expect(typeText({}, { oneOf: [{ type: "string" }, { type: "null" }] })).toBe("string or null");
  expect(typeText({}, {})).toBe("anything");
  expect(bounds({ const: "x" })).toEqual(["exactly x"]);
});

test("a schema that holds itself is shown to a depth", () => {
  const circle = { a: { type: "object", properties: { next: { $ref: "#/a" } } } };
  expect(JSON.stringify(linesOf(circle, { $ref: "#/a" })).length).toBeLessThan(2_000);
});

test("what is short stays on its line", () => {
  expect(pretty({ a: [1, 2] })).toBe('{"a":[1,2]}');
  expect(pretty({ a: "x".repeat(40), b: "y".repeat(40) })).toBe(
    `{\n  "a": "${"x".repeat(40)}",\n  "b": "${"y".repeat(40)}"\n}`,
  );
});
