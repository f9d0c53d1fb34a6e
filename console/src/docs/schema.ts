// A JSON Schema as lines that people read: name, type, bounds, meaning.

import type { Json } from "tandem-client";
import { resolve, type Schema } from "./model";

export interface Line {
  name: string;
  type: string;
  required: boolean;
  /** Bounds and choices. */
  bounds: string[];
  says: string;
  inner: Line[];
}

const kDepth = 6;

const plain = (value: Json | undefined): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** `string`, `list of Device`, `one of 2`. */
export function typeText(document: Schema, schema: Schema): string {
  const named = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  const full = resolve(document, schema);
  if (named !== undefined && full.type === "object") return named;
  if (Array.isArray(full.type)) return full.type.map(plain).join(" or ");
  if (full.type === "array") return `list of ${typeText(document, resolve(document, full.items))}`;
  if (typeof full.type === "string") return named ? `${named} (${full.type})` : full.type;
  const choices = full.oneOf ?? full.anyOf;
  if (Array.isArray(choices)) {
    return [...new Set(choices.map((each) => typeText(document, each as Schema)))].join(" or ");
  }
  return "anything";
}

/** What is said of a schema, or of the first of its choices. */
export function meaningOf(document: Schema, schema: Schema): string {
  const full = resolve(document, schema);
  const choices = full.oneOf ?? full.anyOf;
  if (typeof full.description === "string") return full.description;
  return Array.isArray(choices) ? meaningOf(document, choices[0] as Schema) : "";
}

const kBounds: [keyof Schema, (value: Json) => string][] = [
  ["const", (value) => `exactly ${plain(value)}`],
  ["enum", (value) => (value as Json[]).map(plain).join(", ")],
  ["minimum", (value) => `at least ${plain(value)}`],
  ["maximum", (value) => `at most ${plain(value)}`],
  ["minLength", (value) => `${plain(value)} bytes or more`],
  ["maxLength", (value) => `up to ${plain(value)} bytes`],
  ["maxItems", (value) => `up to ${plain(value)} items`],
  ["maxProperties", (value) => `up to ${plain(value)} entries`],
  ["pattern", (value) => plain(value)],
];

export function bounds(schema: Schema): string[] {
  return kBounds.flatMap(([keyword, say]) => {
    const value = schema[keyword];
    return value === undefined ? [] : [say(value)];
  });
}

/** The members of an object, or of a list's items; none of what has no members. */
export function linesOf(document: Schema, schema: Schema, depth = kDepth): Line[] {
  const full = resolve(document, schema);
  if (depth === 0) return [];
  if (full.type === "array") return linesOf(document, resolve(document, full.items), depth - 1);
  const choices = full.oneOf ?? full.anyOf;
  if (Array.isArray(choices)) {
    return choices.flatMap((each) => linesOf(document, each as Schema, depth - 1));
  }
  const required = Array.isArray(full.required) ? full.required : [];
  const members = Object.entries((full.properties ?? {}) as Record<string, Schema>);
  const lines = members.map(([name, each]) => lineOf(document, name, each, depth, required));
  const others = full.additionalProperties;
  if (typeof others === "object" && others !== null) {
    lines.push(lineOf(document, "any name", others as Schema, depth, []));
  }
  return lines;
}

function lineOf(document: Schema, name: string, schema: Schema, depth: number, required: Json[]) {
  const full = resolve(document, schema);
  return {
    name,
    type: typeText(document, schema),
    required: required.includes(name),
    bounds: bounds(full),
    says: String(schema.description ?? full.description ?? ""),
    inner: linesOf(document, schema, depth - 1),
  };
}
