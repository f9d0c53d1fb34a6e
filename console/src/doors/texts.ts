// What the page of the doors says; texts.ts has it with all the others.

type Words = Record<string, string>;

export const doorsTexts = {
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
};
