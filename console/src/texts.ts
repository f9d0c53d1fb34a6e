// Every sentence that the page says, in one place. The words are the hub's: a device is online or
// offline, a command is queued, delivered, acknowledged, done, failed, expired or cancelled.

import { adminTexts } from "./admin/texts";
import { adviceTexts } from "./advice/texts";
import { dashboardTexts } from "./dashboards/texts";
import { doorsTexts } from "./doors/texts";
import type { StreamStatus } from "./live";

type Words = Record<string, string>;

export const texts = {
  product: "Tandem",
  skip: "To the content",
  summary: (devices: number, online: number, rate: number) =>
    `${devices} ${devices === 1 ? "device" : "devices"}, ${online} online, ${rate} readings/s`,
  theme: (now: string) =>
    `Colours: ${now === "auto" ? "as the system" : now}. Press for the next choice.`,
  logOut: "Log out",
  loading: "Loading…",
  retry: "Try again",
  dismiss: "Dismiss",
  close: "Close",
  cancel: "Cancel",
  tools: "Actions",
  save: "Save",
  copy: "Copy",
  copyWhat: (what: string) => `Copy: ${what}`,
  copied: "Copied",
  notCopied: "Marked; copy it with the keyboard",
  never: "never",
  on: "on",
  off: "off",
  online: "online",
  offlineWord: "offline",
  doors: { rest: "REST", poll: "REST", sse: "SSE", ws: "WS", local: "local" } as Words,
  failed: (what: string) => `That did not work: ${what}`,
  unreachable: "the hub does not answer",
  pageFailed: (why: string) => `This part of the page has failed: ${why}`,
  refused: (why: string) => `The hub has closed the connection: ${why}`,
  gap: (count: number, why: string) => {
    // The hub cannot count what it no longer has.
    const some = "Some events were";
    const events = count === 0 ? some : count === 1 ? "1 event was" : `${count} events were`;
    const reason = gapReasons[why] ?? why;
    return `${events} not shown live (${reason}). The page has been brought up to date from the hub.`;
  },
  offline: {
    text: (since: string, network: boolean) =>
      network
        ? `The hub cannot be reached. What you see is from ${since}.`
        : `This computer has no network. What you see is from ${since}.`,
    next: (seconds: number) => `Next attempt in ${seconds} s.`,
    now: "Try now",
  },

  nav: {
    label: "Pages",
    devices: "Devices",
    control: "Control",
    doors: "Doors",
    dashboards: "Boards",
    inspector: "Inspector",
    admin: "Admin",
    start: "Add device",
    docs: "Operations",
  },

  login: {
    title: "Log in",
    user: "User",
    password: "Password",
    tenant: "Tenant",
    action: "Log in",
    with: (provider: string) => `Log in with ${provider}`,
    other: "Another tenant",
    fresh: "New here?",
    freshText:
      "A hub has no account until its owner makes one: with the link that tandem serve prints at " +
      "its first start, or by this on the hub's machine, which prints the password, once:",
    freshLines: "tandem init --data DIR",
    freshThen:
      "Or let tandem login-code --data DIR print a code, and open this page with #code=CODE " +
      "behind its address: it logs the administrator in, once, within ten minutes.",
    codeRefused: "The link's code has been used or has run out. Log in, or make a new link.",
    ended: "The session has ended. Log in again; what you had not saved is still here.",
  },

  setup: {
    title: "Make the administrator",
    says: "This hub has no administrator yet. Who is to run it?",
    token: "Setup token",
    tokenHint: "Printed by tandem serve at its start; it works once, within ten minutes.",
    user: "Name",
    password: "Password",
    passwordHint: "At least 8 characters.",
    again: "Password, once more",
    differs: "The two passwords differ.",
    action: "Make and log in",
    opening: "Made. The hub opens its doors…",
    elsewhere: "Made. The hub is here now:",
  },

  fleet: {
    search: "Search devices",
    searchHint: "Name, id, type, or label=value",
    show: "Which devices",
    shows: { all: "All", online: "Online", offline: "Offline", stale: "Stale" } as Words,
    byDoor: "By door",
    add: "Add",
    stale: "stale",
    count: (shown: number, all: number) =>
      shown === all ? `${all} ${all === 1 ? "device" : "devices"}` : `${shown} of ${all} devices`,
    columns: {
      name: "Device",
      type: "Type",
      labels: "Labels",
      door: "Door",
      values: "Last readings",
      heard: "Last heard",
    } as Words,
    none: "This hub has no devices yet.",
    first: "Make the first one, or start a demo",
    noMatch: "No device matches.",
    clear: "Show all",
  },

  device: {
    all: "All devices",
    gone: (id: string) => `There is no device ${id}, or you may not see it.`,
    parts: "Parts of the device",
    inspect: "Inspect",
    tabs: {
      readings: "Readings",
      config: "Config",
      commands: "Commands",
      ledger: "Ledger & advice",
      about: "About",
    } as Words,
  },

  series: {
    title: "Series",
    name: "Series",
    value: "Value",
    age: "Age",
    late: "late",
    none: "This device has sent no readings yet.",
    notANumber: "These values are not numbers, so there is no curve.",
  },

  chart: {
    title: "History",
    span: "Span of time",
    spans: {
      "300000": "5 min",
      "3600000": "1 h",
      "86400000": "24 h",
      "604800000": "7 d",
      "2592000000": "30 d",
    } as Words,
    earlier: "Earlier",
    later: "Later",
    wider: "Show more time",
    nearer: "Show less time",
    live: "Live",
    lastSpan: (span: string) => `The last ${span}, live`,
    keys: "Curves. Arrow keys move in time, plus and minus zoom.",
    hint:
      "Drag across a curve to look closer; Ctrl and the wheel zoom, Shift and the wheel move. Where " +
      "nothing was measured the line is broken.",
    empty: (series: string) => `${series}: no readings in this span of time.`,
    summary: (series: string, count: number, low: string, high: string, gaps: number) =>
      `${series}: ${count} points from ${low} to ${high}${gaps > 0 ? `, ${gaps} gaps` : ""}`,
  },

  twin: {
    title: "Config and state",
    says:
      "What you want of the device stands beside what the device reports. A key is in sync when " +
      "both are the same.",
    key: "Key",
    wanted: "Wanted (config)",
    reported: "Reported (state)",
    sync: "Sync",
    same: "in sync",
    pending: "pending",
    pendingFor: (time: string) => `pending for ${time}`,
    reportedOnly: "reported only",
    edited: "not saved",
    conflict: "changed by both",
    removed: "will be removed",
    theirs: (value: string) => `Meanwhile somebody else has set ${value}.`,
    remove: (key: string) => `Remove ${key}`,
    undo: (key: string) => `Undo the change of ${key}`,
    newKey: "New key",
    add: "Add",
    none: "Neither a config nor a state yet.",
    save: "Save",
    saveMine: "Save mine over theirs",
    discard: "Discard changes",
    saved: (version: number) => `Saved as version ${version}.`,
    versions: (config: number, state: number) => `config version ${config}, state version ${state}`,
    acknowledged: (version: number) => `the device has version ${version}`,
    newer: "Somebody else has changed the config meanwhile. Your changes go on top of theirs.",
    clash: (keys: string) =>
      `Somebody else has changed the same meanwhile: ${keys}. Look at both before you save.`,
    faster:
      "Somebody else was faster. Nothing of yours is lost: look at what there is now and save again.",
  },

  form: {
    needed: "(needed)",
    clear: "leave out",
    leaveOut: (name: string) => `leave out ${name}`,
    notSent: "not sent",
  },

  commands: {
    title: "Send a command",
    name: "Command",
    params: "Parameters (JSON, may stay empty)",
    badParams: "The parameters are not JSON.",
    send: "Send",
    lifetime: "Waits for the device",
    away: "The device is offline: the command waits for it.",
    noneDeclared: "This device declares that it takes no commands.",
    lives: "Lives of commands",
    livesSay:
      "The steps of a command as they happen, with the time from one to the next by the hub's " +
      "clock. Of commands from before this page was opened, only where they stand.",
    none: "No commands yet.",
    inAll: (time: string) => `${time} in all`,
    attempts: (count: number) => `delivered ${count} times`,
    cancel: "Cancel it",
    result: "Result",
  },

  about: {
    title: "Identity",
    id: "Id",
    name: "Name",
    type: "Type",
    labels: "Labels",
    labelsHint: "site=hall-3, line=2",
    badLabels: "Labels are written as name=value, with commas between.",
    created: "Made",
    edit: "Edit",
    remove: "Delete the device",
    removeText: (name: string) =>
      `${name} goes with its keys, config, commands and all its readings. That cannot be undone.`,
    faster: "Somebody else has changed the device meanwhile. Close this and look at it first.",
    schema: "Schema",
  },

  presence: {
    title: "Presence",
    through: (door: string) => `through ${door}`,
    since: "since",
    heard: "last heard",
    came: (door: string) => `came online through ${door}`,
    went: "went offline",
    says: "What this page has seen since it was opened, the newest first.",
  },

  keys: {
    title: "Keys",
    id: "Key",
    key: "The key",
    created: "Made",
    expires: "Ends",
    never: "never",
    none: "This device has no key: it cannot come in.",
    make: "Make a key",
    rotate: "Rotate",
    revoke: "Revoke",
    rotateText:
      "A new key is made, and this one works for 24 hours more, so that the device can be told.",
    revokeText: "The key is refused at once, and sockets that used it are closed.",
    once: "This is shown only now. The hub keeps a hash of it.",
    kept: "I have it",
  },

  control: {
    title: "Control",
    says:
      "Everything that can be switched, dimmed, coloured or set. Each time is the whole way: from " +
      "here to the device, and its answer back.",
    search: "Search what can be controlled",
    none: "No device declares a command that fits on a tile. A device says what it takes in its schema.",
    noMatch: "Nothing matches.",
    more: (count: number) => `${count} more; search to narrow it down.`,
    pin: (name: string) => `Keep ${name} in front`,
    unpin: (name: string) => `Let ${name} go back`,
    less: (name: string) => `Less ${name}`,
    more1: (name: string) => `More ${name}`,
    sending: "sent…",
    took: (ms: string, door: string) => `${ms}${door ? ` · ${door}` : ""}`,
    usually: (ms: string, count: number) => `median of ${count}: ${ms}`,
    ended: (status: string) => status,
    still: (status: string) => `still ${status}`,
  },

  ...doorsTexts,
  ...adviceTexts,
  dashboards: dashboardTexts,

  inspector: {
    title: "Inspector",
    says:
      "What this page and the hub say to each other, as it travels. Secrets are cut out before " +
      "they come here.",
    source: "What to look at",
    own: "This page",
    device: "A device",
    devicePick: "Device",
    deviceSays:
      "What the hub's stream tells of this device: each event as a subscriber gets it. The frames " +
      "between the device and the hub are theirs alone.",
    filter: "Filter",
    filterHint: "Operation, path or text",
    kind: "Kind",
    kinds: { all: "All", call: "REST", frame: "WebSocket" } as Words,
    pause: "Pause",
    go: "Go on",
    clear: "Clear",
    none: "Nothing yet.",
    totals: (calls: number, framesIn: number, framesOut: number, down: string, up: string) =>
      `${calls} requests; ${framesIn} frames in, ${framesOut} out; ${down} down, ${up} up`,
    request: "Request",
    response: "Answer",
    headers: "Header fields",
    body: "Body",
    message: "Message",
    choose: "Choose a line to see all of it.",
    waiting: "on its way",
    noAnswer: "no answer",
    copyAs: "The same as",
    events: (count: number) => `${count} ${count === 1 ? "event" : "events"}`,
    gap: (count: number, why: string) => `receipt: ${count} ${why}`,
    bookmark: "bookmark",
    reply: (op: string, status: number) => `${op} → ${status}`,
    many: (count: number) => `${count} messages`,
    other: "message",
  },

  start: {
    title: "Add a device",
    says: "A device needs an id and a key. Then it stores readings with one line.",
    id: "Id",
    idHint: "Letters, digits and . _ : -, 64 at most. It stays for ever.",
    badId: "An id has 1 to 64 of A-Z a-z 0-9 . _ : - and is not me.",
    taken: "There is a device with this id already. A key would be made for it: choose another id.",
    name: "Name",
    make: "Make it with a key",
    key: "Its key",
    once: "The key is shown only now. Put it where the device finds it.",
    paste: "Paste this to send a reading",
    waiting: "Waiting for the first reading…",
    arrived: (series: string, value: string) => `It is here: ${series} is ${value}.`,
    look: "Look at the device",
    again: "Another one",
    lines: {
      curl: "curl",
      socket: "WebSocket (wscat)",
      typescript: "TypeScript",
      python: "Python",
      tandem: "tandem",
    } as Words,
    demo: "Or start with a demo",
    demoSays: "Simulated devices that measure, answer commands and come and go.",
    tabTitle: "A small home in this page",
    tabSays:
      "Six devices that run in this tab, over REST and WebSocket, each with a key of its own, until " +
      "you close it. They stay in the hub afterwards, offline.",
    tabStart: "Start it",
    tabStop: "Stop it",
    tabRuns: (devices: number, readings: number) =>
      `${devices} devices are running, ${readings} readings sent.`,
    shellTitle: "A home, a factory or a weather service",
    shellSays:
      "The program has larger fleets. A page cannot start programs: make a key for them here, and " +
      "paste the lines where tandem is. They run until Ctrl-C.",
    shellMake: "Make a key for demo fleets",
    shellKey: "The key, into a file that only you can read",
    shellRun: "One or more of these, each in a terminal of its own",
  },

  ...adminTexts,
};

const gapReasons: Words = {
  history: "the connection was away",
  slow: "the connection was too slow",
  conflated: "newer values took their place",
  unknown: "the connection was away",
};

/** What the line of the connection says; `seconds` until the next attempt. */
export function statusText(status: StreamStatus, seconds: number): string {
  switch (status.kind) {
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "waiting":
      return seconds > 0 ? "Offline" : "Connecting…";
    case "logged-out":
      return "Logged out";
    case "refused":
      return "Closed";
  }
}
