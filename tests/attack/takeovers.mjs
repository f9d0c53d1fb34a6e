// T-64: pairs of programs have the key of one device each, and take its socket from each other as
// fast as they can. Somebody follows presence, and somebody sends commands.
import { eventually, seeded } from "../end_to_end/wait.mjs";
import { attacks } from "./harness.mjs";
import { Peer, closeCode, frame, framesIn, hasSaid, message, op, pass, upgrade } from "./wire.mjs";

const kDevices = 25;
const kEach = 2;
const kStormMs = 15_000;
// The storm goes on until there were as many, but no longer than this.
const kTakeovers = 2_000;
const kMostMs = 120_000;
const kCommandEveryMs = 50;
const kLingerMs = 3_000;
const kPatienceMs = 20_000;
const kTakenOver = 4409;

async function prepare(arena) {
  arena.crowd = await arena.makeDevices(kDevices, "contested");
}

/** Carries out the commands that come, and says so; `done` counts them by id. */
function obey(peer, done) {
  let seen = 0;
  peer.until(() => {
    const frames = framesIn(peer.bytes);
    for (; seen < frames.length; ++seen) {
      const { opcode, payload } = frames[seen];
      if (opcode === op.ping) peer.write(frame(op.pong, payload));
      const { cmd } = opcode === op.text ? JSON.parse(payload) : {};
      if (cmd === undefined) continue;
      done.set(cmd.id, (done.get(cmd.id) ?? 0) + 1);
      const path = { device: "me", command: cmd.id };
      peer.write(message({ op: "commands.ack", path }));
      peer.write(message({ op: "commands.finish", path, body: { status: "done" } }));
    }
    return false;
  }, 2 * kMostMs);
}

/** Leaves a socket that was taken over: at once, in order, or some time. */
function leave(peer, how) {
  if (how < 1 / 3) return peer.destroy();
  if (how < 2 / 3) peer.write(frame(op.close, Buffer.from([kTakenOver >> 8, kTakenOver & 0xff])));
  setTimeout(() => peer.destroy(), how * kLingerMs);
}

/** Takes the socket again and again; the one that it has when the storm is over, if it has it. */
async function fight(storm, device, random) {
  for (;;) {
    const peer = new Peer({ port: storm.port });
    storm.peers.add(peer);
    peer.closed.then(() => storm.peers.delete(peer));
    await peer.opened;
    peer.write(upgrade(device.key));
    const greeted = await peer.until((each) => hasSaid(each, '"hello"'), kPatienceMs);
    if (!greeted || !hasSaid(peer, '"hello"')) {
      storm.refused[peer.status] = (storm.refused[peer.status] ?? 0) + 1;
      peer.destroy();
      if (!storm.on) return;
      continue;
    }
    obey(peer, storm.done);
    await Promise.race([peer.until(closeCode, 2 * kMostMs), storm.over]);
    // Who comes second at the end has it.
    if (!storm.on) await peer.until(closeCode, kLingerMs);
    const code = closeCode(peer);
    if (code === 0 && peer.open) return;
    storm.codes[code] = (storm.codes[code] ?? 0) + 1;
    leave(peer, random());
    if (!storm.on) return;
  }
}

/** Sends commands to each in turn while the storm goes on; their ids, and whose. */
async function command(arena, storm) {
  const sent = [];
  for (; storm.on; await pass(kCommandEveryMs)) {
    const { id } = arena.crowd[sent.length % kDevices];
    const path = `/v1/devices/${id}/commands`;
    const { body } = await arena.hub.rest.must("POST", path, { name: "on" });
    sent.push({ device: id, id: body.id });
  }
  return sent;
}

async function undone(arena, sent) {
  let left = 0;
  for (const { device, id } of sent) {
    const { body } = await arena.hub.rest.must("GET", `/v1/devices/${device}/commands/${id}`);
    if (body.status !== "done") left += 1;
  }
  return left;
}

async function takeovers(arena) {
  const follower = await arena.hub.follow({ kinds: ["presence"] });
  const ids = new Set(arena.crowd.map(({ id }) => id));
  const told = (online) =>
    follower.events.items.filter(({ d, v }) => ids.has(d) && v.online === online).length;
  const storm = {
    port: arena.port,
    on: true,
    peers: new Set(),
    codes: {},
    refused: {},
    done: new Map(),
  };
  storm.over = pass(kStormMs)
    .then(() => eventually(kMostMs, "takeovers", () => storm.codes[kTakenOver] >= kTakeovers))
    .catch(() => {})
    .then(() => (storm.on = false));
  const random = seeded(64);
  const fights = arena.crowd.flatMap((device) =>
    Array.from({ length: kEach }, () => fight(storm, device, random)),
  );
  const sending = command(arena, storm);
  await Promise.all(fights);
  const sent = await sending;
  const taken = storm.codes[kTakenOver] ?? 0;
  arena.figure("takeovers", taken, { least: kTakeovers });
  arena.figure("codes", storm.codes);
  arena.figure("otherwise", Object.keys(storm.codes).length - 1, { is: 0 });
  arena.figure("refused", storm.refused, { is: {} });
  // Those that linger are reset meanwhile: none of them takes its device along.
  await eventually(kPatienceMs, "those that linger to go", () => storm.peers.size === kDevices);
  await pass(1_000);
  arena.figure("false_offline", told(false), { is: 0 });
  arena.figure("told_online", told(true));
  const left = await eventually(kPatienceMs, "the commands", async () => {
    const count = await undone(arena, sent);
    return count === 0 ? "none" : false;
  }).catch(() => undone(arena, sent));
  arena.figure("commands", sent.length, { least: 10 });
  arena.figure("commands_not_done", left, { is: "none" });
  const again = [...storm.done.values()].filter((count) => count > 1).length;
  arena.figure("commands_handed_again", again);
  storm.peers.forEach((peer) => peer.destroy());
  await eventually(kPatienceMs, "all to be offline", () => told(false) >= kDevices);
  await pass(500);
  arena.figure("offline_at_the_end", told(false), { is: kDevices });
  const gaps = follower.notices.items.filter(({ gap }) => gap !== undefined).length;
  arena.figure("gaps_of_the_follower", gaps, { is: 0 });
  follower.close();
}

await attacks([
  {
    id: "T-64",
    what: "a device whose socket is taken over without end is never told of as gone",
    prepare,
    run: takeovers,
    promises: { rssDeltaKib: 64 * 1024 },
  },
]);
