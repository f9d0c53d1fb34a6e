// What a device has cost through its doors, as columns of figures and bars. No network, no document.

import type { AdviceBytes, AdviceCost, AdviceSaving, AdviceTraffic, AdviceWindow } from "tandem-client";

import { amountText, countText, secondsText, shareText, trafficText } from "../format";
import { texts } from "../texts";

const t = texts.ledger;

export const layers = ["payload", "framing", "tls", "tcp_ip"] as const;
export type Layer = (typeof layers)[number];

/** The figures of a column; `undefined`: nobody has counted it there. */
export interface Figures {
  up?: number;
  down?: number;
  messages: number;
  bytes: AdviceBytes;
  bytesUp?: number;
  bytesDown?: number;
  packets: number;
  /** Opened; a part of one where the time is shorter than a connection's life. */
  connections: number;
  handshakes?: number;
  upgrades?: number;
  connected?: number;
  cpu: number;
  radio?: number;
}

/** What has passed through a door, through all of them, or would have passed through the other. */
export interface Column {
  key: string;
  kind: "counted" | "together" | "other";
  name: string;
  figures: Figures;
}

function counted(traffic: AdviceTraffic): Figures {
  return {
    up: traffic.messages_up,
    down: traffic.messages_down,
    messages: traffic.messages_up + traffic.messages_down,
    bytes: traffic.bytes,
    bytesUp: traffic.bytes_up,
    bytesDown: traffic.bytes_down,
    packets: traffic.packets,
    connections: traffic.connections,
    handshakes: traffic.tls_handshakes,
    upgrades: traffic.upgrades,
    connected: traffic.connected_s,
    cpu: traffic.hub_cpu_s,
  };
}

function reckoned(cost: AdviceCost): Figures {
  const { messages, bytes, packets } = cost;
  const made: Figures = { messages, bytes, packets, connections: cost.handshakes, cpu: cost.hub_cpu_s };
  return cost.radio_on_s === undefined ? made : { ...made, radio: cost.radio_on_s };
}

function sum(doors: AdviceTraffic[]): AdviceTraffic {
  return doors.reduce((all, each) => {
    const bytes = { ...all.bytes };
    for (const layer of [...layers, "total"] as const) bytes[layer] += each.bytes[layer];
    return {
      door: all.door,
      messages_up: all.messages_up + each.messages_up,
      messages_down: all.messages_down + each.messages_down,
      bytes,
      bytes_up: all.bytes_up + each.bytes_up,
      bytes_down: all.bytes_down + each.bytes_down,
      packets: all.packets + each.packets,
      connections: all.connections + each.connections,
      tls_handshakes: all.tls_handshakes + each.tls_handshakes,
      upgrades: all.upgrades + each.upgrades,
      connected_s: all.connected_s + each.connected_s,
      hub_cpu_s: all.hub_cpu_s + each.hub_cpu_s,
    };
  });
}

/** A column for each door that was used, one for all of several, and one for the other door. */
export function columnsOf({ doors, here, other }: AdviceWindow): Column[] {
  if (doors.length === 0) return [];
  const columns = doors.map((traffic): Column => {
    const name = t.ways[traffic.door] ?? traffic.door;
    return { key: traffic.door, kind: "counted", name, figures: counted(traffic) };
  });
  if (doors.length > 1) {
    columns.push({ key: "together", kind: "together", name: t.together, figures: counted(sum(doors)) });
  }
  const [only] = columns;
  if (here !== undefined && doors.length === 1) only!.name = here.way;
  // The radio is known of the device, not of a door.
  if (here?.radio_on_s !== undefined) columns.at(-1)!.figures.radio = here.radio_on_s;
  if (other !== undefined) {
    columns.push({ key: "other", kind: "other", name: other.way, figures: reckoned(other) });
  }
  return columns;
}

export interface Part {
  layer: Layer;
  bytes: number;
  /** From 0 to 100, of the longest bar. */
  at: number;
  width: number;
}

export interface Bar {
  key: string;
  kind: Column["kind"];
  name: string;
  total: number;
  parts: Part[];
}

/** Bars of one scale: the longest has the whole width. */
export function barsOf(columns: Column[]): Bar[] {
  const longest = Math.max(...columns.map(({ figures }) => figures.bytes.total));
  return columns.map(({ key, kind, name, figures: { bytes } }) => {
    let at = 0;
    const parts = layers.map((layer) => {
      const width = longest > 0 ? (bytes[layer] / longest) * 100 : 0;
      const part = { layer, bytes: bytes[layer], at, width };
      at += width;
      return part;
    });
    return { key, kind, name, total: bytes.total, parts };
  });
}

/** A bar for those who do not see it. */
export function barText({ name, total, parts }: Bar): string {
  const each = parts.map(({ layer, bytes }) => `${t.layers[layer]} ${trafficText(bytes)}`);
  return `${name}: ${trafficText(total)}: ${each.join(", ")}`;
}

type Row = [name: string, cell: (figures: Figures) => string | undefined];

const when = <T>(value: T | undefined, text: (value: T) => string): string | undefined =>
  value === undefined ? undefined : text(value);

const rows: Row[] = [
  ["up", ({ up }) => when(up, countText)],
  ["down", ({ down }) => when(down, countText)],
  ["messages", ({ messages }) => countText(messages)],
  ...layers.map((layer): Row => [layer, ({ bytes }) => trafficText(bytes[layer])]),
  ["total", ({ bytes }) => trafficText(bytes.total)],
  ["bytesUp", ({ bytesUp }) => when(bytesUp, trafficText)],
  ["bytesDown", ({ bytesDown }) => when(bytesDown, trafficText)],
  ["packets", ({ packets }) => countText(packets)],
  ["connections", ({ connections }) => amountText(connections)],
  ["handshakes", ({ handshakes }) => when(handshakes, countText)],
  ["upgrades", ({ upgrades }) => when(upgrades, countText)],
  ["connected", ({ connected }) => when(connected, secondsText)],
  ["cpu", ({ cpu }) => secondsText(cpu)],
  ["radio", ({ radio }) => when(radio, secondsText)],
];

/** The table, line by line; of the radio only where anything is known. */
export function linesOf(columns: Column[]): { key: string; name: string; cells: string[] }[] {
  return rows.flatMap(([key, cell]) => {
    const cells = columns.map(({ figures }) => cell(figures));
    if (cells.every((each) => each === undefined)) return [];
    return [{ key, name: t.figures[key] ?? key, cells: cells.map((each) => each ?? "–") }];
  });
}

/** What one figure of a day would be less, or more. */
export function differenceText(amount: number, text: (amount: number) => string): string {
  if (amount === 0) return t.same;
  return amount > 0 ? t.less(text(amount)) : t.more(text(-amount));
}

/** What the other door would save a day, figure by figure. */
export function savingLines(saving: AdviceSaving): [name: string, text: string][] {
  const { bytes_a_day: bytes, share, radio_on_s_a_day: radio } = saving;
  const much = differenceText(bytes, trafficText);
  const lines: [string, string][] = [
    ["total", bytes === 0 ? much : `${much} (${t.ofBytes(shareText(Math.abs(share)))})`],
    ["messages", differenceText(saving.messages_a_day, countText)],
    ["connections", differenceText(saving.handshakes_a_day, amountText)],
    ["cpu", differenceText(saving.hub_cpu_s_a_day, secondsText)],
  ];
  if (radio !== undefined) lines.push(["radio", differenceText(radio, secondsText)]);
  return lines.map(([key, text]) => [t.figures[key] ?? key, text]);
}
