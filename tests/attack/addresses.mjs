// Addresses that are not loopback and nobody's: what a hub allows one address holds for them. They
// are of virtual interfaces of this machine alone, which go at the end. Needs root.
import { runNow } from "../end_to_end/hub.mjs";
import { Skip } from "./harness.mjs";

const kInterface = `tdma${process.pid % 100_000}`;
const kPeer = `tdmb${process.pid % 100_000}`;
// For measurements between networks (RFC 2544); no network of anybody's.
const kHub = "198.18.78.1";
const kGuests = "198.18.79";

/** The address of guest `number`, one of 250. */
export const guest = (number) => `${kGuests}.${2 + (number % 250)}`;

/** The options of a hub that guests reach. */
export const reachable = { listen: `${kHub}:0`, words: ["--insecure-listen"] };

function must(...words) {
  const { code, err } = runNow("ip", words);
  if (code !== 0) throw new Error(`ip ${words.join(" ")}: ${err.trim()}`);
}

let made = false;

/** Makes the addresses; says so where this machine does not let us. */
export function needAddresses() {
  if (made) return;
  if (process.getuid() !== 0) throw new Skip("needs root for addresses of its own");
  try {
    must("link", "add", kInterface, "type", "veth", "peer", "name", kPeer);
    process.once("exit", () => runNow("ip", ["link", "del", kInterface]));
    must("addr", "add", `${kHub}/32`, "dev", kInterface);
    for (const each of [kInterface, kPeer]) must("link", "set", each, "up");
    must("route", "add", "local", `${kGuests}.0/24`, "dev", kInterface);
    made = true;
  } catch (error) {
    throw new Skip(`no addresses of its own here: ${error.message}`);
  }
}
