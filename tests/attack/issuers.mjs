// T-59: tokens of an outside issuer that name keys it does not have, while devices write. Each of
// them could make the hub ask the issuer.
import { Issuer, trusting } from "../end_to_end/issuer.mjs";
import { attacks } from "./harness.mjs";
import { pass } from "./wire.mjs";

const kFlood = 10_000;
// Longer than the hub waits before it asks again.
const kLeastMs = 40_000;
const kConnections = 8;
const kAtOnce = 8;
const kGoodEveryMs = 100;
const kFetchesPerMinute = 2;

let issuer;
let key;
let unknown = 0;

/** Of a key that is not there; a signature takes part in nothing then. */
function unknownToken(good) {
  const [, claims, signature] = good.split(".");
  const header = JSON.stringify({ alg: "RS256", typ: "at+jwt", kid: `unknown-${++unknown}` });
  return [Buffer.from(header).toString("base64url"), claims, signature].join(".");
}

const ask = async (client, token) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await client.ask("GET", "/v1/me", undefined, headers)).status;
};

async function prepare(arena) {
  await arena.hub.rest.must("POST", "/v1/apps", { id: "plant" });
  const scopes = ["telemetry:read", "telemetry:write"];
  await arena.hub.rest.must("POST", "/v1/grants", { app: "plant", scopes, devices: ["*"] });
  const status = await ask(arena.hub.client(null), issuer.token(key));
  arena.figure("good_before", status, { is: 200 });
}

/** Sends unknown keys over many connections until enough of them have gone out. */
async function pour(arena, good, statuses) {
  const began = performance.now();
  const done = () => unknown >= kFlood && performance.now() - began >= kLeastMs;
  const connection = async () => {
    const client = arena.hub.client(null, { pipelining: kAtOnce });
    while (!done()) {
      const some = Array.from({ length: kAtOnce }, () => ask(client, unknownToken(good)));
      for (const status of await Promise.all(some)) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: kConnections }, connection));
  return (performance.now() - began) / 1000;
}

/** Tokens of the key that the issuer has, each another, until told to stop. */
async function goodTokens(arena, going) {
  const client = arena.hub.client(null);
  const found = { asked: 0, refused: 0, longest: 0 };
  while (going.on) {
    const began = performance.now();
    const status = await ask(client, issuer.token(key));
    found.longest = Math.max(found.longest, performance.now() - began);
    found.asked += 1;
    if (status !== 200) found.refused += 1;
    await pass(kGoodEveryMs);
  }
  client.close();
  return found;
}

async function flood(arena) {
  unknown = 0;
  const before = issuer.asked;
  const statuses = {};
  const going = { on: true };
  const good = goodTokens(arena, going);
  const seconds = await pour(arena, issuer.token(key), statuses);
  going.on = false;
  const { asked, refused, longest } = await good;
  arena.figure("unknown", unknown, { least: kFlood });
  arena.figure("unknown_per_s", unknown / seconds);
  arena.figure("statuses", statuses);
  arena.figure("let_in", statuses[200] ?? 0, { is: 0 });
  arena.figure("fetches", issuer.asked - before, {
    least: 1,
    most: kFetchesPerMinute * Math.ceil(seconds / 60) + 1,
  });
  arena.figure("good_asked", asked, { least: 10 });
  arena.figure("good_refused", refused, { is: 0 });
  arena.figure("good_longest_ms", longest);
}

async function hub() {
  issuer = await new Issuer().start();
  key = issuer.newKey("k1");
  return { words: ["--config", trusting(issuer)] };
}
/** From the second question on it says nothing and keeps the connection. */
async function hubOfSilent() {
  const options = await hub();
  issuer.answer = (say) => {
    if (issuer.asked === 1) say(200, { keys: [key.jwk] }, { "cache-control": "max-age=600" });
  };
  return options;
}

// What audit lines and the caches of tokens take.
const promises = { rssDeltaKib: 16 * 1024 };

await attacks([
  {
    id: "T-59",
    what: "keys that the issuer has not got are named by the thousand",
    hub,
    prepare,
    run: flood,
    promises,
  },
  {
    id: "T-59-silent",
    what: "the same while the issuer takes questions and does not answer",
    hub: hubOfSilent,
    prepare,
    run: flood,
    promises,
  },
]);
