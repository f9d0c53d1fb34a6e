// How somebody comes to have a session: by a link with a one-time code, by name and password, or
// because the cookie of an earlier visit still holds.

import { hub, isUnauthorized, overRest, wordsOf } from "./hub";

export type Arrival = "logged-in" | "code-refused" | "logged-out";

/** The one-time code of a `#code=…` in the address, or nothing. */
export function codeOf(hash: string): string | undefined {
  const code = new URLSearchParams(hash.replace(/^#/, "")).get("code");
  return code === null || code === "" ? undefined : code;
}

/** The setup token of a `#setup=…` in the address, or nothing. */
export function setupTokenOf(hash: string): string | undefined {
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("setup");
  return token === null || token === "" ? undefined : token;
}

/** Finds out whether there is a session, and begins one if the address holds a code. */
export async function arrive(): Promise<Arrival> {
  const code = codeOf(location.hash);
  if (code !== undefined) {
    // At once: what is in the address stays in the history and goes into bookmarks.
    history.replaceState(null, "", location.pathname);
    try {
      await hub().session.begin({ code }, overRest);
      return "logged-in";
    } catch (problem) {
      if (wordsOf(problem) === undefined) throw problem;
      return (await hasSession()) ? "logged-in" : "code-refused";
    }
  }
  return (await hasSession()) ? "logged-in" : "logged-out";
}

/**
 * Whether the hub waits for its administrator: only then is there the place where one is made. It
 * takes nothing but the token there, and says so.
 */
export async function isFresh(): Promise<boolean> {
  try {
    return (await fetch("/v1/setup", { method: "OPTIONS" })).ok;
  } catch {
    return false;
  }
}

/** The providers with which people may log in; none where the hub cannot say. */
export async function providers(): Promise<string[]> {
  try {
    const answer = await fetch("/oauth/providers", { headers: { accept: "application/json" } });
    const said = answer.ok ? ((await answer.json()) as { providers?: string[] }) : {};
    return said.providers ?? [];
  } catch {
    return [];
  }
}

/** Where the way to a provider begins. */
export function loginAddress(provider: string): string {
  return `/oauth/login?${new URLSearchParams({ provider })}`;
}

async function hasSession(): Promise<boolean> {
  try {
    await hub().me.get(overRest);
    return true;
  } catch (problem) {
    if (isUnauthorized(problem)) return false;
    throw problem;
  }
}
