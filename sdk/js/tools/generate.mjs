// Makes three files of src/ from the documents of the hub: schemas.ts, types of everything that is
// sent and answered; api.ts, the interface with one method for each operation; operations.ts, the
// table of them.
//   node tools/generate.mjs            writes them
//   node tools/generate.mjs --check    fails when one is not up to date
import { readFileSync, writeFileSync } from "node:fs";

const kSpec = new URL("../../../spec/", import.meta.url);
const kOut = new URL("../src/", import.meta.url);
const kWidth = 96; // of comments
const kLineMax = 101; // with its end

const openapi = JSON.parse(readFileSync(new URL("openapi.json", kSpec), "utf8"));
const asyncapi = JSON.parse(readFileSync(new URL("asyncapi.json", kSpec), "utf8"));

// What the documents say of a history is `object`: these types say more. See src/history.ts.
const kBetterResults = { "telemetry.read": "History" };
// These the client does by itself on its socket.
const kOwn = new Set(["auth", "stream.subscribe", "stream.unsubscribe", "stream.credit"]);
// Options that come together in many calls: types of src/options.ts, and what they say of each. Where
// an operation says something else, it has the option itself.
const kMixins = {
  Guarded: {
    ifMatch: "Only if it has this version.",
    ifNoneMatch: "`*`: only if it does not exist.",
  },
  Known: { ifNoneMatch: "The version that the caller has: 304 while it is the same." },
  Paged: { limit: "How many at most.", cursor: "`next` of the page before." },
};
// Schemas of bodies that are no JSON.
const kNotJson = new Set(["Xml", "EventStream", "SenmlXml", "Csv", "Ndjson"]);

const schemas = { ...asyncapi.components.schemas, ...openapi.components.schemas };
const nameOfRef = (ref) => ref.split("/").pop();
const isName = (text) => /^[A-Za-z_$][\w$]*$/.test(text);
const quoted = (text) => (isName(text) ? text : JSON.stringify(text));
const camel = (text) => text.replace(/[_-]+(\w)/g, (_, letter) => letter.toUpperCase());

// --- the operations -----------------------------------------------------------------------------

// What a header field is called among the options of a call; `mixin`: a type that has it.
function headerOption(parameter) {
  if (parameter.name === "Prefer") return { mixin: "Waiting" };
  if (parameter.name === "Idempotency-Key") return { mixin: "Once" };
  const name = camel(parameter.name);
  const description = parameter.description ?? parameter.schema.description;
  return { name: name[0].toLowerCase() + name.slice(1), type: "string", description };
}

function jsonBody(content) {
  return content?.["application/json"]?.schema;
}

function operationOf(path, method, item) {
  const parameters = item.parameters ?? [];
  const successes = Object.entries(item.responses).filter(([status]) => /^2/.test(status));
  const result = successes.map(([, response]) => jsonBody(response.content)).find(Boolean);
  return {
    name: item.operationId,
    method: method.toUpperCase(),
    path,
    socket: item["x-tandem-websocket"] === true,
    summary: item.summary,
    scope: item["x-tandem-scope"],
    inPath: parameters.filter((each) => each.in === "path"),
    inQuery: parameters.filter((each) => each.in === "query"),
    inHeader: parameters.filter((each) => each.in === "header"),
    body: jsonBody(item.requestBody?.content),
    bodyRequired: item.requestBody?.required === true,
    result,
  };
}

const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, each]) => operationOf(path, method, each)),
);

// One path and method of REST serve two operations: `commands.take` is `commands.list` that waits.
// Only the other document has it by its name.
for (const [key, item] of Object.entries(asyncapi.operations)) {
  const known = operations.some((each) => each.name === item.title);
  if (item.action !== "receive" || known || kOwn.has(item.title)) continue;
  if (item.title !== "commands.take") throw new Error(`${item.title} is new: how is it on REST?`);
  const list = operations.find((each) => each.name === "commands.list");
  const { query } = asyncapi.components.messages[key].payload.properties;
  list.inHeader = [];
  list.inQuery = list.inQuery.filter((each) => each.name !== "lease");
  const { status, ...more } = query.properties;
  operations.push({
    ...list,
    name: item.title,
    summary: item.summary,
    scope: /scope `([^`]+)`/.exec(item.description)[1],
    inQuery: Object.entries(more).map(([name, schema]) => ({ name, in: "query", schema })),
    inHeader: [{ name: "Prefer", in: "header", description: "For the first of them." }],
    fixed: { query: { status: status.enum[0] }, prefer: "wait=0" },
  });
}
operations.sort((one, other) => (one.name < other.name ? -1 : 1));

// --- types --------------------------------------------------------------------------------------

function refsIn(value, found) {
  if (Array.isArray(value)) {
    for (const each of value) refsIn(each, found);
  } else if (value !== null && typeof value === "object") {
    for (const [key, each] of Object.entries(value)) {
      if (key === "$ref" && each.startsWith("#/components/schemas/")) {
        const name = nameOfRef(each);
        if (!found.has(name)) {
          found.add(name);
          refsIn(schemas[name], found);
        }
      } else {
        refsIn(each, found);
      }
    }
  }
  return found;
}

const isTime = (schema) =>
  schema.anyOf?.length === 2 &&
  schema.anyOf.some((each) => each.type === "number") &&
  schema.anyOf.some((each) => each.format === "date-time");

function commented(text, indent) {
  if (!text) return "";
  const words = text.replaceAll("*/", "* /").split(/\s+/);
  const lines = [""];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last.length + word.length + 1 > kWidth - indent.length - 3 && last !== "") lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  if (lines.length === 1 && lines[0].length < kWidth - indent.length - 6) {
    return `${indent}/** ${lines[0]} */\n`;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

// `sent`: a client may write a time as text; the hub answers with milliseconds.
function typeOf(schema, sent, indent) {
  if (schema === undefined || schema === true) return "Json";
  if (schema.$ref) return nameOfRef(schema.$ref);
  if (isTime(schema)) return sent ? "Time" : "number";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return unionOf(several.map((each) => typeOf(each, sent, indent)));
  if (Array.isArray(schema.type)) {
    return unionOf(schema.type.map((type) => typeOf({ ...schema, type }, sent, indent)));
  }
  switch (schema.type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return listOf(typeOf(schema.items, sent, indent));
    case "object":
      return objectOf(schema, sent, indent);
    default:
      return "Json";
  }
}

const unionOf = (types) => [...new Set(types)].join(" | ");
const listOf = (type) => (/^\w+$/.test(type) ? `${type}[]` : `Array<${type}>`);

function objectOf(schema, sent, indent) {
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) {
    const value = schema.additionalProperties;
    const type = typeof value === "object" ? typeOf(value, sent, indent) : "Json";
    return `Record<string, ${type}>`;
  }
  const required = new Set(schema.required ?? []);
  const inner = `${indent}  `;
  const lines = members.map(([name, each]) => {
    const optional = required.has(name) ? "" : "?";
    const type = typeOf(each, sent, inner);
    // Answers have milliseconds.
    const told = each.description;
    const known = isTime(each) && !sent ? told?.replace(", or RFC 3339 text", "") : told;
    return `${commented(known, inner)}${inner}${quoted(name)}${optional}: ${type};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

const sentNames = refsIn(
  [...operations.map((each) => each.body), { $ref: "#/components/schemas/StreamSubscribe" }],
  new Set(),
);
const usedNames = refsIn([...operations.map((each) => each.result)], new Set(sentNames));
usedNames.add("Problem");

// What a page of a list is of; undefined where it is something else.
function itemOf({ properties = {} }) {
  const { items, next, ...more } = properties;
  const isPage = items?.items?.$ref && next?.type === "string" && Object.keys(more).length === 0;
  return isPage ? nameOfRef(items.items.$ref) : undefined;
}

function schemaText(name) {
  const schema = schemas[name];
  const item = itemOf(schema);
  if (item !== undefined) return `export type ${name} = Page<${item}>;\n`;
  const text = typeOf(schema, sentNames.has(name), "");
  const head = commented(schema.description, "");
  return text.startsWith("{") && !schema.oneOf && !schema.anyOf
    ? `${head}export interface ${name} ${text}\n`
    : `${head}export type ${name} = ${text};\n`;
}

// --- the interface ------------------------------------------------------------------------------

function resultOf(operation) {
  if (kBetterResults[operation.name]) return kBetterResults[operation.name];
  return operation.result === undefined ? "void" : typeOf(operation.result, false, "    ");
}

function optionsOf(operation) {
  const fields = operation.inHeader.map(headerOption);
  let options = [
    ...operation.inQuery.map((each) => ({
      name: each.name,
      type: typeOf(each.schema, true, "      "),
      description: each.description ?? each.schema.description,
    })),
    ...fields.filter((each) => each.name !== undefined),
  ];
  const types = ["CallOptions", ...fields.flatMap((each) => each.mixin ?? [])];
  for (const [type, says] of Object.entries(kMixins)) {
    const same = ({ name, description = says[name] }) => says[name] && description === says[name];
    if (options.filter(same).length < Object.keys(says).length) continue;
    types.push(type);
    options = options.filter((each) => !same(each));
  }
  if (options.length > 0) {
    const lines = options.map(
      ({ name, type, description }) =>
        `${commented(description, "        ")}        ${quoted(name)}?: ${type} | undefined;\n`,
    );
    types.push(`{\n${lines.join("")}      }`);
  }
  return types.join(" & ");
}

function methodText(operation) {
  const method = camel(operation.name.split(".").slice(1).join("_"));
  const parameters = operation.inPath.map((each) => `${each.name}: string`);
  if (operation.body !== undefined) {
    const type = typeOf(operation.body, true, "      ");
    parameters.push(`body${operation.bodyRequired ? "" : "?"}: ${type}`);
  }
  parameters.push(`options?: ${optionsOf(operation)}`);
  const scope = operation.scope ? ` Needs the scope \`${operation.scope}\`.` : "";
  const note = `${operation.summary}${scope} \`${operation.method} ${operation.path}\``;
  const result = `Promise<${resultOf(operation)}>`;
  const line = `    ${method}(${parameters.join(", ")}): ${result};\n`;
  if (line.length <= kLineMax && line.indexOf("\n") === line.length - 1) {
    return commented(note, "    ") + line;
  }
  const list = parameters.map((each) => `      ${each},\n`).join("");
  return `${commented(note, "    ")}    ${method}(\n${list}    ): ${result};\n`;
}

function apiText() {
  const spaces = new Map();
  for (const operation of operations) {
    const space = camel(operation.name.split(".")[0]);
    spaces.set(space, (spaces.get(space) ?? "") + methodText(operation));
  }
  const text = [...spaces].map(([name, methods]) => `  ${name}: {\n${methods}  };\n`).join("");
  return `/** A method for each operation of the hub. */\nexport interface Api {\n${text}}\n`;
}

function rowText(operation) {
  const row = {
    method: operation.method,
    path: operation.path,
    body: operation.body !== undefined,
    socket: operation.socket,
    once: operation.inHeader.some((each) => each.name === "Idempotency-Key"),
  };
  if (operation.fixed) row.fixed = operation.fixed;
  const members = Object.entries(row).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const line = `  ${JSON.stringify(operation.name)}: { ${members.join(", ")} },\n`;
  if (line.length <= kLineMax) return line;
  const inner = `    ${members.join(", ")},\n`;
  const lines = inner.length <= kLineMax ? inner : inner.replaceAll(/, (?=\w+: )/g, ",\n    ");
  return `  ${JSON.stringify(operation.name)}: {\n${lines}  },\n`;
}

// --- the files ----------------------------------------------------------------------------------

const kMade = "// Made by tools/generate.mjs from spec/openapi.json and spec/asyncapi.json: do not edit.\n";

// `import type` of the names that `text` has.
function imported(names, from, text) {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text)).sort();
  if (used.length === 0) return "";
  const line = `import type { ${used.join(", ")} } from "./${from}.js";\n`;
  if (line.length <= kLineMax) return line;
  return `import type {\n${used.map((each) => `  ${each},\n`).join("")}} from "./${from}.js";\n`;
}

const schemaNames = [...usedNames].filter((name) => !kNotJson.has(name)).sort();
const schemasText = schemaNames.map(schemaText).join("\n");
const interfaceText = apiText();

const files = {
  "schemas.ts": `${kMade}
${imported(["Json", "Page", "Time"], "json", schemasText)}
${schemasText}`,
  "api.ts": `${kMade}
${imported(Object.values(kBetterResults), "history", interfaceText)}${imported(["Json", "Time"], "json", interfaceText)}${imported(["CallOptions", "Once", "Waiting", ...Object.keys(kMixins)], "options", interfaceText)}${imported(schemaNames, "schemas", interfaceText)}
${interfaceText}`,
  "operations.ts": `${kMade}
import type { OperationRow } from "./options.js";

export const operations = {
${operations.map(rowText).join("")}} satisfies Record<string, OperationRow>;

/** The operations of the hub by name. */
export type OperationName = keyof typeof operations;
`,
};

function present(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // It is missing, and so not up to date.
  }
}

for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, kOut);
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
  } else if (present(file) !== text) {
    console.error(`src/${name} is not up to date with spec/: npm run generate`);
    process.exitCode = 1;
  }
}
