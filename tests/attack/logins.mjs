// T-57: passwords that are guessed, two hundred a second. Argon2 must not become the attack.
import { readFileSync, readdirSync } from "node:fs";

import { guest, needAddresses, reachable } from "./addresses.mjs";
import { attacks } from "./harness.mjs";
import { pass } from "./wire.mjs";

const kPerSecond = 200;
// On a busy machine some are late.
const kLeastShare = 0.75;
const kSeconds = 20;
// Of one core.
const kHashPercent = 50;
const kTickMs = 10;
const kConnections = 64;
// The hashing thread is the one that gives way: kNiceness of src/base/worker.cc.
const kNiceness = 10;
const kTicksPerSecond = 100;
// argon2id with the parameters of src/auth/password.cc, and what the allocator keeps of it.
const kHashKib = 19_456;
const kKeptKib = 8_192;

/** Seconds of the hub's threads that give way to the others: those that hash. */
function hashSeconds(pid) {
  let ticks = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[16]) === kNiceness) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / kTicksPerSecond;
}

/** Clients that are each used for one login at a time. */
class Pool {
  constructor(hub, from) {
    this.free = Array.from({ length: kConnections }, () => hub.client(null, { from }));
  }
  /** Tries once; false where all of them wait for an answer. */
  logIn(who, told) {
    const client = this.free.pop();
    if (client === undefined) return false;
    client
      .ask("POST", "/v1/session", who)
      .then(told, () => told({ status: 0 }))
      .finally(() => this.free.push(client));
    return true;
  }
}

/** Guesses `name(number)`'s password, at a fixed rate, and judges what it has cost. */
async function guess(arena, name, from) {
  const pool = new Pool(arena.hub, from);
  const statuses = {};
  const limits = {};
  const told = ({ status, body }) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 429) limits[body.limit] = (limits[body.limit] ?? 0) + 1;
  };
  const hashed = hashSeconds(arena.hub.pid);
  const began = performance.now();
  let tried = 0;
  let late = 0;
  while (performance.now() - began < kSeconds * 1_000) {
    const due = ((performance.now() - began) / 1000) * kPerSecond;
    for (; tried < due; ++tried) {
      const who = { user: name(tried), password: `a guess, the ${tried}th` };
      if (!pool.logIn(who, told)) late += 1;
    }
    await pass(kTickMs);
  }
  const seconds = (performance.now() - began) / 1000;
  arena.figure("tried_per_s", (tried - late) / seconds, { least: kLeastShare * kPerSecond });
  arena.figure("statuses", statuses);
  arena.figure("refused_by", limits);
  arena.figure("let_in", (statuses[200] ?? 0) + (statuses[201] ?? 0), { is: 0 });
  arena.figure("hashes_per_s", (statuses[401] ?? 0) / seconds);
  const percent = ((hashSeconds(arena.hub.pid) - hashed) / seconds) * 100;
  arena.figure("hash_cpu_percent", percent, { most: kHashPercent });
}

const manyNames = (number) => `nobody-${number}`;
const promises = { rssDeltaKib: kHashKib + kKeptKib };

await attacks([
  {
    id: "T-57",
    what: "the password of one account is guessed",
    run: (arena) => guess(arena, () => arena.hub.admin.admin_user),
    promises,
  },
  {
    id: "T-57-address",
    what: "passwords of accounts by the thousand are guessed, from one address",
    needs: needAddresses,
    hub: reachable,
    run: (arena) => guess(arena, manyNames, guest(0)),
    promises,
  },
  {
    // No brake holds who is on loopback, or has addresses by the hundred: see docs.
    id: "T-57-names",
    what: "passwords of accounts by the thousand are guessed, and no address is held up",
    extra: true,
    run: (arena) => guess(arena, manyNames),
    promises,
  },
]);
