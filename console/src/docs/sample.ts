// Examples as one types them: a command line for REST, a message for the socket.

import type { Json } from "tandem-client";
import { quoted } from "../lines";
import type { Field, Rest } from "./model";

const valueText = (value: Json): string =>
  Array.isArray(value)
    ? value.map(valueText).join(",")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

function given(rest: Rest, place: string): Field[] {
  return rest.parameters.filter((each) => each.place === place && each.example !== undefined);
}

/** The path with the example's parameters in it. */
export function target(rest: Rest): string {
  let path = rest.path;
  for (const { name, example } of given(rest, "path")) {
    path = path.replace(`{${name}}`, encodeURIComponent(valueText(example ?? "")));
  }
  const query = given(rest, "query").map(
    ({ name, example }) =>
      `${name}=${encodeURIComponent(valueText(example ?? "")).replaceAll("%2C", ",")}`,
  );
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

/** Header fields that the example needs: those that only may be sent are left out. */
const kOptional = ["Idempotency-Key", "If-None-Match"];

export function curl(rest: Rest, origin: string): string {
  const lines = [
    `curl ${rest.method === "GET" ? "" : `-X ${rest.method} `}${quoted(origin + target(rest))}`,
  ];
  if (!rest.open) lines.push('-H "Authorization: Bearer $TANDEM_KEY"');
  for (const { name, example } of given(rest, "header")) {
    if (!kOptional.includes(name))
      lines.push(`-H ${quoted(`${name}: ${valueText(example ?? "")}`)}`);
  }
  const body = rest.body?.forms.find((each) => each.type === "application/json");
  if (body?.example !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body.example))}`);
  }
  return lines.join(" \\\n  ");
}

/** JSON as people read it: short things stay on a line. */
export function pretty(value: Json, indent = ""): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= 64 || typeof value !== "object" || value === null) return line;
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((each) => deeper + pretty(each, deeper))
    : Object.entries(value).map(
        ([name, each]) => `${deeper}${JSON.stringify(name)}: ${pretty(each, deeper)}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.join(",\n")}\n${indent}${close}`;
}
