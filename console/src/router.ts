// Where in the console somebody is: `#/devices/lamp-1/charts?range=3600`. The hub serves one page, so
// what follows the `#` is this page's affair.

import { signal } from "@preact/signals";

export interface Route {
  /** `devices`, `lamp-1`, `charts`. */
  path: string[];
  query: Record<string, string>;
}

export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return {
    path: path.split("/").filter((part) => part !== "").map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** Without the signs of an address, as far as they are some: anybody may write anything there. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a place: `href(["devices", "a b"])` is `#/devices/a%20b`. */
export function href(path: string[], query: Record<string, string> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(filled).toString();
  const place = `#/${path.map(encodeURIComponent).join("/")}`;
  return text === "" ? place : `${place}?${text}`;
}

export const route = signal<Route>({ path: [], query: {} });

export function followAddress(): void {
  const take = (): void => {
    route.value = parseHash(location.hash);
  };
  window.addEventListener("hashchange", take);
  take();
}

export function go(path: string[], query: Record<string, string> = {}): void {
  location.hash = href(path, query);
}

/** Another query of the same place, without a step in the history. */
export function replaceQuery(query: Record<string, string>): void {
  const place = href(route.value.path, query);
  if (place === location.hash) return;
  history.replaceState(null, "", place);
  route.value = parseHash(place);
}
