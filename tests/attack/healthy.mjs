// The clients that an attack must not hurt, in a process of their own: a device that streams
// readings over WebSocket, a device that posts them, and a subscriber of the first one's. They send
// at a fixed rate, whatever is unanswered. Also keeps an eye on what the hub holds and works.
// Started by harness.mjs, which tells it when a phase begins.
import { RestClient } from "../end_to_end/rest.mjs";
import { SocketClient } from "../end_to_end/socket.mjs";
import { anonymousKib, cpuSeconds } from "../end_to_end/measure.mjs";

const kTickMs = 10;
const kSampleMs = 50;
const kUnansweredMs = 10_000;
const kinds = ["ws", "rest", "event"];

let phase = null;
const phases = {};
let hubPid;
let going = true;
let ending = false;

function enter(name) {
  leave();
  phase = {
    name,
    began: performance.now(),
    cpuAt: cpuSeconds(hubPid),
    ...{ errors: 0, disconnects: 0, said: [], anonymousKib: anonymousKib(hubPid) },
    took: { ws: [], rest: [], event: [] },
    open: 0,
  };
  phase.peakKib = phase.anonymousKib;
  phases[name] = phase;
}

function leave() {
  if (phase === null) return;
  look();
  const seconds = (performance.now() - phase.began) / 1000;
  phase.seconds = seconds;
  phase.cpu = (cpuSeconds(hubPid) - phase.cpuAt) / seconds;
  phase.endKib = anonymousKib(hubPid);
  phase = null;
}

/** The hub may be gone: then the last figure stands. */
function look() {
  try {
    phase.peakKib = Math.max(phase.peakKib, anonymousKib(hubPid));
  } catch {
    return;
  }
}

function wrong(during, what) {
  if (during === null || ending) return;
  during.errors += 1;
  if (during.said.length < 5) during.said.push(what);
}

/** Sends with `ask` and notes how long the answer took, in the phase in which it was sent. */
async function timed(kind, ask) {
  const during = phase;
  const began = performance.now();
  if (during !== null) during.open += 1;
  try {
    const reply = await ask();
    if (reply.status === 200) during?.took[kind].push(performance.now() - began);
    else wrong(during, `${kind}: ${reply.status} ${JSON.stringify(reply.body ?? reply.problem)}`);
  } catch (error) {
    wrong(during, `${kind}: ${error.message}`);
  }
  if (during !== null) during.open -= 1;
}

/** Calls `send` `rate` times a second, late calls included. */
function every(rate, send) {
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    if (!going) return clearInterval(timer);
    const due = ((performance.now() - began) / 1000) * rate;
    for (; sent < due; ++sent) send();
  }, kTickMs);
}

async function socket(told, key) {
  const made = new SocketClient(told.wsUrl, key, { ca: told.ca });
  await made.opened();
  made.closed(2 ** 31 - 1).then(({ code, reason }) => {
    if (phase === null || ending) return;
    phase.disconnects += 1;
    phase.said.push(`a socket was closed with ${code} ${reason}`);
  });
  return made;
}

async function stream(told) {
  const device = await socket(told, told.keys.ws);
  const sentAt = new Map();
  let number = 0;
  const subscriber = await socket(told, told.admin);
  const filter = { devices: [told.ids.ws], series: ["number"] };
  await subscriber.must("stream.subscribe", { body: filter });
  subscriber.events.add = ({ v }) => {
    const sent = sentAt.get(v);
    if (!sentAt.delete(v) || sent.during === null) return;
    sent.during.took.event.push(performance.now() - sent.at);
    sent.during.open -= 1;
  };
  every(told.rates.ws, () => {
    const at = number++;
    sentAt.set(at, { at: performance.now(), during: phase });
    if (phase !== null) phase.open += 1;
    const body = { number: at };
    timed("ws", () => device.call("telemetry.write", { path: { device: "me" }, body }));
  });
}

function post(told) {
  // Pipelined: a late answer delays the sending of none.
  const client = new RestClient(told.url, told.keys.rest, { ca: told.ca, pipelining: 16 });
  let losses = 0;
  let number = 0;
  every(told.rates.rest, () => {
    const body = { number: number++ };
    timed("rest", () => client.ask("POST", "/v1/me/telemetry", body));
    if (client.losses > losses && phase !== null && !ending) {
      phase.disconnects += client.losses - losses;
      phase.said.push("the connection of REST was lost");
    }
    losses = client.losses;
  });
}

function quantile(sorted, share) {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function report(each) {
  const latency = {};
  for (const kind of kinds) {
    const sorted = each.took[kind].sort((one, other) => one - other);
    latency[kind] = {
      count: sorted.length,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      most: quantile(sorted, 1),
    };
  }
  const { errors, disconnects, said, peakKib, endKib, cpu, seconds } = each;
  const beganKib = each.anonymousKib;
  return { errors, disconnects, said, beganKib, peakKib, endKib, cpu, seconds, latency };
}

async function answersThere() {
  going = false;
  const deadline = performance.now() + kUnansweredMs;
  const open = () => Object.values(phases).some((each) => each.open > 0);
  while (open() && performance.now() < deadline) {
    await new Promise((done) => setTimeout(done, kTickMs));
  }
  for (const each of Object.values(phases)) {
    for (; each.open > 0; --each.open) wrong(each, "an answer or an event has not come");
  }
}

process.on("message", async (told) => {
  if (told.begin) {
    hubPid = told.begin.pid;
    await stream(told.begin);
    post(told.begin);
    setInterval(() => phase !== null && look(), kSampleMs);
    process.send({ ready: true });
  } else if (told.phase !== undefined) {
    told.phase === null ? leave() : enter(told.phase);
    process.send({ phase: told.phase });
  } else if (told.end) {
    leave();
    await answersThere();
    ending = true;
    const reports = Object.fromEntries(
      Object.entries(phases).map(([name, each]) => [name, report(each)]),
    );
    process.send({ reports }, () => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(0));
