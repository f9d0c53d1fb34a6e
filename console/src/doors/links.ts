// The ways themselves, by the TypeScript client: how a message goes up, and how events come down.
// Each device of a race has a key of its own, so its budgets are not those of whoever looks.

import { Tandem, type Json } from "tandem-client";

import { wordsOf } from "../hub";
import { numberSeries, partOf, type Way } from "./plan";
import { isDelivery, Meter, ServerEvents, textBytes } from "./wire";

export interface TestDevice {
  id: string;
  key: string;
}

/** What is told of while a link is open. */
export interface Ear {
  /** Message `n` has arrived by this way. */
  hears(way: Way, n: number): void;
  /** So many events were not sent to this way, says a receipt. */
  receipted(way: Way, count: number): void;
  meter(way: Way): Meter;
}

/** A device that sends, over the one door, or over a socket with others listening. */
export interface Link {
  /** Resolves when the hub has it. */
  send(body: Record<string, Json>): Promise<unknown>;
  close(): void;
}

const answerMs = 10_000;
const pollSeconds = 20;
const againMs = 250;

type Told = { s?: string; v?: Json };

function numbersIn(events: Told[], heard: (n: number) => void): void {
  for (const { s, v } of events) if (s === numberSeries && typeof v === "number") heard(v);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = window.setTimeout(done, ms);
    signal.addEventListener("abort", () => (window.clearTimeout(timer), done()), { once: true });
  });

/** `fetch` that counts what it can see; what comes back the browser tells afterwards. */
function countingFetch(meter: Meter): typeof fetch {
  return async (input, init) => {
    if (meter.counts) {
      meter.messages += 1;
      if (typeof init?.body === "string") meter.bytesOut += textBytes(init.body);
    }
    const answer = await fetch(input, init);
    if (answer.status === 429 && meter.counts) meter.refused += 1;
    return answer;
  };
}

/** Adds what the browser says that answers took, of requests to addresses that `mine` knows. */
function countAnswers(meter: Meter, mine: (url: URL) => boolean): () => void {
  const take = (entries: PerformanceEntryList): void => {
    for (const entry of entries as PerformanceResourceTiming[]) {
      if (entry.startTime >= meter.since && mine(new URL(entry.name))) {
        meter.bytesIn += entry.transferSize;
      }
    }
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: "resource" });
  return () => {
    take(observer.takeRecords());
    observer.disconnect();
  };
}

const plainFetch: typeof fetch = (input, init) => fetch(input, init);

function sender(client: Tandem, device: TestDevice, door: "rest" | "socket", stops: (() => void)[]): Link {
  const over = new AbortController();
  const options = { door, retry: false, timeoutMs: answerMs, signal: over.signal } as const;
  return {
    send: (body) => client.telemetry.write(device.id, body as never, options),
    close: () => {
      over.abort(new Error("closed"));
      for (const stop of stops.splice(0)) stop();
      client.close();
    },
  };
}

function upOverRest(device: TestDevice, meter: Meter): Link {
  const path = `/v1/devices/${encodeURIComponent(device.id)}/telemetry`;
  const client = new Tandem({ token: device.key, fetch: countingFetch(meter) });
  const stop = countAnswers(meter, (url) => url.pathname === path);
  return sender(client, device, "rest", [stop]);
}

function upOverSocket(device: TestDevice, meter: Meter): Link {
  const client = new Tandem({ token: device.key, fetch: plainFetch });
  client.on("frame", ({ direction, text }) => meter.frame(direction, text));
  return sender(client, device, "socket", []);
}

async function follow(client: Tandem, device: TestDevice, ear: Ear, signal: AbortSignal): Promise<void> {
  const events = client.stream({ devices: [device.id], start: "now", buffer: 100_000, signal });
  for await (const { gap, events: some } of events.batches()) {
    if (gap !== undefined) ear.receipted("down_ws", gap.count);
    for (const event of some) {
      if (event.kind === "reading") numbersIn([{ s: event.series, v: event.value }], (n) => ear.hears("down_ws", n));
    }
  }
}

async function poll(device: TestDevice, ear: Ear, signal: AbortSignal): Promise<void> {
  const meter = ear.meter("down_poll");
  const client = new Tandem({ token: device.key, fetch: countingFetch(meter) });
  const stop = countAnswers(
    meter,
    (url) =>
      url.pathname === "/v1/stream" &&
      url.searchParams.get("devices") === device.id &&
      url.searchParams.has("start"),
  );
  let start = "now";
  try {
    while (!signal.aborted) {
      try {
        const wait = start === "now" ? 0 : pollSeconds;
        const page = await client.stream.read({ devices: [device.id], start, wait, signal });
        start = page.cur;
        for (const { n } of page.gaps) ear.receipted("down_poll", n);
        numbersIn(page.ev, (n) => ear.hears("down_poll", n));
      } catch {
        // It goes on from its cursor, as any client would.
        await pause(againMs, signal);
      }
    }
  } finally {
    stop();
  }
}

async function serverEvents(device: TestDevice, ear: Ear, signal: AbortSignal): Promise<void> {
  const meter = ear.meter("down_sse");
  const client = new Tandem({ token: device.key, fetch: countingFetch(meter) });
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (last !== undefined) headers["last-event-id"] = last;
      const target = `/v1/stream?devices=${encodeURIComponent(device.id)}`;
      const answer = await client.fetch(target, { headers, signal });
      const reader = answer.body?.getReader();
      if (!answer.ok || reader === undefined) throw new Error(`status ${answer.status}`);
      const decoder = new TextDecoder();
      const parts = new ServerEvents();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (meter.counts) meter.bytesIn += value.length;
        for (const { id, data } of parts.push(decoder.decode(value, { stream: true }))) {
          last = id ?? last;
          if (data === "") continue;
          if (meter.counts) meter.messages += 1;
          const told = JSON.parse(data) as { ev?: Told[]; gap?: { n: number } };
          if (told.gap !== undefined) ear.receipted("down_sse", told.gap.n);
          numbersIn(told.ev ?? [], (n) => ear.hears("down_sse", n));
        }
      }
    } catch {
      // It broke off, or is over: an EventSource would come back in the same way.
    }
    await pause(againMs, signal);
  }
}

/** One device that sends over its socket, and those of `wanted` that follow it. */
function down(device: TestDevice, wanted: Way[], ear: Ear): Link {
  const over = new AbortController();
  const client = new Tandem({ token: device.key, fetch: plainFetch });
  if (wanted.includes("down_ws")) {
    const meter = ear.meter("down_ws");
    // The same socket sends: a device has one.
    client.on("frame", ({ direction, text }) => {
      if (direction === "in" && isDelivery(text)) meter.frame(direction, text);
    });
    follow(client, device, ear, over.signal).catch((problem: unknown) =>
      console.info(wordsOf(problem) ?? String(problem)),
    );
  }
  if (wanted.includes("down_poll")) void poll(device, ear, over.signal);
  if (wanted.includes("down_sse")) void serverEvents(device, ear, over.signal);
  return sender(client, device, "socket", [() => over.abort()]);
}

/** Opens what these ways need: each way up a link of its own, all ways down one in common. */
export function openLink(device: TestDevice, group: Way[], ear: Ear): Link {
  const [first] = group;
  if (first === undefined) throw new Error("a link without a way");
  if (partOf(first) === "down") return down(device, group, ear);
  return first === "up_rest"
    ? upOverRest(device, ear.meter(first))
    : upOverSocket(device, ear.meter(first));
}
