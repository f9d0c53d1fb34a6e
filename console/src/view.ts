// The page of somebody who is logged in: a bar on top, the list of devices, the chosen one. It is
// told what changed and draws it with the next frame, however many events came in between.

import type { Gap, StreamEvent } from "tandem-client";

import { Detail } from "./detail";
import { make, setHidden, setText } from "./dom";
import { DeviceList } from "./list";
import type { StreamStatus } from "./live";
import type { Changes, Model } from "./model";
import { statusText, texts } from "./texts";

export class View {
  readonly element = make("div", { class: "page" });
  private readonly status = make("p", { class: "status", role: "status" });
  private readonly summary = make("p", { class: "summary" });
  private readonly notice = make("div", { class: "notice", role: "status" });
  private readonly place = make("main", { class: "place" });
  private readonly list: DeviceList;
  private detail: Detail | undefined;
  private selected: string | undefined;
  private streamStatus: StreamStatus = { kind: "connecting" };
  private readonly changed = new Set<string>();
  private listChanged = false;
  private frame = 0;
  private readonly timer: number;
  private readingsBefore = 0;
  private missed: Pick<Gap, "count" | "why"> = { count: 0, why: "" };

  constructor(
    private readonly model: Model,
    logOut: () => void,
  ) {
    this.list = new DeviceList(model, (device) => this.select(device));
    const out = make("button", { type: "button", class: "quiet" }, texts.logOut);
    out.addEventListener("click", logOut);
    const bar = make("header", { class: "bar" }, make("h1", {}, texts.product), this.status, this.summary, out);
    this.element.append(bar, this.notice, make("div", { class: "columns" }, this.list.element, this.place));
    setHidden(this.notice, true);
    this.showChoice();
    this.timer = window.setInterval(() => this.tick(), 1000);
  }

  destroy(): void {
    window.clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    this.detail?.destroy();
  }

  setStatus(status: StreamStatus): void {
    this.streamStatus = status;
    this.showStatus();
  }

  /** The whole list has been read anew. */
  showAll(): void {
    this.listChanged = true;
    this.detail?.reload();
    this.draw();
  }

  /** Draws what these events have changed. */
  take(events: StreamEvent[], changes: Changes): void {
    this.detail?.take(events);
    for (const device of changes.devices) this.changed.add(device);
    this.listChanged ||= changes.list;
    this.draw();
  }

  /** Says what was missed; receipts add up until somebody has read them. */
  tellGap(gap: Gap): void {
    this.missed = { count: this.missed.count + gap.count, why: gap.why };
    const dismiss = make("button", { type: "button", class: "quiet" }, texts.dismiss);
    dismiss.addEventListener("click", () => {
      this.missed = { count: 0, why: "" };
      setHidden(this.notice, true);
    });
    this.notice.replaceChildren(make("p", {}, texts.gap(this.missed.count, this.missed.why)), dismiss);
    setHidden(this.notice, false);
  }

  private select(id: string): void {
    this.open(id);
    this.detail?.focus();
  }

  private open(id: string): void {
    const device = this.model.devices.get(id);
    this.detail?.destroy();
    this.detail = undefined;
    this.selected = device?.id;
    this.list.select(this.selected);
    if (device === undefined) return this.showChoice();
    this.detail = new Detail(device, () => this.goBack());
    this.place.replaceChildren(this.detail.element);
    this.element.classList.add("one-device");
  }

  private goBack(): void {
    this.element.classList.remove("one-device");
    this.list.focusSelected();
  }

  private showChoice(): void {
    this.element.classList.remove("one-device");
    this.place.replaceChildren(make("p", { class: "note choose" }, texts.choose));
  }

  private draw(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.drawNow();
    });
  }

  private drawNow(): void {
    const gone = this.selected !== undefined && !this.model.devices.has(this.selected);
    if (gone) this.open("");
    if (this.listChanged) this.list.renderAll();
    for (const id of this.changed) {
      const device = this.model.devices.get(id);
      if (device !== undefined) this.list.render(device);
    }
    const ours = this.selected !== undefined && this.changed.has(this.selected);
    if (this.listChanged || ours) this.detail?.render();
    this.listChanged = false;
    this.changed.clear();
  }

  private tick(): void {
    const rate = this.model.readings - this.readingsBefore;
    this.readingsBefore = this.model.readings;
    setText(this.summary, texts.summary(this.model.devices.size, this.model.online, rate));
    this.detail?.tick();
    this.showStatus();
  }

  private showStatus(): void {
    const status = this.streamStatus;
    const seconds = status.kind === "waiting" ? Math.ceil((status.until - Date.now()) / 1000) : 0;
    this.status.dataset.kind = status.kind;
    setText(this.status, statusText(status, seconds));
  }
}
