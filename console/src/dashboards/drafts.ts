// What somebody has composed and not saved. It outlives the page of its dashboard, and the session; of
// somebody else who logs in then it is not.

import { signal } from "@preact/signals";

import { isChanged, type Draft } from "../dashboard";
import { whenOther } from "../store";

const drafts = new Map<string, Draft>();
/** Rises when a draft has changed. */
const turn = signal(0);
let changed = 0;

whenOther(() => {
  drafts.clear();
  changed = 0;
});

window.addEventListener("beforeunload", (event) => {
  if (changed > 0) event.preventDefault();
});

export function draftOf(id: string): Draft | undefined {
  turn.value;
  return drafts.get(id);
}

export function keepDraft(id: string, draft: Draft | undefined): void {
  if (draft === undefined) drafts.delete(id);
  else drafts.set(id, draft);
  changed = [...drafts.values()].filter(isChanged).length;
  turn.value += 1;
}

/** Whether there is something of a dashboard that is not in the hub. */
export function isUnsaved(id: string): boolean {
  const draft = draftOf(id);
  return draft !== undefined && isChanged(draft);
}
