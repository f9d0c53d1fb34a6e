// What was typed into a form and not sent. It outlives the page of the form and the session, and
// goes when somebody else logs in. Passwords and keys are not kept here.

import { useState } from "preact/hooks";

import { whenOther } from "./store";

const kept = new Map<string, unknown>();

whenOther(() => kept.clear());

export function draftOf<T>(name: string): T | undefined {
  return kept.get(name) as T | undefined;
}

export function keepDraft(name: string, value: unknown): void {
  kept.set(name, value);
}

/** As `useState`, of what may have been typed before under this name. */
export function useDraft<T>(name: string, start: T | (() => T)): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    if (kept.has(name)) return kept.get(name) as T;
    return start instanceof Function ? start() : start;
  });
  const keep = (to: T): void => {
    keepDraft(name, to);
    setValue(() => to);
  };
  return [value, keep];
}

/** What has been sent, or thrown away: all whose names begin with `form` and a space. */
export function dropDrafts(form: string): void {
  for (const name of kept.keys()) if (name.startsWith(`${form} `)) kept.delete(name);
}
