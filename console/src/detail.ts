// One device: who it is, the newest reading of each series, a curve of one of them, its commands.

import type { StreamEvent } from "tandem-client";

import { api, wordsOf } from "./api";
import { Chart } from "./chart";
import { Commands } from "./commands";
import { make, setHidden, setText } from "./dom";
import { ageText, dateText, spanText, valueText, withUnit } from "./format";
import { isPlottable, Points, queryFor } from "./history";
import { title, type Device } from "./model";
import { texts } from "./texts";

interface SeriesRow {
  row: HTMLTableRowElement;
  button: HTMLButtonElement;
  value: HTMLElement;
  age: HTMLElement;
}

export class Detail {
  readonly element = make("article", { class: "detail", "aria-labelledby": "device-title" });
  private readonly heading = make("h2", { id: "device-title", tabindex: "-1" });
  private readonly about = make("p", { class: "about" });
  private readonly body = make("tbody");
  private readonly noReadings = make("p", { class: "note" }, texts.noReadings);
  private readonly chartTitle = make("h3");
  private readonly chartPlace = make("div", { class: "chart" });
  private readonly chartNote = make("p", { class: "note" });
  private readonly retry = make("button", { type: "button" }, texts.retry);
  private readonly rows = new Map<string, SeriesRow>();
  private readonly points = new Points();
  private readonly chart = new Chart(this.chartPlace, this.points);
  private readonly commands: Commands;
  private units = new Map<string, string>();
  private series: string | undefined;
  private rangeMs = 300_000;
  private step: number | undefined;
  private state: "loading" | "ready" | "failed" = "loading";
  // Which request for history counts: an answer that finds another number here is too late.
  private turn = 0;

  constructor(
    private readonly device: Device,
    back: () => void,
  ) {
    this.commands = new Commands(device);
    const backButton = make("button", { type: "button", class: "back" }, `‹ ${texts.back}`);
    backButton.addEventListener("click", back);
    this.retry.addEventListener("click", () => void this.load());
    this.element.append(
      backButton,
      make("header", {}, this.heading, this.about),
      this.readingsCard(),
      this.chartCard(),
      this.commands.element,
    );
    void this.loadAbout();
    this.render();
  }

  focus(): void {
    this.heading.focus();
  }

  destroy(): void {
    ++this.turn;
    this.chart.destroy();
  }

  /** Reads the history again: something may have been missed. */
  reload(): void {
    this.points.clear();
    void this.load();
  }

  /** Takes the readings of this device as they come in. */
  take(events: StreamEvent[]): void {
    for (const event of events) {
      if (event.kind !== "reading" || event.device !== this.device.id) continue;
      if (event.series === this.series) this.points.insert(event.time, event.value);
    }
  }

  /** Shows what the device is like now; called when it has changed. */
  render(): void {
    setText(this.heading, title(this.device));
    setText(this.about, this.aboutText());
    for (const series of this.device.latest.keys()) this.row(series);
    setHidden(this.noReadings, this.device.latest.size > 0);
    if (this.series === undefined) {
      const [first] = this.plottable();
      if (first !== undefined) this.choose(first);
    }
    this.commands.render(this.device);
    this.tick();
  }

  /** Shows how time has passed; called every second as well. */
  tick(): void {
    const now = Date.now();
    for (const [series, row] of this.rows) {
      const reading = this.device.latest.get(series);
      if (reading === undefined) continue;
      setText(row.value, withUnit(valueText(reading.value), this.units.get(series) ?? ""));
      setText(row.age, ageText(now - reading.time) + (reading.late ? ` (${texts.late})` : ""));
      row.age.title = dateText(reading.time);
    }
    this.points.dropBefore(now - this.rangeMs);
    this.chart.draw(now, this.rangeMs);
    this.explain();
  }

  private aboutText(): string {
    const { id, type, online, door, since, lastSeen } = this.device;
    const presence = online
      ? [texts.online, texts.doors[door] ?? door, since === undefined ? "" : texts.since(dateText(since))]
      : [texts.offline, lastSeen === undefined ? texts.never : texts.lastSeen(dateText(lastSeen))];
    return [id === title(this.device) ? "" : id, type, ...presence].filter((part) => part !== "").join(" · ");
  }

  private readingsCard(): HTMLElement {
    const column = (text: string) => make("th", { scope: "col" }, text);
    const head = make("tr", {}, column(texts.series), column(texts.value), column(texts.age));
    const table = make("table", {}, make("thead", {}, head), this.body);
    return make("section", { class: "card" }, make("h3", {}, texts.readings), table, this.noReadings);
  }

  private chartCard(): HTMLElement {
    const ranges = make("fieldset", { class: "ranges" }, make("legend", { class: "unseen" }, texts.range));
    for (const [ms, text] of Object.entries(texts.ranges)) {
      const input = make("input", { type: "radio", name: "range", value: ms });
      input.checked = Number(ms) === this.rangeMs;
      input.addEventListener("change", () => {
        this.rangeMs = Number(ms);
        this.reload();
      });
      ranges.append(make("label", {}, input, make("span", {}, text)));
    }
    const head = make("div", { class: "card-head" }, this.chartTitle, ranges);
    const foot = make("div", { class: "chart-foot" }, this.chartNote, this.retry);
    return make("section", { class: "card" }, head, this.chartPlace, foot);
  }

  private plottable(): string[] {
    return [...this.device.latest].filter(([, reading]) => isPlottable(reading.value)).map(([series]) => series);
  }

  private row(series: string): SeriesRow {
    const known = this.rows.get(series);
    if (known !== undefined) return known;
    const button = make("button", { type: "button", "aria-pressed": "false" }, series);
    button.addEventListener("click", () => this.choose(series));
    const value = make("td", { class: "number" });
    const age = make("td", { class: "age" });
    const row = make("tr", {}, make("th", { scope: "row" }, button), value, age);
    const parts = { row, button, value, age };
    this.rows.set(series, parts);
    this.body.append(row);
    return parts;
  }

  private choose(series: string): void {
    this.series = series;
    for (const [name, row] of this.rows) row.button.setAttribute("aria-pressed", String(name === series));
    this.reload();
  }

  private async loadAbout(): Promise<void> {
    const { id } = this.device;
    // Both only embellish: without them values lack units, and the switch waits for a reading.
    const [units, state] = await Promise.allSettled([api.units(id), api.state(id)]);
    if (units.status === "fulfilled") this.units = units.value;
    if (state.status === "fulfilled" && this.device.state === null) this.device.state = state.value;
    this.showChart();
    this.render();
  }

  private showChart(): void {
    if (this.series === undefined) return;
    const value = this.device.latest.get(this.series)?.value;
    this.chart.show(this.units.get(this.series) ?? "", typeof value === "boolean");
  }

  private async load(): Promise<void> {
    if (this.series === undefined) return;
    const turn = ++this.turn;
    const value = this.device.latest.get(this.series)?.value ?? null;
    const query = queryFor(this.series, this.rangeMs, Date.now(), typeof value === "boolean");
    this.step = query.step;
    this.state = "loading";
    this.showChart();
    this.explain();
    try {
      const history = await api.history(this.device.id, query);
      if (turn !== this.turn) return;
      this.points.merge(history);
      this.state = "ready";
    } catch (problem) {
      if (turn !== this.turn) return;
      this.state = "failed";
      setText(this.chartNote, texts.failed(wordsOf(problem) ?? texts.unreachable));
    }
    this.tick();
  }

  private explain(): void {
    setText(this.chartTitle, this.series ?? texts.history);
    setHidden(this.retry, this.state !== "failed");
    const value = this.series === undefined ? undefined : this.device.latest.get(this.series)?.value;
    const plottable = value !== undefined && isPlottable(value);
    setHidden(this.chartPlace, !plottable);
    if (this.state === "failed") return;
    setText(this.chartNote, this.noteText(plottable));
  }

  private noteText(plottable: boolean): string {
    if (this.series === undefined) return this.device.latest.size > 0 ? texts.notANumber : "";
    if (this.state === "loading") return texts.loading;
    if (!plottable) return texts.notANumber;
    if (this.points.times.length === 0) return texts.noHistory;
    return this.step === undefined ? "" : texts.means(spanText(this.step));
  }
}
