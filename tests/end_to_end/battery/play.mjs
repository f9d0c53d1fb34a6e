// Plays cases against a server and says what was not as it should be.
import { Peer } from "./client.mjs";
import { close } from "./frames.mjs";
import { closed } from "./words.mjs";

const short = (bytes) => {
  const text = bytes.toString("latin1", 0, 40);
  return `${JSON.stringify(text)}${bytes.length > 40 ? `… (${bytes.length} bytes)` : ""}`;
};
const told = ([kind, what]) =>
  what instanceof Buffer ? `${kind} ${short(what)}` : `${kind} ${what}`;

function isAs(event, wanted) {
  if (event[0] !== wanted[0]) return false;
  return wanted[0] === "close" ? wanted[1].includes(event[1]) : event[1].equals(wanted[1]);
}

/** What is wrong with what was agreed on, or null. */
function judgeAgreement(agreed, wanted) {
  const said = JSON.stringify(agreed);
  if (wanted === null) return agreed === null ? null : `${said} was agreed on, nothing expected`;
  if (agreed === null) return "no compression was agreed on";
  const { server_max_window_bits: server = 15, client_max_window_bits: client, ...rest } = agreed;
  const known = { client_no_context_takeover: true, server_no_context_takeover: true };
  if (Object.keys(rest).length !== 2 || Object.keys(known).some((each) => rest[each] !== true)) {
    return `${said}: both without takeover and nothing more expected`;
  }
  if (server !== wanted.server) return `${said}: ${wanted.server} bits of the server expected`;
  if (client === undefined) return null;
  // Only who offers it may be told (RFC 7692 section 7.1.2.2).
  if (wanted.client === undefined) return `${said}: nothing of the client's bits expected`;
  return client >= 8 && client <= wanted.client ? null : `${said}: ${wanted.client} bits at most`;
}

function judgeEvents(events, wanted, { pongs }) {
  const seen = pongs === "any" ? events.filter(([kind]) => kind !== "pong") : events;
  const differs = wanted.findIndex((each, at) => !seen[at] || !isAs(seen[at], each));
  if (differs >= 0) {
    const got = seen[differs] ? told(seen[differs]) : "nothing";
    return `event ${differs + 1} of ${wanted.length}: ${got}; ${told(wanted[differs])} expected`;
  }
  return seen.length > wanted.length
    ? `${told(seen[wanted.length])} beyond what is expected`
    : null;
}

/** Plays one case; null, or what went wrong. */
export async function play(server, each) {
  const peer = await Peer.open(server, { extensions: each.offer });
  try {
    const { status = 101 } = each;
    if (peer.answer.status !== status) return `answered ${peer.answer.status}, not ${status}`;
    if (status !== 101) return null;
    if (each.agree !== undefined) {
      const found = judgeAgreement(peer.agreed, each.agree);
      if (found !== null) return found;
    } else if (each.packs && peer.agreed === null) {
      return "no compression was agreed on";
    }
    await peer.write(each.send, each.size);
    const ends = each.expect.at(-1)?.[0] === "close";
    const wanted = ends ? each.expect : [...each.expect, closed(1000)];
    if (!ends) {
      await peer.untilEvents(each.expect.length);
      await peer.write(close(1000));
    }
    const ended = await peer.untilEnded();
    const found = judgeEvents(peer.events, wanted, each);
    if (found !== null) return found;
    return ended ? null : "the server does not end the connection";
  } finally {
    peer.destroy();
  }
}

/** Plays cases, some at once; gives those that went wrong: `{…case, found}`. */
export async function playAll(server, cases, atOnce = 16) {
  const wrong = [];
  const left = [...cases];
  while (left.length > 0) {
    const some = left.splice(0, atOnce);
    const found = await Promise.all(
      some.map((each) => play(server, each).catch((error) => error.message)),
    );
    some.forEach((each, at) => found[at] !== null && wrong.push({ ...each, found: found[at] }));
    await server.alive();
  }
  return wrong;
}
