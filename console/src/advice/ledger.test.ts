import type { AdviceBytes, AdviceCost, AdviceSaving, AdviceTraffic, AdviceWindow } from "tandem-client";
import { describe, expect, test } from "vitest";

import { barsOf, barText, columnsOf, linesOf, savingLines } from "./ledger";

// As the hub answers for a device that sends a reading each second over REST.
const bytes: AdviceBytes = { payload: 216_000, framing: 2_332_800, tls: 0, tcp_ip: 561_600, total: 3_110_400 };
const rest: AdviceTraffic = {
  door: "rest",
  messages_up: 3_600,
  messages_down: 3_600,
  bytes,
  bytes_up: 1_442_000,
  bytes_down: 1_668_400,
  packets: 10_800,
  connections: 1,
  tls_handshakes: 0,
  upgrades: 0,
  connected_s: 3_600,
  hub_cpu_s: 0.27,
};
const here: AdviceCost = {
  door: "rest",
  way: "REST, kept alive",
  bytes,
  messages: 7_200,
  packets: 10_800,
  handshakes: 1,
  hub_cpu_s: 0.27,
};
const less: AdviceBytes = { payload: 216_000, framing: 600_000, tls: 0, tcp_ip: 614_000, total: 1_430_000 };
const other: AdviceCost = {
  door: "ws",
  way: "WebSocket, JSON",
  bytes: less,
  messages: 7_200,
  packets: 10_800,
  handshakes: 0.04,
  hub_cpu_s: 0.22,
};
const hour: AdviceWindow = { seconds: 3_600, doors: [rest], here, other };
const poll: AdviceTraffic = { ...rest, door: "poll", messages_up: 60, messages_down: 61, connections: 2, hub_cpu_s: 0.25 };

describe("the columns", () => {
  test("of one door are what was counted, in the words of how it is used, and the other door", () => {
    expect(columnsOf(hour).map(({ key, kind, name }) => [key, kind, name])).toEqual([
      ["rest", "counted", "REST, kept alive"],
      ["other", "other", "WebSocket, JSON"],
    ]);
  });

  test("of several doors are each by itself, their sum, and the other door", () => {
    const columns = columnsOf({ ...hour, doors: [rest, poll] });
    expect(columns.map(({ key, name }) => [key, name])).toEqual([
      ["rest", "REST"],
      ["poll", "REST, long poll"],
      ["together", "All together"],
      ["other", "WebSocket, JSON"],
    ]);
    expect(columns[2]!.figures).toMatchObject({ up: 3_660, down: 3_661, connections: 3, cpu: 0.52 });
    expect(columns[2]!.figures.bytes.total).toBe(2 * bytes.total);
    expect(rest.bytes.total, "nothing is changed of what the hub has said").toBe(3_110_400);
  });

  test("of a time in which nothing passed are none", () => {
    expect(columnsOf({ seconds: 3_600, doors: [] })).toEqual([]);
    expect(barsOf([])).toEqual([]);
  });

  test("without a comparison have no other door", () => {
    expect(columnsOf({ seconds: 60, doors: [rest] }).map(({ name }) => name)).toEqual(["REST"]);
  });
});

describe("the bars", () => {
  const [counted, reckoned] = barsOf(columnsOf(hour));

  test("have one scale, and their layers lie side by side", () => {
    const end = ({ at, width }: { at: number; width: number }) => at + width;
    expect(end(counted!.parts.at(-1)!)).toBeCloseTo(100);
    expect(end(reckoned!.parts.at(-1)!)).toBeCloseTo((1_430_000 / 3_110_400) * 100);
    expect(counted!.parts.map(({ layer }) => layer)).toEqual(["payload", "framing", "tls", "tcp_ip"]);
    for (const [at, part] of counted!.parts.entries()) {
      if (at > 0) expect(part.at).toBeCloseTo(end(counted!.parts[at - 1]!));
    }
  });

  test("say the same in words", () => {
    expect(barText(reckoned!)).toBe(
      "WebSocket, JSON: 1.43 MB: payload 216 kB, framing 600 kB, TLS 0 B, TCP/IP 614 kB",
    );
  });

  test("of no bytes have no width", () => {
    const none = { payload: 0, framing: 0, tls: 0, tcp_ip: 0, total: 0 };
    const [bar] = barsOf(columnsOf({ seconds: 1, doors: [{ ...rest, bytes: none }] }));
    expect(bar!.parts.every(({ width }) => width === 0)).toBe(true);
  });
});

describe("the table", () => {
  const cells = (window: AdviceWindow) =>
    Object.fromEntries(linesOf(columnsOf(window)).map(({ key, cells: each }) => [key, each]));

  test("has what was counted and what would have been, and a dash for what nobody knows", () => {
    expect(cells(hour)).toMatchObject({
      up: ["3,600", "–"],
      messages: ["7,200", "7,200"],
      framing: ["2.33 MB", "600 kB"],
      total: ["3.11 MB", "1.43 MB"],
      connections: ["1", "0.04"],
      handshakes: ["0", "–"],
      connected: ["1 h", "–"],
      cpu: ["270 ms", "220 ms"],
    });
  });

  test("tells of the radio where the hub knows what the device is connected with", () => {
    expect("radio" in cells(hour)).toBe(false);
    const known = { ...hour, here: { ...here, radio_on_s: 300 }, other: { ...other, radio_on_s: 12.5 } };
    expect(cells(known).radio).toEqual(["5 min", "12.5 s"]);
    expect(cells({ ...known, doors: [rest, poll] }).radio).toEqual(["–", "–", "5 min", "12.5 s"]);
  });
});

describe("the saving", () => {
  const saving: AdviceSaving = {
    bytes_a_day: 40_435_200,
    messages_a_day: 0,
    handshakes_a_day: -1,
    hub_cpu_s_a_day: 1.25,
    share: 0.54,
  };
  const names = (of: AdviceSaving) => savingLines(of).map(([, text]) => text);

  test("is less, more or the same, never a sign", () => {
    expect(names(saving)).toEqual(["40.4 MB less (54 % of the bytes)", "the same", "1 more", "1.25 s less"]);
  });

  test("says how much more the other door would cost", () => {
    const worse = { ...saving, bytes_a_day: -1_200_000, share: -1, radio_on_s_a_day: -120.5 };
    expect(names(worse)).toEqual([
      "1.2 MB more (100 % of the bytes)",
      "the same",
      "1 more",
      "1.25 s less",
      "2.01 min more",
    ]);
  });
});
