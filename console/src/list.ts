// The list of devices: a row each with a dot for its presence, its door and its newest values.

import { make, setHidden, setText } from "./dom";
import { valueText } from "./format";
import { matching, title, type Device, type Model } from "./model";
import { texts } from "./texts";

// More rows than anybody scrolls through; the rest is found by searching.
const rowsMax = 300;
const valuesShown = 2;

interface RowParts {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  name: HTMLElement;
  presence: HTMLElement;
  door: HTMLElement;
  values: HTMLElement;
}

export class DeviceList {
  readonly element = make("section", { class: "list", "aria-label": texts.devices });
  private readonly search = make("input", {
    type: "search",
    placeholder: texts.search,
    "aria-label": texts.search,
    autocomplete: "off",
  });
  private readonly items = make("ul", { class: "devices" });
  private readonly note = make("p", { class: "note" });
  private readonly rows = new Map<string, RowParts>();
  private order: string[] = [];
  private selected: string | undefined;

  constructor(
    private readonly model: Model,
    private readonly choose: (device: string) => void,
  ) {
    this.element.append(this.search, this.items, this.note);
    this.search.addEventListener("input", () => this.renderAll());
    this.items.addEventListener("keydown", (event) => this.onKey(event));
  }

  select(device: string | undefined): void {
    this.selected = device;
    for (const id of this.order) this.mark(id);
  }

  /** Shows the row of a device again: somebody comes back to the list. */
  focusSelected(): void {
    const id = this.selected ?? this.order[0];
    if (id !== undefined) this.rows.get(id)?.button.focus();
  }

  renderAll(): void {
    const found = matching(this.model, this.search.value);
    const shown = found.slice(0, rowsMax);
    this.order = shown.map((device) => device.id);
    for (const id of [...this.rows.keys()]) if (!this.model.devices.has(id)) this.rows.delete(id);
    this.items.replaceChildren(...shown.map((device) => this.row(device).item));
    for (const device of shown) this.render(device);
    for (const id of this.order) this.mark(id);
    const hidden = found.length - shown.length;
    const empty = this.model.devices.size === 0 ? texts.noDevices : texts.noMatch;
    setText(this.note, hidden > 0 ? texts.moreDevices(hidden) : empty);
    setHidden(this.note, hidden === 0 && found.length > 0);
  }

  render(device: Device): void {
    const row = this.rows.get(device.id);
    if (row === undefined) return;
    setText(row.name, title(device));
    row.item.classList.toggle("online", device.online);
    setText(row.presence, device.online ? texts.online : texts.offline);
    setText(row.door, device.online ? (texts.doors[device.door] ?? device.door) : "");
    const values = [...device.latest].slice(0, valuesShown);
    setText(row.values, values.map(([series, { value }]) => `${series} ${valueText(value)}`).join("  ·  "));
  }

  private row(device: Device): RowParts {
    const known = this.rows.get(device.id);
    if (known !== undefined) return known;
    const name = make("span", { class: "name" });
    const presence = make("span", { class: "unseen" });
    const door = make("span", { class: "door" });
    const values = make("span", { class: "values" });
    const dot = make("span", { class: "dot", "aria-hidden": "true" });
    const button = make("button", { type: "button" });
    // The spaces part the words for those who have the row read to them.
    button.append(dot, name, " ", presence, " ", door, " ", values);
    button.addEventListener("click", () => this.choose(device.id));
    const row = { item: make("li", {}, button), button, name, presence, door, values };
    this.rows.set(device.id, row);
    return row;
  }

  // One row can be reached with the tab key, the others from it with the arrows.
  private mark(id: string): void {
    const button = this.rows.get(id)?.button;
    if (button === undefined) return;
    const reachable = this.order.includes(this.selected ?? "") ? this.selected : this.order[0];
    button.tabIndex = id === reachable ? 0 : -1;
    if (id === this.selected) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }

  private onKey(event: KeyboardEvent): void {
    const at = this.order.findIndex((id) => this.rows.get(id)?.button === document.activeElement);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: this.order.length - 1,
    };
    const to = steps[event.key];
    const id = to === undefined ? undefined : this.order[to];
    if (id === undefined) return;
    event.preventDefault();
    this.rows.get(id)?.button.focus();
  }
}
