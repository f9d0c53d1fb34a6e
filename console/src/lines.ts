// Lines to paste elsewhere: the same request as curl, over a WebSocket, in TypeScript, in C++. What
// is put into a shell's quotes cannot end them.

import type { Json } from "tandem-client";

/** A word of a POSIX shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function socketUrl(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/v1/stream`;
}

/** How a fresh device sends its first reading, by way. */
export function firstLines(origin: string, key: string): Record<string, string> {
  const reading = { temperature: 21.5 };
  const body = JSON.stringify(reading);
  const message = JSON.stringify({ op: "telemetry.write", path: { device: "me" }, body: reading });
  const bearer = `Authorization: Bearer ${key}`;
  return {
    curl: `curl -H ${quoted(bearer)} --json ${quoted(body)} ${origin}/v1/me/telemetry`,
    socket:
      `wscat -c ${socketUrl(origin)} -s tandem.v1.json -H ${quoted(bearer)} ` +
      `-w 1 -x ${quoted(message)}`,
    typescript:
      `import { Tandem } from "tandem-client";\n\n` +
      `const hub = new Tandem({ url: ${JSON.stringify(origin)}, token: ${JSON.stringify(key)} });\n` +
      `await hub.telemetry.write("me", ${body});`,
    python:
      `import json, urllib.request\n\n` +
      `request = urllib.request.Request(\n` +
      `    "${origin}/v1/me/telemetry",\n` +
      `    data=json.dumps(${body}).encode(),\n` +
      `    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"})\n` +
      `print(urllib.request.urlopen(request).read().decode())`,
    tandem: `TANDEM_KEY=${key} tandem post me temperature=21.5 --url ${origin}`,
  };
}

export interface Asked {
  method: string;
  target: string;
  headers: [string, string][];
  body: string;
}

/** A request as a line for a shell, with a key from the environment. */
export function asCurl(origin: string, { method, target, headers, body }: Asked): string {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  parts.push("-H", '"Authorization: Bearer $TANDEM_KEY"');
  for (const [name, value] of headers) {
    if (name !== "accept") parts.push("-H", quoted(`${name}: ${value}`));
  }
  if (body !== "") parts.push("-d", quoted(body));
  parts.push(quoted(origin + target));
  return parts.join(" ");
}

/** A message of a WebSocket as a line for wscat. */
export function asWscat(origin: string, message: string): string {
  return (
    `wscat -c ${socketUrl(origin)} -s tandem.v1.json -H "Authorization: Bearer $TANDEM_KEY" ` +
    `-w 2 -x ${quoted(message)}`
  );
}

/** An operation with what belongs to it, at whichever door. */
export interface Operation {
  op: string;
  path: Record<string, string>;
  query: Record<string, Json>;
  headers: Record<string, string>;
  body: Json | undefined;
}

function camel(text: string): string {
  return text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The same as a message of the WebSocket door. */
export function asMessage({ op, path, query, headers, body }: Operation): string {
  const filled = (object: object): boolean => Object.keys(object).length > 0;
  return JSON.stringify({
    id: 1,
    op,
    ...(filled(path) ? { path } : {}),
    ...(filled(query) ? { query } : {}),
    ...(filled(headers) ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
  });
}

/** With the TypeScript client of sdk/js. */
export function asTypeScript(origin: string, operation: Operation): string {
  const { op, path, query, headers, body } = operation;
  const [space = "", method = ""] = op.split(".");
  const options: Record<string, Json> = { ...query };
  const names: Record<string, string> = { "if-match": "ifMatch", "if-none-match": "ifNoneMatch" };
  for (const [name, value] of Object.entries(headers)) {
    const known = names[name];
    if (known !== undefined) options[known] = value;
    if (name === "prefer") options.prefer = value;
  }
  const given = [...Object.values(path).map((each) => JSON.stringify(each))];
  if (body !== undefined) given.push(JSON.stringify(body, null, 2));
  if (Object.keys(options).length > 0) given.push(JSON.stringify(options));
  const subscribe = op === "stream.subscribe";
  const call = subscribe
    ? `for await (const item of hub.stream(${JSON.stringify(body ?? {}, null, 2)})) console.log(item);`
    : `console.log(await hub.${camel(space)}.${camel(method)}(${given.join(", ")}));`;
  return (
    `import { Tandem } from "tandem-client";\n\n` +
    `const hub = new Tandem({ url: ${JSON.stringify(origin)}, token: process.env.TANDEM_KEY });\n` +
    call
  );
}

function rawString(text: string): string {
  // A delimiter that does not occur in it.
  let delimiter = "";
  while (text.includes(`)${delimiter}"`)) delimiter += "x";
  return `R"${delimiter}(${text})${delimiter}"`;
}

/** With the hub's own C++ client, src/client: `client` is any HubClient. */
export function asCpp({ op, path, query, headers, body }: Operation): string {
  const members = [`.operation = ${JSON.stringify(op)}`];
  const parts: [string, Json | undefined][] = [
    ["path", path],
    ["query", query],
    ["headers", headers],
    ["body", body],
  ];
  for (const [name, value] of parts) {
    const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (value === undefined || (empty && name !== "body")) continue;
    members.push(`.${name} = tandem::codec::parse_json(${rawString(JSON.stringify(value))}).value()`);
  }
  return (
    `tandem::client::Call call{${members.join(",\n                           ")}};\n` +
    `auto reply = co_await client.call(std::move(call));`
  );
}
