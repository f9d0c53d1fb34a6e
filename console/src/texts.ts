// Every sentence that the page says, in one place. The words are the hub's: a device is online or
// offline, a command is queued, delivered, acknowledged, done, failed, expired or cancelled.

import { dashboardTexts } from "./dashboards/texts";
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
    says: "This hub has nobody yet. Who is to run it?",
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
    tabs: { readings: "Readings", config: "Config", commands: "Commands", about: "About" } as Words,
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

  doorsPage: {
    title: "Doors",
    parts: "Parts of the page",
    tabs: { race: "Race", results: "Results", fleet: "The fleet by door" } as Words,
  },

  race: {
    load: "Workload",
    says:
      "The same messages go through each way of both doors, from this page to this hub. Devices of " +
      "their own are made for it and deleted afterwards, with all their readings.",
    perSecond: "Messages a second",
    series: "Readings in a message",
    payload: "Text beside them, in bytes",
    seconds: "Seconds for each way",
    between: (least: number, most: number) => `${least} to ${most}`,
    mode: "How the ways run",
    modes: { turns: "One after the other", together: "All at once" } as Words,
    modeSays: {
      turns:
        "Each way has the page, the hub and its processor for itself, so its processor time can be told.",
      together:
        "As a contest to watch. The ways take time from each other, and the hub's processor time is " +
        "that of all of them.",
    } as Words,
    length: (time: string) => `About ${time} in all.`,
    start: "Start the race",
    stop: "Stop it",
    again: "Race again",
    noRight: (scopes: string) => `Test devices are needed, and you may not make them (${scopes}).`,
    left: (count: number) =>
      count === 1
        ? "One test device of an earlier race is still there."
        : `${count} test devices of earlier races are still there.`,
    leftRemove: "Delete them",
    phases: {
      making: "Making test devices…",
      quiet: "Looking at the hub without the race…",
      cleaning: "Deleting the test devices…",
      done: "Finished. The test devices are deleted.",
      stopped: "Stopped. The test devices are deleted.",
      failed: "The race has failed. The test devices are deleted.",
    } as Words,
    turn: (at: number, all: number, way: string) => `Turn ${at} of ${all}: ${way}`,
    allAtOnce: "all ways at once",
    failed: (why: string) => `It failed: ${why}`,
    notDeleted: (ids: string) => `Could not be deleted: ${ids}.`,
    groups: {
      up: "Readings up",
      down: "Events down",
    } as Words,
    groupsSay: {
      up: "From when a message was due until the hub says that it is on disk.",
      down:
        "From when a message was due, over the socket that sends it, until it has come back by the " +
        "way that is measured. What the sending costs is in it, for each way the same.",
    } as Words,
    ways: {
      up_rest: "REST",
      up_ws: "WebSocket",
      down_poll: "Long poll",
      down_sse: "Server-sent events",
      down_ws: "WebSocket",
    } as Words,
    states: { waiting: "waits", running: "runs", done: "done" } as Words,
    figures: {
      p50: "p50",
      p90: "p90",
      p99: "p99",
      heard: "Messages",
      lost: "Lost",
      bytes: "Bytes each",
      cpu: "Hub CPU each",
    } as Words,
    of: (heard: number, sent: number) => `${heard} of ${sent}`,
    picture: (way: string, middle: string, most: string) =>
      `${way}: the middle latency is ${middle}, p99 ${most}`,
    noPicture: (way: string) => `${way}: nothing measured yet`,
    axis: ["1 ms", "10 ms", "100 ms", "1 s"],
    pictureSays:
      "Pictures run from left to right through the turn; up is slower, ten times from line to line. The " +
      "line is the middle latency, the bars reach to the greatest.",
    neverCame: "lost",
    cpu: (quiet: string, busy: string) =>
      `Hub: ${quiet} of a core before the race, ${busy} in the last turn.`,
    cpuHidden: "The hub's processor time is in its metrics, which you may not read (metrics:read).",
    cpuUnknown: "This hub does not tell its processor time.",
    troubles: {
      hidden:
        "The page was not in front for a while. Browsers hold back the timers of such pages, so these " +
        "figures do not count.",
      late:
        "More than one message in ten left more than 5 ms late: this browser is too slow or too busy for the rate, and " +
        "waits are in the latencies.",
      refused:
        "Requests were refused with 429: at this rate the way asks more often than the hub's limits let a " +
        "device. It waited as it was told, and went on from its cursor.",
      lost: "Messages were refused, or not heard within 5 s. They count as slower than all others.",
      receipted: "The hub has sent receipts for events instead of the events.",
      twice: "Messages came more than once.",
    } as Words,
    allWays: "All ways",
    trouble: (ways: string, says: string) => (ways === "" ? says : `${ways}: ${says}`),
    sound: "Nothing speaks against these figures.",
    keep: "Keep this result",
    kept: "Kept in this browser.",
    notKept: "The browser has no room for it.",
    look: "Compare it",
    name: (time: string) => `Race of ${time}`,
    loadText: (per: number, series: number, payload: number, seconds: number, together: boolean) => {
      const text = payload > 0 ? `, ${payload} B of text` : "";
      const mode = together ? "all at once" : "in turns";
      const readings = series === 1 ? "one reading" : `${series} readings`;
      return `${per}/s, ${readings} each${text}, ${seconds} s, ${mode}`;
    },
    counted: "What is counted, and what is not",
    countedSays: [
      "Messages leave when they are due, whatever the answers do, and latency counts from then: a slow answer does " +
        "not hide those behind it. All times are of this browser's clock; its timers wake every few milliseconds.",
      "Bytes of HTTP are the bodies that the page sends, and of answers what the browser tells " +
        "(transferSize): the body as it travelled and 300 bytes in place of the header fields. The " +
        "header fields of requests, often 500 bytes or more, no page can see: REST and long poll look " +
        "smaller than they are.",
      "Bytes of WebSocket are the frames with their headers; of server-sent events the stream without " +
        "HTTP's chunks. TLS, TCP and the opening of connections are in none of them. tandem bench counts " +
        "those, from the kernel's own figures.",
      "Processor time is that of the hub's whole process in the way's turn, less what it took before the " +
        "race, for each message. What else the hub does meanwhile is in it, this console's own stream " +
        "too. The first messages of each way, which open its connections, do not count.",
    ],
  },

  results: {
    title: "Results",
    says:
      "Races that you kept, and reports of tandem bench --json from files. They are kept in this browser alone.",
    open: "Open reports of tandem bench",
    openHint: "JSON files, as tandem bench --json --out FILE writes them.",
    notReport: (file: string) => `${file} is no report of tandem bench --json.`,
    tooLarge: (file: string) => `${file} is too large.`,
    noRoom: "The browser has no room for more results.",
    opened: (count: number) => (count === 1 ? "One report was opened." : `${count} reports were opened.`),
    none: "Nothing is kept yet. Keep a race, or open a report.",
    kinds: { race: "race", bench: "bench" } as Words,
    columns: { name: "Name", kind: "Kind", made: "Made", says: "Workload", sound: "Sound" } as Words,
    sound: "sound",
    notSound: "not sound",
    remove: (name: string) => `Delete ${name}`,
    compare: "Side by side",
    first: "A",
    second: "B",
    needTwo: "With two results they can be compared.",
    partNames: {
      up: "Readings up",
      down: "Commands down",
      "fan-out": "Events down",
    } as Words,
    figureNames: {
      p50_us: "p50",
      p90_us: "p90",
      p99_us: "p99",
      bytes: "Bytes each",
      hub_cpu_us: "Hub CPU each",
      packets: "Packets each",
      lost: "Lost",
    } as Words,
    way: "Way",
    of: "Of",
    ratio: "B / A",
    missing: "–",
    apart:
      "A race counts the bytes that a page can see, bench those of the kernel: they are not compared. A race's latencies " +
      "have the browser in them.",
  },

  byDoor: {
    says: "Through which door the devices that are online came, as the hub tells it now.",
    door: "Door",
    count: "Devices",
    share: "Of those online",
    offline: "Offline",
    look: (door: string) => `Show the devices of ${door}`,
  },
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

  admin: {
    title: "Administration",
    parts: "Parts of the administration",
    tabs: {
      status: "Status",
      security: "Security",
      users: "Users",
      apps: "Apps",
      grants: "Grants",
      audit: "Audit",
      session: "Session",
    } as Words,
    nothing: "You may see none of these pages. Ask an administrator for a role.",
  },

  hubStatus: {
    title: "This hub",
    healthy: "All is well.",
    notReady: "The hub takes nothing that is written to it.",
    version: "Version",
    up: "Running for",
    addresses: "Listens on",
    connections: "Connections",
    connectionsOf: (rest: number, ws: number) => `${rest} HTTP, ${ws} WebSocket`,
    devices: "Devices",
    writes: "Writes of readings",
    perSecond: (count: string) => `${count} a second, over the last minute`,
    store: "Storage",
    engine: "Store",
    durability: "Readings are acknowledged",
    durabilities: {
      batch: "when they are on disk",
      interval: "when they are on disk, synced in steps",
      relaxed: "when they are written, synced within a second",
      memory: "at once: nothing is kept",
    } as Words,
    stored: "Readings stored",
    replaced: "replaced",
    repeated: "repeated",
    free: "Free for the hub",
    files: "Files",
    file: "File",
    size: "Size",
    filesOf: {
      registry: "Devices, keys, twins, commands, users, audit",
      registry_wal: "  its write-ahead log",
      telemetry: "Readings in chunks",
      telemetry_wal: "  its write-ahead log",
      log: "Log of readings and events",
      reserve: "Reserve for the end of keys and for audit",
    } as Words,
    memory: "Rows that are in no chunk yet",
    sync: "A sync of the log takes",
    syncOf: (typical: string, slowest: string) => `${typical} mostly, ${slowest} at most`,
    load: "Memory and load",
    used: "Memory in use",
    pressure: "Pressure",
    pressures: ["none", "slow ones wait sooner", "no new subscriptions", "operations are refused"],
    lag: "Latest loop",
    doors: "By door",
    door: "Door",
    requests: "Requests",
    readings: "Readings",
    limits: "Limits that were reached",
    limit: "Limit",
    hits: "How often",
    noLimits: "None since the hub started.",
    limitsWho: "Who reaches them: the audit has refusals by caller.",
    operations: "Operations most asked for",
    operation: "Operation",
    refused: "Refused",
  },

  security: {
    title: "Weak spots",
    says:
      "What the console can see through the hub's own interface. A look at the keys of all devices " +
      "takes a request for each.",
    none: "Nothing was found.",
    look: "Look at the keys of all devices",
    looking: (done: number, all: number) => `${done} of ${all} devices looked at`,
    stop: "Stop",
    looked: (all: number) => `The keys of ${all} devices were looked at.`,
    severities: { high: "mend now", medium: "look at it", low: "good to know" } as Words,
    plainOpen: (address: string) =>
      `${address} is reached by others and is not encrypted. Serve it with --tls-cert and --tls-key.`,
    plainLocal: (address: string) => `${address} is not encrypted. That is fine as long as only this machine can reach it.`,
    plainPage: "This page itself came without encryption over a network.",
    adminsMany: (count: number) => `${count} users are administrators.`,
    adminOne: "There is one administrator. A second one helps when the first loses the password.",
    wide: (who: string, scopes: string) => `${who} may ${scopes} with every device.`,
    access: (who: string) => `${who} may manage access: as much as everything but people.`,
    secretOld: (app: string, age: string) => `The secret of the app ${app} has not been rotated for ${age}.`,
    appIdle: (app: string) => `The app ${app} has no grant: it can be deleted.`,
    keyOld: (device: string, age: string) => `The key of ${device} has not been rotated for ${age}.`,
    keysOld: (count: number, age: string) => `${count} devices have keys that have not been rotated for ${age} or longer.`,
    keysForever: (count: number) => `Devices with keys that never run out: ${count}.`,
    keysNone: (count: number) => `Devices without a key, which cannot come in: ${count}.`,
    failedLogins: (count: number) => `Log-ins that have failed within a day: ${count}.`,
    refusals: (count: number) => `Requests refused for want of credentials or rights within a day: ${count}.`,
    toAudit: "See the audit",
    toGrants: "See the grants",
    toApps: "See the apps",
    toUsers: "See the users",
    toDevice: "See the device",
  },

  users: {
    title: "Users",
    id: "User",
    name: "Name",
    role: "Role",
    roles: {
      member: "member: grants alone",
      viewer: "viewer: sees everything",
      operator: "operator: sees everything, sends commands, writes config",
      admin: "admin: everything in the tenant",
    } as Words,
    created: "Made",
    add: "New user",
    make: "Make the user",
    password: "Password",
    passwordHint: "8 to 128 bytes. The user may set another.",
    setPassword: "Set a password",
    setPasswordText: "It ends all sessions of the user.",
    remove: "Delete",
    removeText: (id: string) => `${id} can no longer log in, and all sessions end at once.`,
    roleOf: (id: string) => `Role of ${id}`,
    you: "you",
  },

  apps: {
    title: "Apps",
    says: "An app is a program with a key of its own. What it may do its grants say.",
    id: "App",
    name: "Name",
    secrets: "Secrets",
    add: "New app",
    make: "Make the app",
    secret: "Its secret",
    rotate: "New secret",
    rotateText: "A new secret is made, and the one before works for 24 hours more.",
    revoke: "Revoke",
    revokeText: "The secret is refused at once, and sockets that used it are closed.",
    remove: "Delete",
    removeText: (id: string) => `${id} goes with its secrets and grants, at once.`,
    none: "No apps yet.",
  },

  grants: {
    title: "Grants",
    says: "All grants of somebody add up. Users have their role beside them.",
    who: "Who",
    what: "May",
    with: "With",
    series: "Series",
    all: "all",
    everyDevice: "every device",
    add: "New grant",
    make: "Make the grant",
    edit: "Edit",
    kind: "For",
    kinds: { app: "An app", user: "A user" } as Words,
    id: "Which one",
    scopes: "What it lets do",
    devices: "Devices",
    devicesHint: "Ids with commas between; * is every one.",
    labels: "And devices with all of these labels",
    labelsHint: "site=hall-3, line=2",
    seriesHint: "Names, or beginnings with a * at the end; empty: all.",
    noScope: "Choose at least one thing that it lets do.",
    noDevice: "A grant without devices and labels covers no device.",
    remove: "Delete",
    removeText: "What it gave is taken back at once, on open sockets too.",
    none: "No grants yet.",
    faster: "Somebody else has changed the grant meanwhile. Close this and look at it first.",
  },

  audit: {
    title: "Audit log",
    since: "From",
    until: "Before",
    actor: "Who",
    actorHint: "user:admin",
    action: "Operation",
    actionHint: "keys.create",
    kind: "Kind",
    kindHint: "authn_login_fail",
    result: "Result",
    results: { "": "any", ok: "ok", unauthenticated: "unauthenticated", forbidden: "forbidden" } as Words,
    apply: "Show",
    time: "Time",
    door: "Door",
    address: "From",
    resource: "Device",
    count: (count: number) => `× ${count}`,
    none: "No line matches.",
    newest: "The newest lines, the newest first.",
    more: "Later lines",
    chain: "The lines are a chain: tandem audit verify says whether one was changed.",
  },

  session: {
    title: "This session",
    who: "You are",
    tenant: "Tenant",
    credential: "Session",
    may: "You may",
    end: "Log out",
    password: "Change your password",
    current: "The present one",
    fresh: "The new one",
    set: "Change it",
    ends: "That ends all your sessions, this one too.",
    others: "To end all sessions of another user, set a password for that user.",
  },
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
