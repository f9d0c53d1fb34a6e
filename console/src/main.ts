// Puts the page together: a session, then the devices and the stream of what happens to them.

import { api, hub, isUnauthorized } from "./api";
import { make } from "./dom";
import { Live } from "./live";
import { loginView } from "./login";
import { applyEvents, emptyModel, takeDevices, type Changes, type Model } from "./model";
import { arrive } from "./session";
import { texts } from "./texts";
import { View } from "./view";
import "./style.css";

const kinds = ["reading", "presence", "device", "state"] as const;

function place(): HTMLElement {
  const element = document.getElementById("app");
  if (element === null) throw new Error("the page has no #app");
  return element;
}

function later(ms: number, what: () => void): () => void {
  const timer = window.setTimeout(what, ms);
  return () => window.clearTimeout(timer);
}

class Console {
  private readonly model: Model = emptyModel();
  private readonly view = new View(this.model, () => void this.logOut());
  private readonly live = new Live(
    hub(),
    [...kinds],
    {
      status: (status) => {
        if (status.kind === "logged-out") return this.leave(texts.sessionEnded);
        this.view.setStatus(status);
      },
      events: (events) => {
        const changes = applyEvents(this.model, events);
        this.view.take(events, changes);
        this.lookUp(changes);
      },
      gap: (gap) => {
        this.view.tellGap(gap);
        void this.readDevices();
      },
    },
    later,
  );
  private reading = false;
  private over = false;

  async start(): Promise<void> {
    place().replaceChildren(this.view.element);
    // The list first: the events of `latest` are about devices that the page then knows.
    await this.readDevices();
    if (!this.over) this.live.start();
  }

  private async readDevices(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      const devices = await api.devices();
      if (this.over) return;
      takeDevices(this.model, devices);
      this.view.showAll();
    } catch (problem) {
      if (isUnauthorized(problem)) return this.leave(texts.sessionEnded);
      // The stream says that the hub is away, and what is missing comes with its devices' events.
    } finally {
      this.reading = false;
    }
  }

  // Events of devices that the list did not have when it was read: so it is read again.
  private lookUp(changes: Changes): void {
    if (changes.unknown.size > 0) void this.readDevices();
  }

  private async logOut(): Promise<void> {
    this.leave("");
    await api.endSession().catch(() => undefined);
  }

  private leave(note: string): void {
    if (this.over) return;
    this.over = true;
    this.live.stop();
    this.view.destroy();
    showLogin(note);
  }
}

function showConsole(): void {
  void new Console().start();
}

function showLogin(note: string): void {
  place().replaceChildren(loginView(note, showConsole));
  document.getElementById("user")?.focus();
}

function showTrouble(): void {
  const retry = make("button", { type: "button" }, texts.retry);
  retry.addEventListener("click", () => void begin());
  const words = make("p", { role: "alert" }, texts.failed(texts.unreachable));
  place().replaceChildren(make("main", { class: "login-page" }, make("div", { class: "card" }, words, retry)));
}

async function begin(): Promise<void> {
  try {
    const arrival = await arrive();
    if (arrival === "logged-in") return showConsole();
    showLogin(arrival === "code-refused" ? texts.codeRefused : "");
  } catch {
    showTrouble();
  }
}

void begin();
