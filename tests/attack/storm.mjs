// T-31: the hub is killed, and all who were there come back at once.
import { within } from "../end_to_end/wait.mjs";
import { attacks, filesAllowed } from "./harness.mjs";
import { Peer, crowd, hasSaid, pass, sourceAddress, upgrade, webSockets } from "./wire.mjs";

const kWanted = 5_000;
const kSpareFiles = 1_024;
const kBackMs = 10_000;
const kAtOnce = 500;
const kCalmMs = 4_000;
const kAgainMs = 50;

async function prepare(arena) {
  arena.crowd = await arena.makeDevices(Math.min(kWanted, filesAllowed() - kSpareFiles));
}

/** Tries until the hub has said hello; how often it took. */
async function comeBack(arena, at, deadline) {
  for (let tries = 1; performance.now() < deadline; ++tries) {
    const peer = new Peer({ port: arena.port, from: sourceAddress(at) });
    if (await peer.opened) {
      peer.write(upgrade(arena.crowd[at].key));
      const left = deadline - performance.now();
      if (await peer.until(() => hasSaid(peer, '"hello"'), left)) return { peer, tries };
    }
    peer.destroy();
    await pass(kAgainMs);
  }
  return { peer: null, tries: Infinity };
}

async function reconnectStorm(arena) {
  const { crowd: devices, hub } = arena;
  const before = await webSockets(hub, devices.length, (at) => devices[at].key);
  arena.figure("clients", devices.length);
  await arena.healthyBegin("baseline");
  await pass(kCalmMs);
  const { baseline } = await arena.healthyEnd();

  const gone = Promise.all(before.map(({ closed }) => closed));
  const { port } = arena;
  const killed = performance.now();
  await hub.kill();
  await within(5_000, "all sockets to break", gone);
  hub.listen = `127.0.0.1:${port}`;
  await hub.start();
  const listening = performance.now();
  arena.figure("listens_again_after_ms", listening - killed);
  const healthy = arena.healthyBegin("attack");
  const deadline = listening + 2 * kBackMs;
  let done = 0;
  let allBackAt = null;
  const cpu = arena.cpu;
  const back = await crowd(
    devices.length,
    async (at) => {
      const made = await comeBack(arena, at, deadline);
      if (made.peer !== null) done += 1;
      if (done === devices.length) allBackAt = performance.now();
      return made;
    },
    kAtOnce,
  );
  arena.figure("back", done, { is: devices.length });
  arena.figure("all_back_after_s", allBackAt === null ? null : (allBackAt - listening) / 1000, {
    most: kBackMs / 1000,
  });
  arena.figure("tries_at_most", Math.max(...back.map(({ tries }) => tries)));
  if (allBackAt !== null) {
    const seconds = (allBackAt - listening) / 1000;
    arena.figure("sockets_per_s", devices.length / seconds);
    arena.figure("storm_cpu_percent", ((arena.cpu - cpu) / seconds) * 100);
  }
  await healthy;
  await pass(1_000);
  await arena.phase("after");
  await pass(1_000);
  arena.figure("still_there", back.filter(({ peer }) => peer?.open).length, {
    is: devices.length,
  });
  const { attack, after } = await arena.healthyEnd();
  arena.judge({ baseline, attack, after });
  back.forEach(({ peer }) => peer?.destroy());
}

await attacks([
  {
    id: "T-31",
    what: "after a kill all devices are back within ten seconds, and nobody is shed",
    alone: true,
    prepare,
    run: reconnectStorm,
  },
]);
