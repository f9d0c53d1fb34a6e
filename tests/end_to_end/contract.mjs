// The committed documents as the tests use them: every operation with its example, and how it is
// asked for at each door.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../spec/${name}`, import.meta.url));

/** The text of a file of spec/. */
export const specText = (name) => readFileSync(path(name), "utf8");
export const specPath = path;
export const openapi = JSON.parse(specText("openapi.json"));
export const asyncapi = JSON.parse(specText("asyncapi.json"));

/** Follows a `$ref` within `document`. */
export function resolve(document, value) {
  if (value?.$ref === undefined) return value;
  const names = value.$ref.slice(2).split("/");
  const found = names.reduce(
    (at, name) => at[name.replaceAll("~1", "/").replaceAll("~0", "~")],
    document,
  );
  return resolve(document, found);
}

const textOf = (value) => (Array.isArray(value) ? value.join(",") : String(value));

/** What the REST door has: `{name, method, path, open, parameters, body, responses}` each. */
export const restOperations = Object.entries(openapi.paths).flatMap(([template, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: operation.operationId,
    method: method.toUpperCase(),
    path: template,
    // Nobody has to say who is calling.
    open:
      operation.security.length === 0 ||
      operation.security.some((each) => Object.keys(each).length === 0),
    parameters: operation.parameters ?? [],
    body: operation.requestBody?.content["application/json"],
    responses: operation.responses,
  })),
);

/** What the WebSocket door has: `{name, message}` each, the message being the example. */
export const socketOperations = Object.entries(asyncapi.operations)
  .filter(([, operation]) => operation.action === "receive")
  .map(([key, operation]) => ({
    name: operation.title,
    message: asyncapi.components.messages[key].examples[0].payload,
  }));

/**
 * The example of an operation as a request. `known` has values for parameters of the path, by name,
 * in the place of the example's.
 */
export function restExample(operation, known = {}) {
  const of = (place) =>
    operation.parameters.filter((each) => each.in === place && each.example !== undefined);
  let target = operation.path;
  for (const { name, example } of of("path")) {
    target = target.replace(`{${name}}`, encodeURIComponent(known[name] ?? example));
  }
  const query = new URLSearchParams(
    of("query").map(({ name, example }) => [name, textOf(example)]),
  );
  const headers = Object.fromEntries(
    of("header")
      .filter(({ name }) => !["Idempotency-Key", "If-None-Match"].includes(name))
      .map(({ name, example }) => [name.toLowerCase(), example]),
  );
  return {
    method: operation.method,
    path: query.size || String(query) ? `${target}?${query}` : target,
    headers,
    body: operation.body?.example,
  };
}
