// The page: a search field, the contents, and every operation with its two doors side by side. What
// an operation looks like inside is made when somebody opens it.

import { make, setHidden, setText } from "../dom";
import { decoded } from "../router";
import type { Json } from "tandem-client";
import {
  matches,
  type Answer,
  type Form,
  type Notice,
  type Operation,
  type Reference,
  type Rest,
  type Schema,
  type Socket,
} from "./model";
import { curl, pretty } from "./sample";
import { bounds, linesOf, meaningOf, typeText, type Line } from "./schema";
import { texts } from "./texts";

const kSaidMs = 2_000;
const kInRequest = { text: texts.needed };
const kInAnswer = { text: texts.always };

// ---------------------------------------------------------------- parts

async function copyText(code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    // Without TLS browsers keep the clipboard: the text is marked instead.
    getSelection()?.selectAllChildren(code);
    return false;
  }
}

function sample(label: string, text: string): HTMLElement {
  const code = make("code", {}, text);
  const button = make(
    "button",
    { class: "quiet copy", type: "button", "aria-label": texts.copyAs(label) },
    texts.copy,
  );
  const said = make("span", { class: "unseen", role: "status" });
  button.addEventListener("click", async () => {
    const words = (await copyText(code)) ? texts.copied : texts.notCopied;
    setText(button, words);
    setText(said, words);
    setTimeout(() => setText(button, texts.copy), kSaidMs);
  });
  return make(
    "figure",
    { class: "sample" },
    make("figcaption", {}, make("span", {}, label), button, said),
    make("pre", { tabindex: "0", "aria-label": label }, code),
  );
}

/** Text in which backticks mark what one types. */
function words(text: string): (Node | string)[] {
  return text.split("`").map((part, at) => (at % 2 === 1 ? make("code", {}, part) : part));
}

/** Fields with what they are; `needed` is the word for those that are always there. */
function fieldList(lines: Line[], needed: typeof kInRequest): HTMLElement {
  const items = lines.map((line) => {
    const type = [line.type, ...line.bounds];
    if (line.required && needed === kInAnswer) type.push(needed.text);
    const item = make(
      "li",
      {},
      make("code", { class: "field" }, line.name),
      " ",
      make("span", { class: "type" }, type.join(", ")),
    );
    if (line.required && needed !== kInAnswer) {
      item.append(" ", make("span", { class: "needed" }, needed.text));
    }
    if (line.says !== "") item.append(make("p", { class: "note" }, ...words(line.says)));
    if (line.inner.length > 0) item.append(fieldList(line.inner, needed));
    return item;
  });
  return make("ul", { class: "fields" }, ...items);
}

function section(title: string, ...children: (Node | string)[]): HTMLElement {
  return make("section", { class: "part" }, make("h4", {}, title), ...children);
}

function mediaTypes(forms: Form[]): HTMLElement {
  const codes = forms.flatMap(({ type }) => [" ", make("code", { class: "media" }, type)]);
  return make("p", { class: "note" }, texts.mediaTypes, ...codes);
}

/** The structure of a body, told once: the other formats say the same in another way. */
function bodyParts(document: Schema, forms: Form[], needed: typeof kInRequest): HTMLElement[] {
  const first = forms[0];
  if (first === undefined) return [];
  const parts: HTMLElement[] = [];
  const lines = linesOf(document, first.schema);
  if (lines.length === 0) {
    parts.push(make("p", { class: "type" }, typeText(document, first.schema)));
    const meaning = meaningOf(document, first.schema);
    if (meaning !== "") parts.push(make("p", { class: "note" }, ...words(meaning)));
  } else {
    parts.push(fieldList(lines, needed));
  }
  parts.push(mediaTypes(forms));
  return parts;
}

// ---------------------------------------------------------------- REST

function parameterLines(document: Schema, rest: Rest): Line[] {
  return rest.parameters.map((each) => ({
    name: each.name,
    type: `${each.place}, ${typeText(document, each.schema)}`,
    required: each.required,
    bounds: bounds(each.schema),
    says: each.says,
    inner: [],
  }));
}

function answerItem(document: Schema, answer: Answer): HTMLElement {
  const item = make(
    "div",
    { class: "answer" },
    make("h5", {}, make("code", {}, answer.status), " ", ...words(answer.says)),
  );
  if (answer.headers.length > 0) {
    const names = answer.headers.flatMap(({ name, says: meaning }) => [
      " ",
      make("code", { class: "media", title: meaning }, name),
    ]);
    item.append(make("p", { class: "note" }, "With", ...names));
  }
  if (answer.forms.length > 0) item.append(...bodyParts(document, answer.forms, kInAnswer));
  const example = answer.forms.find((each) => each.example !== undefined)?.example;
  if (example !== undefined)
    item.append(sample(`${texts.example} ${answer.status}`, pretty(example)));
  return item;
}

function problemList(answers: Answer[]): HTMLElement {
  const rows = answers.flatMap((answer) =>
    answer.problems.map(({ name, example }) =>
      make(
        "details",
        { class: "problem" },
        make("summary", {}, make("code", {}, answer.status), " ", make("code", {}, name)),
        sample(name, pretty(example)),
      ),
    ),
  );
  return make("div", { class: "problems" }, ...rows);
}

function restSide(document: Schema, rest: Rest | undefined): HTMLElement {
  const side = make("div", { class: "side" }, make("h3", {}, texts.rest));
  if (rest === undefined) {
    side.append(make("p", { class: "note" }, texts.notHere));
    return side;
  }
  side.append(
    make(
      "p",
      { class: "line" },
      make("span", { class: "method" }, rest.method),
      " ",
      make("code", {}, rest.path),
    ),
    sample("curl", curl(rest, location.origin)),
  );
  const lines = parameterLines(document, rest);
  if (lines.length > 0) side.append(section(texts.parameters, fieldList(lines, kInRequest)));
  if (rest.body !== undefined)
    side.append(section(texts.body, ...bodyParts(document, rest.body.forms, kInRequest)));
  const good = rest.answers.filter((each) => Number(each.status) < 400);
  const bad = rest.answers.filter((each) => each.problems.length > 0);
  side.append(section(texts.answers, ...good.map((each) => answerItem(document, each))));
  side.append(section(texts.problems, problemList(bad)));
  return side;
}

// ---------------------------------------------------------------- WebSocket

function socketSide(document: Schema, socket: Socket | undefined): HTMLElement {
  const side = make("div", { class: "side" }, make("h3", {}, texts.socket));
  if (socket === undefined) {
    side.append(make("p", { class: "note" }, texts.notHere));
    return side;
  }
  side.append(
    make(
      "p",
      { class: "line" },
      make("span", { class: "method" }, "WS"),
      " ",
      make("code", {}, "/v1/stream"),
    ),
    sample(texts.message, pretty(socket.message)),
    section(texts.message, fieldList(linesOf(document, socket.request), kInRequest)),
    section(texts.reply, fieldList(linesOf(document, socket.reply), kInAnswer)),
  );
  for (const { name, payload } of socket.replies) {
    side.append(sample(`${texts.reply}: ${name}`, pretty(payload)));
  }
  return side;
}

// ---------------------------------------------------------------- the whole

/** Fills a closed box when it is opened first, and opens the one that the address names. */
function lazily(box: HTMLDetailsElement, fill: () => HTMLElement[]): void {
  let filled = false;
  box.addEventListener("toggle", () => {
    if (filled || !box.open) return;
    filled = true;
    box.append(...fill());
  });
}

function operationBox(reference: Reference, operation: Operation): HTMLDetailsElement {
  const { name, rest, summary } = operation;
  const where = rest === undefined ? "WS" : `${rest.method} ${rest.path}`;
  const box = make(
    "details",
    { class: "operation card", id: name },
    make(
      "summary",
      {},
      make("span", { class: "title" }, name),
      make("code", { class: "where" }, where),
      make("span", { class: "note" }, ...words(summary)),
    ),
  );
  lazily(box, () => [
    ...operation.says.map((each) => make("p", { class: "note" }, ...words(each))),
    make(
      "div",
      { class: "doors" },
      restSide(reference.openapi, rest),
      socketSide(reference.asyncapi, operation.socket),
    ),
  ]);
  return box;
}

function noticeBox(reference: Reference, notice: Notice): HTMLDetailsElement {
  const box = make(
    "details",
    { class: "operation card", id: `unasked.${notice.name}` },
    make(
      "summary",
      {},
      make("span", { class: "title" }, notice.name),
      make("span", { class: "note" }, notice.summary),
    ),
  );
  const example = (value: Json) => sample(texts.example, pretty(value));
  lazily(box, () => [
    fieldList(linesOf(reference.asyncapi, notice.schema), kInAnswer),
    ...(notice.example === undefined ? [] : [example(notice.example)]),
  ]);
  return box;
}

interface Group {
  part: HTMLElement;
  entry: HTMLElement;
  rows: { operation: Operation; box: HTMLDetailsElement; link: HTMLElement }[];
}

function group(reference: Reference, tag: { name: string; says: string }): Group {
  const operations = reference.operations.filter((each) => each.tag === tag.name);
  const rows = operations.map((operation) => ({
    operation,
    box: operationBox(reference, operation),
    link: make("li", {}, make("a", { href: `#${operation.name}` }, operation.name)),
  }));
  const head = make("h2", { id: `tag.${tag.name}` }, tag.name);
  return {
    part: make(
      "section",
      { class: "group" },
      head,
      make("p", { class: "note" }, tag.says),
      ...rows.map(({ box }) => box),
    ),
    entry: make(
      "li",
      {},
      make("strong", {}, tag.name),
      make("ul", {}, ...rows.map(({ link }) => link)),
    ),
    rows,
  };
}

function search(groups: Group[], wanted: string): number {
  let shown = 0;
  for (const { part, entry, rows } of groups) {
    let here = 0;
    for (const { operation, box, link } of rows) {
      const found = matches(operation, wanted);
      setHidden(box, !found);
      setHidden(link, !found);
      if (found) ++here;
    }
    setHidden(part, here === 0);
    setHidden(entry, here === 0);
    shown += here;
  }
  return shown;
}

function openNamed(): void {
  const box = document.getElementById(decoded(location.hash.slice(1)));
  if (!(box instanceof HTMLDetailsElement)) return;
  box.open = true;
  box.scrollIntoView();
  box.querySelector("summary")?.focus({ preventScroll: true });
}

function bar(reference: Reference, field: HTMLElement, count: HTMLElement): HTMLElement {
  const link = (href: string, words: string) => make("a", { href }, words);
  return make(
    "header",
    { class: "docs-bar" },
    make("h1", {}, `Tandem ${reference.version}`),
    make("div", { class: "find" }, field, count),
    make(
      "nav",
      { "aria-label": "Documents" },
      link("/openapi.json", "openapi.json"),
      link("/asyncapi.json", "asyncapi.json"),
      link("/", texts.console),
    ),
  );
}

/** Shows the reference in `place`. */
export function showReference(place: HTMLElement, reference: Reference): void {
  const groups = reference.tags
    .map((tag) => group(reference, tag))
    .filter(({ rows }) => rows.length > 0);
  const all = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const field = make("input", {
    type: "search",
    id: "search",
    "aria-label": texts.search,
    placeholder: texts.searchHint,
  });
  const count = make("span", { class: "summary", role: "status" }, texts.count(all, all));
  const none = make("p", { class: "note", hidden: "" }, texts.noMatch);
  const unasked = make(
    "section",
    { class: "group" },
    make("h2", {}, texts.unasked),
    make("p", { class: "note" }, texts.unaskedSays),
    ...reference.notices.map((each) => noticeBox(reference, each)),
  );
  field.addEventListener("input", () => {
    const shown = search(groups, field.value.trim());
    setText(count, texts.count(shown, all));
    setHidden(none, shown > 0);
    setHidden(unasked, field.value.trim() !== "");
  });
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });
  addEventListener("hashchange", openNamed);
  place.replaceChildren(
    bar(reference, field, count),
    make(
      "div",
      { class: "docs-columns" },
      make(
        "nav",
        { class: "contents", "aria-label": texts.contents },
        make("ul", {}, ...groups.map(({ entry }) => entry)),
      ),
      make(
        "main",
        {},
        make("p", { class: "lead" }, texts.lead),
        none,
        ...groups.map(({ part }) => part),
        unasked,
      ),
    ),
  );
  openNamed();
}
