// Real input: recordings of three sensors, as fast as the hub acknowledges, through every way in.
import { test } from "node:test";

import { startHub } from "./hub.mjs";
import { load, missing, replayAll, ways } from "./recording.mjs";

const absent = missing();
if (absent !== null) {
  console.log(`skipped: ${absent}`);
  process.exit(77);
}
const recordings = load();

for (const loops of [1, 2]) {
  const name = `each recording arrives once, in order, and reads back; loops: ${loops}`;
  test(name, async (t) => {
    const hub = await startHub(t, { words: ["--loops", String(loops)] });
    const each = (way) => t.test(way.name, (inner) => replayAll(inner, hub, way, recordings));
    await Promise.all(ways.map(each));
  });
}
