// A small home that runs in this page: devices like any other, with keys of their own, through the
// hub's public interface. Half of them come over REST, half over a WebSocket.

import { signal } from "@preact/signals";
import { Tandem, type DeviceClient, type DeviceSchema, type Json } from "tandem-client";

import { atOnce, hub, recorder } from "./hub";

interface Plan {
  id: string;
  name: string;
  type: string;
  door: "rest" | "ws";
  everyMs: number;
  schema: DeviceSchema;
  state: Record<string, Json>;
  measure(state: Record<string, Json>, seconds: number): Record<string, Json>;
}

const between = (minimum: number, maximum: number) => ({ type: "number" as const, minimum, maximum });
const object = (properties: Record<string, Record<string, Json>>) => ({
  type: "object" as const,
  properties,
  additionalProperties: false,
});

function wave(seconds: number, periodS: number, size: number): number {
  return size * Math.sin((2 * Math.PI * seconds) / periodS) + (Math.random() - 0.5) * size * 0.1;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

const lampParams = object({ on: { type: "boolean" }, brightness: between(0, 100) });

const plans: Plan[] = [
  {
    id: "demo-lamp",
    name: "Demo lamp",
    type: "lamp",
    door: "ws",
    everyMs: 2_000,
    schema: { series: { power: { type: "number", unit: "W" } }, commands: { set: { params: lampParams } } },
    state: { on: true, brightness: 60 },
    measure: (state) => ({
      power: state.on === true ? rounded(0.5 + 0.09 * Number(state.brightness)) : 0.3,
    }),
  },
  {
    id: "demo-strip",
    name: "Demo light strip",
    type: "strip",
    door: "ws",
    everyMs: 3_000,
    schema: {
      series: { power: { type: "number", unit: "W" } },
      commands: { set: { params: object({ on: { type: "boolean" }, color: { type: "string" } }) } },
    },
    state: { on: true, color: "#ff8800" },
    measure: (state) => ({ power: state.on === true ? rounded(6 + Math.random()) : 0.2 }),
  },
  {
    id: "demo-thermostat",
    name: "Demo thermostat",
    type: "thermostat",
    door: "ws",
    everyMs: 2_000,
    schema: {
      series: {
        temperature: { type: "number", unit: "Cel" },
        humidity: { type: "number", unit: "%RH" },
      },
      commands: { set_target: { params: { ...object({ target: between(5, 30) }), required: ["target"] } } },
    },
    state: { target: 21 },
    measure: (state, seconds) => ({
      temperature: rounded(Number(state.target) + wave(seconds, 240, 0.6)),
      humidity: rounded(48 + wave(seconds, 400, 4)),
    }),
  },
  {
    id: "demo-meter",
    name: "Demo meter",
    type: "power-meter",
    door: "rest",
    everyMs: 2_000,
    schema: { series: { power: { type: "number", unit: "W" }, voltage: { type: "number", unit: "V" } } },
    state: {},
    measure: (_, seconds) => ({
      power: rounded(420 + wave(seconds, 120, 140)),
      voltage: rounded(230 + wave(seconds, 60, 2)),
    }),
  },
  {
    id: "demo-door",
    name: "Demo front door",
    type: "door-sensor",
    door: "rest",
    everyMs: 5_000,
    schema: { series: { open: { type: "boolean" }, battery: { type: "number", unit: "%" } } },
    state: {},
    measure: (_, seconds) => ({ open: seconds % 45 < 8, battery: 96 }),
  },
  {
    id: "demo-plug",
    name: "Demo plug",
    type: "plug",
    door: "rest",
    everyMs: 4_000,
    schema: {
      series: { on: { type: "boolean" }, power: { type: "number", unit: "W" } },
      commands: { set: { params: object({ on: { type: "boolean" } }) } },
    },
    state: { on: true },
    measure: (state) => ({
      on: state.on === true,
      power: state.on === true ? rounded(35 + Math.random() * 3) : 0,
    }),
  },
];

/** How many run, and what they have sent. */
export const running = signal({ devices: 0, readings: 0 });

let stops: (() => void)[] = [];

/** Makes the device, or says anew what it is, and gives a key for it in place of its old ones. */
async function enrol({ id, name, type, schema }: Plan): Promise<string> {
  const labels = { scene: "demo" };
  await hub().devices.put(id, { name, type, labels, schema }, atOnce);
  for (const key of (await hub().keys.list(id, atOnce)).items) await hub().keys.revoke(id, key.id, atOnce);
  const { key } = await hub().keys.create(id, {}, atOnce);
  if (key === undefined) throw new Error(`no key for ${id}`);
  return key;
}

function count(): void {
  running.value = { ...running.value, readings: running.value.readings + 1 };
}

function obey(state: Record<string, Json>, params: Json): Json {
  if (typeof params === "object" && params !== null) Object.assign(state, params);
  return { ...state };
}

function onSocket(plan: Plan, key: string, state: Record<string, Json>): () => void {
  const device: DeviceClient = hub().device({ key, whenFull: "drop-oldest" });
  const report = (): void => void device.report({ ...state }).catch(() => {});
  for (const name of Object.keys(plan.schema.commands ?? {})) {
    device.onCommand(name, (params: Json) => {
      const now = obey(state, params);
      report();
      return now;
    });
  }
  device.connect().then(report, () => {});
  const began = Date.now();
  const timer = window.setInterval(() => {
    const v = plan.measure(state, (Date.now() - began) / 1000);
    device.send(v as never).then(count, () => {});
  }, plan.everyMs);
  return () => {
    window.clearInterval(timer);
    device.close();
  };
}

function overRest(plan: Plan, key: string, state: Record<string, Json>): () => void {
  const mine = new Tandem({ token: key, fetch: recorder.fetch(fetch.bind(globalThis)) });
  const stop = new AbortController();
  const began = Date.now();
  const timer = window.setInterval(() => {
    const v = plan.measure(state, (Date.now() - began) / 1000);
    mine.telemetry.write("me", v, { ...atOnce, signal: stop.signal }).then(count, () => {});
  }, plan.everyMs);
  const report = (): void => void mine.state.put("me", { ...state }, atOnce).catch(() => {});
  const poll = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const { items } = await mine.commands.take("me", { wait: 30, signal: stop.signal });
        for (const { id, params } of items) {
          await mine.commands.ack("me", id, atOnce);
          const result = obey(state, params ?? null);
          await mine.commands.finish("me", id, { status: "done", result }, atOnce);
          report();
        }
      } catch {
        await new Promise((done) => window.setTimeout(done, 3_000));
      }
    }
  };
  if (plan.schema.commands !== undefined) {
    report();
    void poll();
  }
  return () => {
    window.clearInterval(timer);
    stop.abort();
    mine.close();
  };
}

export async function startDemo(): Promise<void> {
  stopDemo();
  for (const plan of plans) {
    const key = await enrol(plan);
    const state = { ...plan.state };
    const run = plan.door === "ws" ? onSocket : overRest;
    stops.push(run(plan, key, state));
    running.value = { ...running.value, devices: stops.length };
  }
}

export function stopDemo(): void {
  for (const stop of stops) stop();
  stops = [];
  running.value = { devices: 0, readings: 0 };
}
