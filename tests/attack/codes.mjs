// T-61: somebody with an account guesses the codes that boxes show, RFC 8628, section 5.1.
import { logIn, logInAdmin } from "../end_to_end/page.mjs";
import { guest, needAddresses, reachable } from "./addresses.mjs";
import { attacks } from "./harness.mjs";
import { crowd, pass } from "./wire.mjs";

const kPending = 200;
const kOneAddressMs = 10_000;
const kManyAddressesMs = 10_000;
const kLanes = 8;
const kTriesOfSession = 5;
const kTriesPerMinute = 10;
const kCodeLifeMinutes = 10;
const kAlphabet = "BCDFGHJKLMNPQRSTVWXZ";
const kLength = 8;
const kPassword = "correct horse battery staple";
const kForm = { "content-type": "application/x-www-form-urlencoded" };

const randomLetter = () => kAlphabet[Math.floor(Math.random() * kAlphabet.length)];
const randomCode = () => Array.from({ length: kLength }, randomLetter).join("");

const form = (fields) => Buffer.from(new URLSearchParams(fields).toString());

/** A box that waits; its code. */
async function box(hub, from) {
  const client = hub.client(null, { from });
  const answer = await client.must(
    "POST",
    "/oauth/device_authorization",
    form({ client_id: "wall", scope: "telemetry:read" }),
    kForm,
  );
  client.close();
  return answer.body.user_code;
}

/** What the hub says to a code that is entered at `page`: "hit", "miss" or "refused". */
async function enter(page, code) {
  const headers = { accept: "text/html", ...kForm };
  const answer = await page.ask("POST", "/oauth/device", form({ user_code: code }), headers);
  if (answer.status === 429) return "refused";
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return answer.body.includes('name="decision"') ? "hit" : "miss";
}

/** Logs in; whose address makes connections faster than it may is held up, and comes again. */
async function visit(arena, user, from) {
  for (;;) {
    try {
      return await logIn(arena.hub, { user, password: kPassword }, { from });
    } catch (error) {
      if (!/: 429 /.test(error.message)) throw error;
      await pass(500);
    }
  }
}

/** Guesses in one session after the other until `ms` have passed, `lanes` at a time. */
async function guessFor(arena, ms, lanes, addressOf) {
  const found = { sessions: 0, tries: 0, hits: 0, most: 0, usedUp: 0, toldRight: 0 };
  const began = performance.now();
  const over = () => performance.now() - began >= ms;
  await Promise.all(Array.from({ length: lanes }, () => guess(arena, over, addressOf, found)));
  found.minutes = (performance.now() - began) / 60_000;
  return found;
}

async function guess(arena, over, addressOf, found) {
  while (!over()) {
    const page = await visit(arena, "guesser", addressOf(found.sessions++));
    let tries = 0;
    let said = await enter(page, randomCode());
    for (; said !== "refused"; said = await enter(page, randomCode())) {
      tries += 1;
      if (said === "hit") found.hits += 1;
    }
    // A session that has guessed too often is not told what is right either.
    if (tries >= kTriesOfSession) {
      found.usedUp += 1;
      if ((await enter(page, arena.codes[0])) !== "refused") found.toldRight += 1;
    }
    found.tries += tries;
    found.most = Math.max(found.most, tries);
    page.close();
  }
}

/** The chance that one of `tries` codes is one of those that wait. */
const chance = (tries) => {
  const codes = kAlphabet.length ** kLength;
  return (-Math.expm1(tries * Math.log1p(-kPending / codes))).toExponential(1);
};

async function prepare(arena) {
  const redirect_uris = ["https://app.example/done"];
  await arena.hub.rest.must("POST", "/v1/apps", { id: "wall", public: true, redirect_uris });
  const admin = await logInAdmin(arena.hub);
  for (const id of ["guesser", "honest"]) {
    await admin.must("POST", "/v1/users", { id, password: kPassword, role: "viewer" });
  }
  arena.codes = await crowd(kPending, (number) => box(arena.hub, guest(number)), 8);
}

function judge(arena, name, found, most) {
  arena.figure(`${name}_sessions`, found.sessions);
  arena.figure(`${name}_tries`, found.tries, { most });
  arena.figure(`${name}_tries_of_a_session`, found.most, { most: kTriesOfSession });
  arena.figure(`${name}_hits`, found.hits, { is: 0 });
  arena.figure(`${name}_sessions_used_up`, found.usedUp, { least: 1 });
  arena.figure(`${name}_right_code_told`, found.toldRight, { is: 0 });
}

async function guesser(arena) {
  arena.figure("pending", new Set(arena.codes).size, { is: kPending });
  const one = await guessFor(arena, kOneAddressMs, 1, () => guest(0));
  judge(arena, "one_address", one, kTriesPerMinute * (1 + one.minutes) + 1);
  const inLife = kTriesPerMinute * (1 + kCodeLifeMinutes);
  arena.figure("one_address_p_hit", chance(inLife));
  // Others are not locked out by it.
  const honest = await visit(arena, "honest", guest(249));
  arena.figure("honest_finds_the_box", await enter(honest, arena.codes[1]), { is: "hit" });
  honest.close();
  // Beyond the promise: as many addresses as sessions; what holds them up is logging in.
  const many = await guessFor(arena, kManyAddressesMs, kLanes, guest);
  judge(arena, "many_addresses", many);
  const perMinute = many.tries / many.minutes;
  arena.figure("many_addresses_tries_per_minute", perMinute);
  arena.figure("many_addresses_p_hit", chance(perMinute * kCodeLifeMinutes));
}

await attacks([
  {
    id: "T-61",
    what: "codes of boxes are guessed, in one session after the other",
    needs: needAddresses,
    hub: reachable,
    prepare,
    run: guesser,
    promises: { rssDeltaKib: 32 * 1024 },
  },
]);
