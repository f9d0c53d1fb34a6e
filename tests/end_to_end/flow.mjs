// The small flow that every client has to manage, and what has to come of it. A client is an object
// with `create`, `key`, `write`, `latest`, and `listen`, `serve` where it speaks WebSocket.
import assert from "node:assert/strict";

export const kReadings = [
  { t: 1732387200000, v: { temperature: 21.5, door_open: false } },
  { t: 1732387201000, v: { temperature: 21.75, note: "grüße" } },
];

/** What `latest` has to say after kReadings. */
export function checkLatest(latest) {
  const got = Object.entries(latest.series).map(([name, { t, v }]) => [name, t, v]);
  assert.deepEqual(got.sort(), [
    ["door_open", 1732387200000, false],
    ["note", 1732387201000, "grüße"],
    ["temperature", 1732387201000, 21.75],
  ]);
}

/** What a subscriber to the device has to get of kReadings. */
export function checkEvents(events, device) {
  const got = events.map(({ d, s, t, v }) => [d, s, t, v]);
  assert.deepEqual(got, [
    [device, "temperature", 1732387200000, 21.5],
    [device, "door_open", 1732387200000, false],
    [device, "temperature", 1732387201000, 21.75],
    [device, "note", 1732387201000, "grüße"],
  ]);
}
