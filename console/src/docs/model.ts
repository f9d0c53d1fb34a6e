// The two documents as one list of operations. What a document leaves out is left out here too: the
// page shows what is there.

import type { Json } from "tandem-client";

export type Schema = { [key: string]: Json };
type Node = { [key: string]: Json };

export interface Field {
  name: string;
  place: string;
  required: boolean;
  says: string;
  schema: Schema;
  example: Json | undefined;
}

/** One media type of a body. */
export interface Form {
  type: string;
  schema: Schema;
  example: Json | undefined;
}

export interface Answer {
  status: string;
  says: string;
  headers: { name: string; says: string }[];
  forms: Form[];
  problems: { name: string; example: Json }[];
}

export interface Rest {
  method: string;
  path: string;
  open: boolean;
  parameters: Field[];
  body: { required: boolean; forms: Form[] } | undefined;
  answers: Answer[];
}

export interface Socket {
  message: Json;
  request: Schema;
  reply: Schema;
  replies: { name: string; payload: Json }[];
}

export interface Operation {
  name: string;
  tag: string;
  summary: string;
  /** Paragraphs. */
  says: string[];
  rest: Rest | undefined;
  socket: Socket | undefined;
}

/** What the hub sends by itself. */
export interface Notice {
  name: string;
  summary: string;
  schema: Schema;
  example: Json | undefined;
}

export interface Reference {
  version: string;
  tags: { name: string; says: string }[];
  operations: Operation[];
  notices: Notice[];
  openapi: Node;
  asyncapi: Node;
}

const node = (value: Json | undefined): Node =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Follows `$ref`s within the document, RFC 6901. */
export function resolve(document: Node, value: Json | undefined): Node {
  let here = node(value);
  // A document of the hub has no circles; another one could not hold the page for ever.
  for (let steps = 0; steps < 20 && typeof here.$ref === "string"; ++steps) {
    const segments = here.$ref.slice(2).split("/");
    let found: Json | undefined = document;
    for (const segment of segments) {
      found = node(found)[segment.replaceAll("~1", "/").replaceAll("~0", "~")];
    }
    here = node(found);
  }
  return here;
}

function forms(content: Json | undefined): Form[] {
  return Object.entries(node(content)).map(([type, each]) => ({
    type,
    schema: node(node(each).schema),
    example: node(each).example,
  }));
}

function answers(document: Node, responses: Node): Answer[] {
  return Object.entries(responses).map(([status, each]) => {
    const answer = resolve(document, each);
    const content = node(answer.content);
    const problem = node(content["application/problem+json"]);
    return {
      status,
      says: text(answer.description),
      headers: Object.entries(node(answer.headers)).map(([name, header]) => ({
        name,
        says: text(resolve(document, header).description),
      })),
      forms: forms(content),
      problems: Object.entries(node(problem.examples)).map(([name, example]) => ({
        name,
        example: resolve(document, example).value ?? null,
      })),
    };
  });
}

function rest(document: Node, method: string, path: string, operation: Node): Rest {
  const body = node(operation.requestBody);
  return {
    method: method.toUpperCase(),
    path,
    open: list(operation.security).length === 0,
    parameters: list(operation.parameters).map((each) => {
      const parameter = resolve(document, each);
      return {
        name: text(parameter.name),
        place: text(parameter.in),
        required: parameter.required === true,
        says: text(parameter.description),
        schema: node(parameter.schema),
        example: parameter.example,
      };
    }),
    body: operation.requestBody
      ? { required: body.required === true, forms: forms(body.content) }
      : undefined,
    answers: answers(document, node(operation.responses)),
  };
}

const examples = (message: Node) =>
  list(message.examples).map((each) => ({
    name: text(node(each).name),
    payload: node(each).payload ?? null,
  }));

function socket(document: Node, key: string): Socket {
  const messages = node(node(document.components).messages);
  const request = node(messages[key]);
  const reply = node(messages[`${key}_reply`]);
  return {
    message: examples(request)[0]?.payload ?? null,
    request: node(request.payload),
    reply: node(reply.payload),
    replies: examples(reply),
  };
}

const paragraphs = (says: Json | undefined) => text(says).split("\n\n").filter(Boolean);

/** Reads both documents; operations in the order of OpenAPI, then those of the socket alone. */
export function readReference(openapi: Node, asyncapi: Node): Reference {
  const found = new Map<string, Operation>();
  for (const [path, item] of Object.entries(node(openapi.paths))) {
    for (const [method, each] of Object.entries(node(item))) {
      const operation = node(each);
      const name = text(operation.operationId);
      found.set(name, {
        name,
        tag: text(list(operation.tags)[0]),
        summary: text(operation.summary),
        says: paragraphs(operation.description).slice(1),
        rest: rest(openapi, method, path, operation),
        socket: undefined,
      });
    }
  }
  for (const [key, each] of Object.entries(node(asyncapi.operations))) {
    const operation = node(each);
    if (operation.action !== "receive") continue;
    const name = text(operation.title);
    const known = found.get(name) ?? {
      name,
      tag: text(node(list(operation.tags)[0]).name),
      summary: text(operation.summary),
      says: paragraphs(operation.description).slice(1),
      rest: undefined,
      socket: undefined,
    };
    known.socket = socket(asyncapi, key);
    found.set(name, known);
  }
  return {
    version: text(node(openapi.info).version),
    tags: tags(openapi, asyncapi),
    operations: [...found.values()],
    notices: notices(asyncapi),
    openapi,
    asyncapi,
  };
}

function tags(openapi: Node, asyncapi: Node) {
  const out = new Map<string, string>();
  for (const each of [...list(openapi.tags), ...list(node(asyncapi.info).tags)]) {
    out.set(text(node(each).name), text(node(each).description));
  }
  return [...out].map(([name, says]) => ({ name, says }));
}

function notices(asyncapi: Node): Notice[] {
  const sent = Object.values(node(asyncapi.operations)).filter(
    (each) => node(each).action === "send",
  );
  return sent.flatMap((operation) =>
    list(node(operation).messages).map((each) => {
      const message = resolve(asyncapi, each);
      return {
        name: text(message.name),
        summary: text(message.summary),
        schema: node(message.payload),
        example: examples(message)[0]?.payload,
      };
    }),
  );
}

/** Whether every word of `search` is in what an operation is called, does or where it is. */
export function matches(operation: Operation, search: string): boolean {
  const { name, tag, summary, rest: door } = operation;
  const problems = door?.answers.flatMap((each) => each.problems.map((one) => one.name)) ?? [];
  const parameters = door?.parameters.map((each) => each.name) ?? [];
  const all = [name, tag, summary, door?.method, door?.path, ...parameters, ...problems]
    .join("\n")
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
