// What doors.mjs measures: rows of TARGETS for the doors, each with the servers that take turns.
//
// `load` are words for bench/load. A cell is a server and, where it differs, what is asked of it. A
// comparison is of one cell with another, or of one alone: `figure` is what the load generator
// calls it, `at_most` what the ratio (or the difference, or the figure) has to reach, `aim` what it
// would be good to reach.

const cells = (...names) => Object.fromEntries(names.map((name) => [name, {}]));
const floor = (server) => ({ floor: { server } });

const against = (other, bound = {}) => ({ one: "tandem", other, ...bound });
const withBatches = (bound = {}) => ({ one: "tandem with io_uring", other: "floor", ...bound });

const echo = (inFlight, most, aim) => ({
  name: `WebSocket echo of 120 B, 64 sockets, ${inFlight} in flight`,
  load: ["--mode", "echo", "--sockets", "64", "--in-flight", String(inFlight)],
  cells: {
    ...floor("floor, WebSocket"),
    ...cells("tandem", "tandem with io_uring", "beast", "libwebsockets", "ws"),
  },
  compare: [
    against("floor", { at_most: most }),
    withBatches({ aim }),
    ...["beast", "libwebsockets", "ws"].map((other) => against(other)),
  ],
});

const kBroker = (protocol) => ({ load: ["--protocol", protocol] });

const fanOut = (inFlight, targets) => ({
  name: `fan-out of 120 B to 1,000 sockets, window of ${inFlight}`,
  load: ["--mode", "fanout", "--sockets", "1000", "--in-flight", String(inFlight)],
  cells: {
    ...floor("floor, fan-out"),
    ...cells("tandem", "tandem with io_uring", "beast", "ws"),
    mosquitto: kBroker("mqtt"),
    nats: kBroker("nats"),
  },
  compare: [
    against("floor", targets.floor),
    withBatches(targets.batches),
    against("beast", targets.peer),
    against("ws", targets.peer),
    against("mosquitto"),
    against("nats"),
  ],
});

const post = (inFlight, others, compare) => ({
  name: `POST of 120 B to 204, 64 connections, ${inFlight} in flight`,
  load: ["--mode", "post", "--path", "/empty", "--in-flight", String(inFlight)],
  cells: { ...floor("floor, POST"), ...cells("tandem", "tandem with io_uring", ...others) },
  compare: [against("floor"), withBatches(), ...compare],
});

const idle = (server, most, ...words) => ({
  name: `idle WebSocket of the engine alone, 10,000 sockets, ${server}`,
  load: ["--mode", "idle", "--sockets", "10000", ...words],
  fresh: true, // What is freed is not given back.
  cells: cells(server),
  compare: [{ one: server, figure: "rss_per_socket", at_most: most }],
});

export const kRows = [
  echo(1, 1.1, 0.95),
  echo(16, 1.15, 1.0),
  fanOut(1, {}),
  fanOut(32, { floor: { at_most: 1.15 }, batches: { aim: 0.8 }, peer: { at_most: 1 / 20 } }),
  {
    name: "2,000 messages/s of 120 B to 100 sockets, gathered 1 ms",
    load: ["--mode", "fanout", "--sockets", "100", "--rate", "2000", "--in-flight", "4000"],
    cells: {
      gathered: { server: "tandem", load: ["--path", "/fanout?gather_ms=1"] },
      "at once": { server: "tandem" },
    },
    compare: [
      { one: "gathered", other: "at once", at_most: 0.45 },
      { one: "gathered", other: "at once", figure: "p50_us", by: "difference", at_most: 1000 },
    ],
  },
  post(1, ["nginx", "beast", "ws"], [
    against("nginx", { at_most: 0.85 }),
    against("beast"),
    against("ws"),
  ]),
  post(16, ["nginx", "beast"], [against("beast", { at_most: 0.1 }), against("nginx")]),
  {
    name: "WebSocket echo of 120 B over TLS, 64 sockets, 1 in flight",
    load: ["--mode", "echo"],
    cells: { "tandem over TLS": { load: ["--tls"] }, tandem: {} },
    compare: [{ one: "tandem over TLS", other: "tandem" }],
  },
  idle("tandem", 2 * 1024),
  idle("tandem over TLS", 18 * 1024, "--tls"),
];
