// Every sentence that the page says, in one place. The words are the hub's: a device is online or
// offline, a command is queued, delivered, acknowledged, done, failed, expired or cancelled.

import type { StreamStatus } from "./live";

export const texts = {
  product: "Tandem",
  devices: "Devices",
  search: "Search devices",
  noDevices: "No devices yet. The first reading of a device shows up here at once.",
  noMatch: "No device matches.",
  moreDevices: (hidden: number) => `${hidden} more; search to narrow the list.`,
  choose: "Choose a device to see its readings.",
  back: "All devices",
  readings: "Readings",
  series: "Series",
  value: "Value",
  age: "Age",
  noReadings: "This device has sent no readings yet.",
  late: "late",
  history: "History",
  range: "Time shown",
  ranges: { "300000": "5 min", "3600000": "1 h", "86400000": "24 h" } as Record<string, string>,
  noHistory: "No readings in this span of time.",
  notANumber: "These values are not numbers, so there is no curve.",
  means: (seconds: string) => `Each stored point is the mean of ${seconds}; newer ones are single readings.`,
  loading: "Loading…",
  commands: "Commands",
  lampSwitch: "Light",
  on: "On",
  off: "Off",
  commandName: "Command",
  commandParams: "Parameters (JSON, may stay empty)",
  send: "Send",
  sending: "Sent; waiting for the device…",
  badParams: "The parameters are not JSON.",
  commandEnded: (name: string, status: string, ms: number, door: string) =>
    `${name}: ${status} after ${ms} ms${door ? ` (device on ${door})` : ""}`,
  commandOpen: (name: string, status: string, seconds: number) =>
    `${name}: still ${status} after ${seconds} s. It waits for the device.`,
  online: "online",
  offline: "offline",
  doors: { rest: "REST", poll: "REST", sse: "SSE", ws: "WS", local: "local" } as Record<string, string>,
  since: (when: string) => `since ${when}`,
  lastSeen: (when: string) => `last seen ${when}`,
  never: "never seen",
  summary: (devices: number, online: number, rate: number) =>
    `${devices} ${devices === 1 ? "device" : "devices"}, ${online} online, ${rate} readings/s`,
  logOut: "Log out",
  logInTitle: "Log in",
  user: "User",
  password: "Password",
  logIn: "Log in",
  logInHint: "Or open a link with a one-time code; on the hub's machine, tandem login-code makes one.",
  codeRefused: "The link's code has been used or has run out. Log in, or make a new link.",
  sessionEnded: "The session has ended. Log in again.",
  retry: "Try again",
  failed: (what: string) => `That did not work: ${what}`,
  unreachable: "the hub does not answer",
  gap: (count: number, why: string) => {
    // The hub cannot count what it no longer has.
    const events = count === 0 ? "Some events were" : count === 1 ? "1 event was" : `${count} events were`;
    const reason = gapReasons[why] ?? why;
    return `${events} not shown live (${reason}). The page has been brought up to date from the hub.`;
  },
  dismiss: "Dismiss",
};

const gapReasons: Record<string, string> = {
  history: "the connection was away",
  slow: "the connection was too slow",
  conflated: "newer values took their place",
};

/** What the line of the connection says; `seconds` until the next attempt. */
export function statusText(status: StreamStatus, seconds: number): string {
  switch (status.kind) {
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "waiting":
      return seconds > 0 ? `Connection lost; next attempt in ${seconds} s` : "Connecting…";
    case "logged-out":
      return "Logged out";
    case "refused":
      return `Closed by the hub: ${status.why}`;
  }
}
