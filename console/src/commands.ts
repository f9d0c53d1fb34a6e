// Commands to one device: a switch for what can be switched, and a line for anything else. Each
// waits for the device's own answer and shows how long it took, there and back.

import type { Json } from "tandem-client";

import { api, wordsOf } from "./api";
import { make, setHidden, setText } from "./dom";
import { hasSwitch, isOn, type Device } from "./model";
import { texts } from "./texts";

const waitSeconds = 10;

export class Commands {
  readonly element = make("section", { class: "card commands" });
  private readonly toggle = make("button", { type: "button", role: "switch", class: "switch" });
  private readonly toggleText = make("span", { class: "switch-text" });
  private readonly switchLine = make("div", { class: "switch-line" });
  private readonly outcome = make("p", { class: "outcome", role: "status" });
  private busy = false;

  constructor(private device: Device) {
    const label = make("span", { id: "switch-label" }, texts.lampSwitch);
    this.toggle.setAttribute("aria-labelledby", "switch-label");
    this.toggle.append(make("span", { class: "knob", "aria-hidden": "true" }));
    this.toggle.addEventListener("click", () => void this.flip());
    this.switchLine.append(label, this.toggle, this.toggleText);
    this.element.append(make("h3", {}, texts.commands), this.switchLine, this.form(), this.outcome);
    this.render(device);
  }

  render(device: Device): void {
    this.device = device;
    setHidden(this.switchLine, !hasSwitch(device));
    const on = isOn(device);
    this.toggle.setAttribute("aria-checked", String(on === true));
    setText(this.toggleText, on === undefined ? "" : on ? texts.on : texts.off);
  }

  private form(): HTMLFormElement {
    const name = make("input", { id: "command-name", required: "", maxlength: "64", autocomplete: "off" });
    const params = make("input", { id: "command-params", autocomplete: "off", spellcheck: "false" });
    const form = make(
      "form",
      { class: "command-form" },
      make("div", {}, make("label", { for: "command-name" }, texts.commandName), name),
      make("div", {}, make("label", { for: "command-params" }, texts.commandParams), params),
      make("button", { type: "submit" }, texts.send),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      let value: Json = null;
      try {
        value = params.value.trim() === "" ? null : (JSON.parse(params.value) as Json);
      } catch {
        return this.tell(texts.badParams, "bad");
      }
      void this.send(name.value.trim(), value);
    });
    return form;
  }

  private async flip(): Promise<void> {
    const on = isOn(this.device) !== true;
    const device = this.device;
    if ((await this.send("set", { on })) !== "done") return;
    // It has said that it did; its next reading says so too, a moment later.
    const reading = device.latest.get("on");
    if (reading === undefined) device.state = { ...asObject(device.state), on };
    else reading.value = on;
    if (device.id === this.device.id) this.render(this.device);
  }

  private async send(name: string, params: Json): Promise<string | undefined> {
    if (this.busy || name === "") return undefined;
    const device = this.device;
    this.setBusy(true);
    this.tell(texts.sending, "open");
    const began = performance.now();
    try {
      const command = await api.send(device.id, name, params, waitSeconds);
      const ms = Math.round(performance.now() - began);
      const ended = ["done", "failed", "expired", "cancelled"].includes(command.status);
      const door = texts.doors[device.door] ?? device.door;
      this.tell(
        ended
          ? texts.commandEnded(name, command.status, ms, door)
          : texts.commandOpen(name, command.status, Math.round(ms / 1000)),
        command.status === "done" ? "good" : ended ? "bad" : "open",
      );
      return command.status;
    } catch (problem) {
      this.tell(texts.failed(wordsOf(problem) ?? texts.unreachable), "bad");
      return undefined;
    } finally {
      this.setBusy(false);
    }
  }

  private setBusy(busy: boolean): void {
    this.busy = busy;
    // Not `disabled`, which would take the focus away from under the keyboard.
    this.element.setAttribute("aria-busy", String(busy));
  }

  private tell(text: string, mood: "good" | "bad" | "open"): void {
    setText(this.outcome, text);
    this.outcome.dataset.mood = mood;
  }
}

function asObject(value: Json): { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
