// The page of operations: fetches the hub's own documents and shows them.

import "../style.css";
import "./docs.css";

import { make } from "../dom";
import { startTheme } from "../theme";
import type { Json } from "tandem-client";
import { readReference } from "./model";
import { showReference } from "./page";
import { texts } from "./texts";

async function fetchDocument(path: string): Promise<{ [key: string]: Json }> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as { [key: string]: Json };
}

async function start(place: HTMLElement): Promise<void> {
  place.replaceChildren(make("p", { class: "state", role: "status" }, texts.loading));
  try {
    const [openapi, asyncapi] = await Promise.all(
      ["/openapi.json", "/asyncapi.json"].map(fetchDocument),
    );
    showReference(place, readReference(openapi ?? {}, asyncapi ?? {}));
  } catch {
    place.replaceChildren(make("p", { class: "state", role: "alert" }, texts.failed));
  }
}

startTheme();
const place = document.getElementById("docs");
if (place !== null) void start(place);
