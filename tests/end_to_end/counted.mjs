// A device whose kernel tells what has passed over its connections, and figures that have to agree.
import assert from "node:assert/strict";

import { start } from "./hub.mjs";

const kPython = "/usr/bin/python3";
const kScript = new URL("advice_device.py", import.meta.url).pathname;
const kMs = 60_000;

/** With a key of that hub, which has `tls` (selfSigned()) or none: `send` as advice_device.py says. */
export function startCounted(t, hub, key, tls) {
  const words = [kScript, new URL(hub.url).port, key];
  // A certificate that signs itself is its own authority.
  if (tls) words.push(tls.cert);
  const child = start(kPython, words);
  t.after(() => child.process.kill("SIGKILL"));
  let asked = 0;
  return {
    /** Sends so many by a way; `{bytes, before}`. */
    async send(way, count) {
      child.process.stdin.write(`${way} ${count}\n`);
      const lines = await child.lines.count(++asked, kMs, `what passed by ${way}`);
      return JSON.parse(lines[asked - 1]);
    },
  };
}

export const apart = (said, found) => Math.abs(said / found - 1);

/** `said` lies within that share of `found`. */
export function agrees(said, found, share, what) {
  const percent = (100 * apart(said, found)).toFixed(2);
  assert.ok(apart(said, found) <= share, `${what}: ${said} and ${found}, ${percent} % apart`);
}
