// T-30: the cable is pulled: the device's packets and the hub's vanish, and nobody says so. Needs
// root: a network namespace of its own with a pair of virtual interfaces, which go at the end.
import { runNow, start } from "../end_to_end/hub.mjs";
import { Skip, attacks } from "./harness.mjs";

const kNamespace = `tandem-cable-${process.pid}`;
const kInterface = { hub: `tdmh${process.pid % 100_000}`, device: `tdmd${process.pid % 100_000}` };
// For measurements between networks (RFC 2544); no network of anybody's.
const kAddress = { hub: "198.18.77.1", device: "198.18.77.2" };
const kOfflineMs = 50_000;
const kPingMs = 20_000;

function must(...words) {
  const { code, err } = runNow(words[0], words.slice(1));
  if (code !== 0) throw new Error(`${words.join(" ")}: ${err.trim()}`);
}
const inside = (...words) => must("ip", "netns", "exec", kNamespace, ...words);

/** Whether this machine lets us: the reason where it does not. */
function needs() {
  if (process.getuid() !== 0) throw new Skip("needs root for a network namespace");
  try {
    must("ip", "netns", "add", kNamespace);
    // The interfaces by name: connections that hang keep the namespace alive for minutes.
    process.once("exit", () => {
      runNow("ip", ["link", "del", kInterface.hub]);
      runNow("ip", ["netns", "del", kNamespace]);
    });
    inside("nft", "add", "table", "inet", "probe");
    inside("nft", "delete", "table", "inet", "probe");
    const { hub, device } = kInterface;
    must("ip", "link", "add", hub, "type", "veth", "peer", "name", device, "netns", kNamespace);
    must("ip", "addr", "add", `${kAddress.hub}/30`, "dev", hub);
    must("ip", "link", "set", hub, "up");
    inside("ip", "addr", "add", `${kAddress.device}/30`, "dev", device);
    inside("ip", "link", "set", device, "up");
  } catch (error) {
    throw new Skip(`no network namespace here: ${error.message}`);
  }
}

function pullCable() {
  inside("nft", "add", "table", "inet", "cable");
  for (const hook of ["input", "output"]) {
    const chain = ["add", "chain", "inet", "cable", hook];
    inside("nft", ...chain, `{ type filter hook ${hook} priority 0; policy drop; }`);
  }
}

/** A device behind the cable: a Node.js of its own, which says when it is connected. */
async function deviceBehind(arena, device) {
  const client = new URL("../end_to_end/socket.mjs", import.meta.url).href;
  const script = `
    import { SocketClient } from ${JSON.stringify(client)};
    const socket = new SocketClient(process.env.URL, process.env.KEY);
    await socket.opened();
    await socket.notices.find(({ hello }) => hello, 10_000, "hello");
    console.log("connected");
    setInterval(() => {}, 1_000);`;
  const words = [
    "netns",
    "exec",
    kNamespace,
    process.execPath,
    "--input-type=module",
    "-e",
    script,
  ];
  const running = start("ip", words, { URL: arena.hub.wsUrl, KEY: device.key });
  await running.lines.find((line) => line === "connected", 20_000, "the device behind the cable");
  return running;
}

async function pulled(arena) {
  const device = await arena.hub.device("behind");
  const watcher = await arena.hub.follow({ devices: [device.id], kinds: ["presence"] });
  const running = await deviceBehind(arena, device);
  const online = ({ d, v }) => d === device.id && v.online;
  await watcher.events.find(online, 5_000, "the device to be online");
  const open = arena.open;
  const began = performance.now();
  pullCable();
  const offline = ({ d, v }) => d === device.id && !v.online;
  await watcher.events
    .find(offline, kOfflineMs + 10_000, "the device to be offline")
    .catch(() => {});
  const seen = watcher.events.items.some(offline);
  arena.figure("offline_after_s", seen ? (performance.now() - began) / 1000 : null, {
    least: kPingMs / 1_000,
    most: kOfflineMs / 1_000,
  });
  arena.figure("hub_closed_it", await arena.closesDownTo(open - 1, 7_000), { is: true });
  running.process.kill("SIGKILL");
  await running.ended;
  watcher.close();
}

await attacks([
  {
    id: "T-30",
    what: "a device whose cable is pulled is offline within 50 seconds",
    needs,
    hub: { listen: `${kAddress.hub}:0`, words: ["--insecure-listen"] },
    run: pulled,
  },
]);
