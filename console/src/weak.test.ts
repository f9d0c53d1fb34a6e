import type { AuditLine, Grant } from "tandem-client";
import { describe, expect, test } from "vitest";

import { quantileOf, readMetrics, sumBy, valueAt } from "./metrics";
import {
  isLoopback,
  longMs,
  weakApps,
  weakAudit,
  weakDoors,
  weakGrants,
  weakKeys,
  weakUsers,
  worstFirst,
} from "./weak";

const severities = (found: { severity: string }[]) => found.map(({ severity }) => severity);
const now = 10 * longMs;

describe("weak are", () => {
  test("listeners without encryption, those that others reach more than those on loopback", () => {
    const addresses = ["http://127.0.0.1:8080", "http://10.0.0.5:80", "https://0.0.0.0:8443"];
    expect(severities(weakDoors(addresses, "https://hub"))).toEqual(["low", "high"]);
    expect(severities(weakDoors([], "http://hub.local/"))).toEqual(["high"]);
    expect(weakDoors(["https://hub"], "http://localhost:8080/")).toEqual([]);
  });

  test("many administrators, and a single one", () => {
    const users = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ id: `${at}`, name: "", role: "admin", created: 0, version: 1 }));
    expect([1, 2, 3, 4].map((count) => severities(weakUsers(users(count))))).toEqual([
      ["low"],
      [],
      [],
      ["medium"],
    ]);
  });

  test("grants to change everything, not to read it, nor to change a few", () => {
    const grant = (scopes: string[], devices: string[]): Grant =>
      ({ id: "g", app: "a", scopes, devices, labels: {}, series: [], created: 0, version: 1 }) as Grant;
    expect(weakGrants([grant(["telemetry:read"], ["*"]), grant(["commands:send"], ["lamp-1"])])).toEqual([]);
    const [wide, access] = weakGrants([
      grant(["telemetry:read", "commands:send"], ["*"]),
      grant(["access:manage", "commands:send"], ["*"]),
    ]);
    expect(wide?.text).toBe("app:a may commands:send with every device.");
    expect(access?.text).toContain("manage access");
  });

  test("apps whose newest secret is old, and those that may do nothing", () => {
    const app = (id: string, created: number[]) => ({
      id,
      name: "",
      created: 0,
      version: 1,
      secrets: created.map((time, at) => ({ id: `${at}`, created: time })),
    });
    const granted = { app: "old" } as Grant;
    const found = weakApps([app("old", [0, 1]), app("new", [0, now])], [granted], now);
    expect(severities(found)).toEqual(["medium", "low"]);
    expect(found[1]?.text).toContain("new");
  });

  test("keys that are old or never run out, and devices without one", () => {
    const keys = new Map([
      ["a", [{ id: "1", created: 0 }]],
      ["b", [{ id: "2", created: now - 1, expires: now + longMs }]],
      ["c", [{ id: "3", created: 0, expires: now - 1 }]],
    ]);
    const found = weakKeys(keys, now);
    expect(found.map(({ text }) => text.slice(0, 12))).toEqual(["The key of a", "Devices with", "Devices with"]);
    expect(found[0]?.to?.path).toEqual(["devices", "a", "about"]);
  });

  test("failed log-ins, with those that a line stands for", () => {
    const line = (action: string, result: string, count: number): AuditLine =>
      ({ action, result, count }) as AuditLine;
    const found = weakAudit([
      line("session.begin", "unauthenticated", 1),
      line("session.begin", "unauthenticated", 30),
      line("session.begin", "ok", 1),
      line("devices.get", "forbidden", 2),
    ]);
    expect(found.map(({ severity, text }) => [severity, /\d+/.exec(text)?.[0]])).toEqual([
      ["high", "31"],
      ["low", "2"],
    ]);
  });
});

test("the worst comes first", () => {
  const given = ["low", "high", "medium"].map((severity) => ({ severity: severity as "low", text: "" }));
  expect(severities(worstFirst(given))).toEqual(["high", "medium", "low"]);
});

test.each([
  ["http://127.0.0.1:1", true],
  ["http://[::1]:1", true],
  ["http://localhost", true],
  ["http://127.0.0.1.example.org", false],
  ["http://10.0.0.1", false],
  ["no address", false],
])("%s is on loopback: %j", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

describe("metrics", () => {
  const text = [
    "# HELP a help {x=\"y\"} 3",
    "# TYPE a counter",
    'a{door="rest",op="x"} 3',
    'a{door="ws",op="x"} 4',
    'a{door="ws",op="quoted \\"b\\" \\\\ \\n"} 1',
    "b 1.5e3 1700000000",
    "c +Inf",
    "",
  ].join("\n");
  const samples = readMetrics(text);

  test("are read with their labels", () => {
    expect(samples).toHaveLength(5);
    expect(samples[2]?.labels).toEqual({ door: "ws", op: 'quoted "b" \\ \n' });
    expect([valueAt(samples, "b"), valueAt(samples, "c"), valueAt(samples, "d")]).toEqual([1500, Infinity, undefined]);
  });

  test("are summed by a label, the greatest first", () => {
    expect(sumBy(samples, "a", "door")).toEqual([
      ["ws", 5],
      ["rest", 3],
    ]);
    expect(sumBy(samples, "a", "door", ({ op }) => op === "x")[0]).toEqual(["ws", 4]);
  });

  test("of a histogram tell the bound of a part", () => {
    const histogram = { bounds: [1, 2, 4], counts: [5, 4, 0, 1] };
    expect([0.5, 0.9, 0.95].map((part) => quantileOf(histogram, part))).toEqual([1, 2, Infinity]);
    expect(quantileOf({ bounds: [1], counts: [0, 0] }, 0.5)).toBeUndefined();
  });
});
