import { describe, expect, test } from "vitest";

import { FakeClock } from "../../../sdk/js/test/world";
import { usual, ways } from "./plan";
import { Race, type Ports } from "./race";
import { compare, figures, fileMost, nameOf, readBench, reportOf, Shelf, troubles, type Report } from "./report";

/** A race that has not run, for tests that fill its lanes themselves. */
function raceOf(): Race {
  return new Race(usual, { timing: new FakeClock() } as unknown as Ports);
}

function ran(latencyMs = 4): Race {
  const race = raceOf();
  for (const way of ways) {
    const { tally, meter } = race.lanes[way];
    for (let n = 0; n < 10; ++n) {
      tally.leaves(n, 0, 0);
      tally.hears(n, latencyMs);
    }
    meter.begin(0);
    meter.bytesIn = 1_000;
    meter.bytesOut = 500;
    race.lanes[way].cpuUs = 300;
  }
  return race;
}

describe("the report of a race", () => {
  test("has each way by bench's names, in microseconds and bytes for each message", () => {
    const report = reportOf(ran(), "one", "20/s", 17);
    expect(report).toMatchObject({ kind: "race", name: "one", says: "20/s", made: 17, sound: true });
    expect(report.rows.map(({ part, way, door }) => [part, way, door])).toEqual([
      ["up", "REST, kept alive", "rest"],
      ["up", "WebSocket, JSON", "ws"],
      ["fan-out", "long poll", "poll"],
      ["fan-out", "server-sent events", "sse"],
      ["fan-out", "WebSocket", "ws"],
    ]);
    expect(report.rows[0]?.figures).toEqual({
      p50_us: 4_000,
      p90_us: 4_000,
      p99_us: 4_000,
      bytes: 150,
      hub_cpu_us: 300,
      lost: 0,
    });
  });
  test("leaves out what was not measured, and latencies where so many are lost", () => {
    const race = raceOf();
    race.lanes.up_rest.tally.leaves(0, 0, 0);
    race.lanes.up_rest.tally.end();
    const [first] = reportOf(race, "none", "", 0).rows;
    expect(first?.figures).toEqual({ lost: 1 });
  });
});

describe("what speaks against the figures of a race", () => {
  test("is nothing when all went well", () => {
    expect(troubles(ran())).toEqual([]);
  });
  test("is a page that sent more than one message in ten late, and the way that it did", () => {
    const race = ran();
    const { tally } = race.lanes.up_ws;
    tally.leaves(100, 0, 900);
    tally.hears(100, 901);
    expect(troubles(race)).toEqual([]);
    tally.leaves(101, 0, 900);
    tally.hears(101, 901);
    expect(troubles(race)).toEqual([{ kind: "late", ways: ["up_ws"] }]);
    expect(reportOf(race, "", "", 0).sound).toBe(false);
  });
  test("is a page behind others, a refusal, a loss, a receipt, a repeat", () => {
    const race = ran();
    race.hidden = true;
    race.lanes.down_poll.meter.refused = 1;
    race.lanes.up_rest.tally.leaves(50, 0, 0);
    race.lanes.up_rest.tally.fails(50);
    race.lanes.down_sse.receipted = 2;
    race.lanes.down_ws.tally.hears(1, 9);
    expect(troubles(race).map(({ kind, ways: which }) => [kind, ...which])).toEqual([
      ["hidden"],
      ["refused", "down_poll"],
      ["lost", "up_rest"],
      ["receipted", "down_sse"],
      ["twice", "down_ws"],
    ]);
  });
});

const figure = (value: number) => ({ value, low: value, high: value, ratio: {}, real: false });
const benchWay = {
  part: "up",
  way: "REST, kept alive",
  door: "rest",
  answered: 60,
  lost: 2,
  latency_us: { p50: 1_348, p90: 3_241, p99: 7_970, count: 60 },
  figures: { bytes: figure(914), hub_cpu_us: figure(676.4), packets: figure(2) },
};
const bench = {
  kind: "bench",
  sound: true,
  ways: [benchWay, { ...benchWay, part: "down", way: "long poll" }],
  per_second: 150,
  network: "loopback, nothing delayed",
  machine: { processor: "Some CPU", made: "2026-11-28T07:07:47.148853Z" },
  workload: { name: "home", "readings.payload": "60" },
};

describe("a report of tandem bench", () => {
  test("is read as it is written", () => {
    expect(readBench(JSON.stringify(bench), "home.json")).toEqual({
      kind: "bench",
      name: "home.json",
      made: Date.UTC(2026, 10, 28, 7, 7, 47, 148),
      says: "home, 150/s, 60 B, loopback, nothing delayed, Some CPU",
      sound: true,
      rows: [
        {
          part: "up",
          way: "REST, kept alive",
          door: "rest",
          figures: { p50_us: 1_348, p90_us: 3_241, p99_us: 7_970, bytes: 914, hub_cpu_us: 676.4, packets: 2, lost: 2 },
        },
        expect.objectContaining({ part: "down", way: "long poll" }),
      ],
    });
  });
  test.each([
    ["", "nothing"],
    ["{", "no JSON"],
    ["[]", "a list"],
    ["null", "null"],
    ['{"kind":"calibration"}', "another kind"],
    ['{"kind":"bench"}', "without ways"],
    ['{"kind":"bench","ways":{}}', "ways that are no list"],
    ['{"kind":"bench","ways":[7,null,{"way":"x"}]}', "ways that are none"],
  ])("%s is none: %s", (text) => {
    expect(readBench(text, "x")).toBeUndefined();
  });
  test("has what is no number left out, and long texts cut", () => {
    const odd = {
      ...bench,
      ways: [{ ...benchWay, way: "w".repeat(9_999), latency_us: { p50: "1", p90: -1, p99: null }, figures: [] }],
      machine: 7,
      workload: null,
      per_second: "x",
      network: 3,
    };
    const report = readBench(JSON.stringify(odd), "n".repeat(9_999));
    expect(report?.rows[0]?.figures).toEqual({ lost: 2 });
    expect(report?.rows[0]?.way).toHaveLength(200);
    expect(report?.name).toHaveLength(200);
    expect(report).toMatchObject({ made: 0, says: "" });
  });
  test("with very many ways has the first of them", () => {
    const many = { ...bench, ways: Array.from({ length: 5_000 }, (_, at) => ({ ...benchWay, way: `${at}` })) };
    expect(readBench(JSON.stringify(many), "x")?.rows).toHaveLength(100);
    expect(fileMost).toBeGreaterThan(JSON.stringify(bench).length * 100);
  });
});

describe("two results side by side", () => {
  const read = (ways: object[]): Report => readBench(JSON.stringify({ ...bench, ways }), "x")!;
  const faster = { ...benchWay, latency_us: { p50: 674, p90: 3_241, p99: 7_970 }, lost: 0 };
  test("have each figure of both, and what the second is of the first", () => {
    const [row] = compare(read([benchWay]), read([faster]));
    expect(row).toMatchObject({ part: "up", way: "REST, kept alive" });
    expect(row?.figures.map((each) => each.figure)).toEqual([...figures]);
    expect(row?.figures[0]).toEqual({ figure: "p50_us", a: 1_348, b: 674, ratio: 0.5 });
    expect(row?.figures.find((each) => each.figure === "lost")).toMatchObject({ a: 2, b: 0, ratio: 0 });
    expect(compare(read([faster]), read([benchWay]))[0]?.figures.at(-1)).toMatchObject({ ratio: undefined });
  });
  test("have what only one of them has, without a ratio", () => {
    const other = { ...benchWay, way: "REST, batched" };
    const rows = compare(read([benchWay]), read([other]));
    expect(rows.map(({ way }) => way)).toEqual(["REST, kept alive", "REST, batched"]);
    expect(rows[0]?.figures[0]).toEqual({ figure: "p50_us", a: 1_348, b: undefined, ratio: undefined });
    expect(rows[1]?.figures[0]).toEqual({ figure: "p50_us", a: undefined, b: 1_348, ratio: undefined });
  });
  test("a race stands beside bench, but the bytes of a page are not those of the kernel", () => {
    const [row] = compare(reportOf(ran(), "race", "", 0), read([benchWay]));
    expect(row?.way).toBe(nameOf("up_rest"));
    const ratios = Object.fromEntries(row?.figures.map(({ figure: each, ratio }) => [each, ratio]) ?? []);
    expect(ratios.p50_us).toBeCloseTo(0.337);
    expect(ratios.hub_cpu_us).toBeCloseTo(2.25, 1);
    expect(ratios.bytes).toBeUndefined();
  });
});

describe("what the browser keeps", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      kept,
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
  };
  const report = (name: string): Report => ({ kind: "race", name, made: 1, says: "", sound: true, rows: [] });
  test("is there again, the newest first", () => {
    const place = storage();
    expect(new Shelf(place).add(report("one"))).toBe(true);
    new Shelf(place).add(report("two"));
    expect(new Shelf(place).all().map(({ name }) => name)).toEqual(["two", "one"]);
    new Shelf(place).remove(0);
    expect(new Shelf(place).all().map(({ name }) => name)).toEqual(["one"]);
  });
  test("is thirty of them at most", () => {
    const shelf = new Shelf(storage());
    for (let at = 0; at < 40; ++at) shelf.add(report(`${at}`));
    expect(shelf.all()).toHaveLength(30);
    expect(shelf.all()[0]?.name).toBe("39");
  });
  test("says when there is no room", () => {
    const full = { getItem: () => null, setItem: () => { throw new Error("quota"); } };
    expect(new Shelf(full).add(report("one"))).toBe(false);
  });
  const odd = [{ ...report("x"), rows: [{ part: "up", way: "x", door: "", figures: { lost: "many" } }] }];
  test.each(["{", "7", '{"rows":[]}', '[7,null,{"rows":[{}]}]', JSON.stringify(odd)])("passes over %s that lies in its place", (text) => {
    const place = storage();
    place.setItem("tandem.doors.reports", text);
    expect(new Shelf(place).all()).toEqual([]);
    expect(new Shelf(place).add(report("one"))).toBe(true);
    expect(new Shelf(place).all()).toHaveLength(1);
  });
});
