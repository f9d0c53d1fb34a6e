// RFC 7396: what a config comes to after a change.

import type { Json } from "./json.js";

export type Document = { [name: string]: Json };

const isDocument = (value: Json | undefined): value is Document =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `target` as `patch` changes it. Neither is touched. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isDocument(patch)) return patch;
  const out: Document = isDocument(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    // Not `out[name] =`: a member may have the name `__proto__`.
    else Object.defineProperty(out, name, memberOf(mergePatch(out[name], value)));
  }
  return out;
}

function memberOf(value: Json): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
