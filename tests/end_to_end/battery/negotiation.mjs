// 12: what is agreed on about compression. RFC 7692 section 7.1. `agree` is null where the server has to
// say no; else the window of its messages, and the most that it may say of the client's, if anything.
import { text } from "./frames.mjs";
import { packedText } from "./packing.mjs";
import { echo, letters, numbered } from "./words.mjs";
import { seeded } from "../wait.mjs";

const kName = "permessage-deflate";
const kServer = "server_max_window_bits";
const kClient = "client_max_window_bits";
const kTakeovers = ["server_no_context_takeover", "client_no_context_takeover"];

const random = seeded(7692);
const noise = (length) =>
  Buffer.from(Array.from({ length }, () => 0x20 + Math.floor(random() * 95)));
// Repeats itself from further and further back: a window that is too big shows.
const kFar = [200, 500, 1_000, 5_000, 20_000, 32_000].flatMap((distance) => {
  const block = noise(distance);
  return [Buffer.concat([block, block])];
});

const no = (name, offer) => ({ name, offer, agree: null, send: text("hello") });
const yes = (name, offer, { server = 15, client } = {}) => ({
  name,
  offer,
  agree: { server, client },
  messages: ["", "hello", letters(2_000), ...kFar],
  windowBits: client ?? 15,
});

const withBits = (name, bits) => `${kName}; ${name}=${bits}`;
const windows = [9, 10, 11, 12, 13, 14, 15];
const smallest = 8;

const good = [
  yes("nothing more", kName),
  ...kTakeovers.map((each) => yes(each, `${kName}; ${each}`)),
  yes("both without takeover", `${kName}; ${kTakeovers.join("; ")}`),
  ...windows.map((bits) => yes(`server's ${bits} bits`, withBits(kServer, bits), { server: bits })),
  ...[smallest, ...windows].map((bits) =>
    yes(`client's ${bits} bits`, withBits(kClient, bits), { client: bits }),
  ),
  yes("client's bits as the server likes", `${kName}; ${kClient}`, { client: 15 }),
  ...windows.map((bits) =>
    yes(`${bits} bits for both`, `${withBits(kServer, bits)}; ${kClient}=${bits}`, {
      server: bits,
      client: bits,
    }),
  ),
  yes("everything", `${withBits(kServer, 10)}; ${kClient}; ${kTakeovers.join("; ")}`, {
    server: 10,
    client: 15,
  }),
  yes("no space anywhere", `${kName};${kServer}=12;${kClient}=11`, { server: 12, client: 11 }),
  yes("spaces and tabs", `${kName} \t;\t ${kServer}=12 ; ${kClient}`, { server: 12, client: 15 }),
  yes("a number in quotes", `${kName}; ${kServer}="10"`, { server: 10 }),
];

const bad = [
  no("server's 8 bits, which zlib cannot do", withBits(kServer, 8)),
  ...[0, 7, 16, 99, -1, "x", "010", "9.0", "9a"].flatMap((bits) => [
    no(`server's ${bits} bits`, withBits(kServer, bits)),
    no(`client's ${bits} bits`, withBits(kClient, bits)),
  ]),
  no("client's 08 bits", withBits(kClient, "08")),
  no("server's bits without a number", `${kName}; ${kServer}`),
  ...kTakeovers.map((each) => no(`${each} with a value`, `${kName}; ${each}=1`)),
  ...[...kTakeovers, `${kServer}=10`, `${kClient}=10`, kClient].map((each) =>
    no(`${each} twice`, `${kName}; ${each}; ${each}`),
  ),
  no("server's bits twice, not the same", `${withBits(kServer, 10)}; ${kServer}=11`),
  no("an unknown parameter", `${kName}; server_no_context`),
  no("an unknown parameter with a value", `${kName}; max_window_bits=10`),
  no("an unknown parameter among good ones", `${withBits(kServer, 10)}; x; ${kClient}`),
  no("another extension", "permessage-bzip2"),
  no("the name with something behind it", "permessage-deflate2"),
  no("the name of an early draft", "permessage-compress; method=deflate"),
  no("the name of what browsers had", "x-webkit-deflate-frame"),
  no("names of an object", "constructor, __proto__; toString"),
];

const declined = `${kName}; x`;
const several = [
  yes("the second of two", `${declined}, ${kName}`),
  yes("the second of two in fields of their own", [declined, kName]),
  yes("the first of two", `${withBits(kServer, 10)}, ${kName}`, { server: 10 }),
  yes("the third of three", `${declined}, ${withBits(kServer, 8)}, ${withBits(kServer, 9)}`, {
    server: 9,
  }),
  yes("what comes after another extension", `x-other; a=1, ${kName}`),
  yes("what comes after one that has its name as a parameter", `x-other; ${kName}, ${kName}`),
  yes("what comes before another extension", `${kName}, x-other`),
  no("none of two", `${declined}, ${withBits(kServer, 8)}`),
];

// RFC 6455 section 9.1: what is no list of extensions ends the handshake.
const malformed = [
  ";",
  `${kName};`,
  `${kName}, ;`,
  "; a=1",
  `${kName} ${kClient}`,
  `${kName}; =1`,
  `${kName}; ${kServer}=`,
  `${kName}; ${kServer}="10`,
  `${kName}; ${kServer}="1 0"`,
  `${kName}; ${kServer}=10=11`,
  `${kName}; (a)`,
].map((offer) => ({ name: `no list: ${offer}`, offer, status: 400 }));

/** The messages of a case, compressed as the client may, and how they come back. */
function filled({ messages, windowBits, ...each }) {
  if (messages === undefined) return { ...each, expect: [echo("text", "hello")] };
  // zlib has no window of 8 bits: what needs one is sent as it is.
  const options = windowBits === 8 ? { level: 0 } : { windowBits };
  return {
    ...each,
    send: Buffer.concat(messages.map((message) => packedText(message, options))),
    expect: messages.map((message) => echo("text", message)),
  };
}

export const negotiation = numbered("12", [
  ...[...good, ...bad, ...several].map(filled),
  ...malformed,
]);
