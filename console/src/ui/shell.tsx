// The frame of the page of somebody who is logged in: where one can go, how the connection is, and
// the page itself.

import type { ComponentType } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";

import { hub } from "../hub";
import { DevicePage } from "../device/page";
import { Fleet } from "../pages/fleet";
import { href, route } from "../router";
import { clock, isUnsure, logOut, lostAt, me, missed, model, rate, status } from "../store";
import { statusText, texts } from "../texts";
import { nextTheme, theme } from "../theme";
import { clockText } from "../format";
import { Icon, type IconName } from "./icons";
import { Announcer } from "./parts";

interface Place {
  path: string;
  icon: IconName;
  text: string;
  page: ComponentType;
}

/** A page that is fetched when somebody goes there. */
function later(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | undefined;
  return function Later() {
    const [, setTurn] = useState(0);
    const [trouble, setTrouble] = useState(false);
    useEffect(() => {
      if (loaded !== undefined) return;
      load().then(
        (page) => {
          loaded = page;
          setTurn((turn) => turn + 1);
        },
        () => setTrouble(true),
      );
    }, []);
    if (trouble) return <p class="note pad">{texts.failed(texts.unreachable)}</p>;
    const Page = loaded;
    return Page === undefined ? <p class="note pad">{texts.loading}</p> : <Page />;
  };
}

const Control = later(async () => (await import("../pages/control")).Control);
const Doors = later(async () => (await import("../pages/doors")).Doors);
const Dashboards = later(async () => (await import("../dashboards/page")).Dashboards);
const Inspector = later(async () => (await import("../pages/inspector")).Inspector);
const Admin = later(async () => (await import("../admin/page")).Admin);
const Start = later(async () => (await import("../pages/start")).Start);

const places: Place[] = [
  { path: "devices", icon: "fleet", text: texts.nav.devices, page: Fleet },
  { path: "control", icon: "control", text: texts.nav.control, page: Control },
  { path: "doors", icon: "doors", text: texts.nav.doors, page: Doors },
  { path: "dashboards", icon: "dashboards", text: texts.nav.dashboards, page: Dashboards },
  { path: "inspector", icon: "inspector", text: texts.nav.inspector, page: Inspector },
  { path: "admin", icon: "admin", text: texts.nav.admin, page: Admin },
  { path: "start", icon: "start", text: texts.nav.start, page: Start },
];

function Page() {
  const { path } = route.value;
  const [at = "devices", device] = path;
  const [error, forget] = useErrorBoundary((problem) => console.error(problem));
  useEffect(() => forget(), [path.join("/")]);
  if (error !== undefined) {
    return (
      <div class="pad">
        <p role="alert">{texts.pageFailed(String(error))}</p>
        <button type="button" onClick={forget}>
          {texts.retry}
        </button>
      </div>
    );
  }
  if (at === "devices" && device !== undefined) return <DevicePage key={device} id={device} />;
  const Found = places.find((place) => place.path === at)?.page ?? Fleet;
  return <Found />;
}

function Status() {
  const now = status.value;
  const seconds = now.kind === "waiting" ? Math.ceil((now.until - clock.value) / 1000) : 0;
  return (
    <p class="status" data-kind={now.kind} role="status">
      {statusText(now, seconds)}
    </p>
  );
}

function tryNow(): void {
  // What the hub has closed for good begins anew with the page.
  if (status.value.kind === "refused") location.reload();
  else hub().wake();
}

/** What is shown is not live any more: since when, and when it is tried again. */
function Offline() {
  const since = lostAt.value;
  const now = status.value;
  if (since === undefined && now.kind !== "refused") return null;
  const seconds = now.kind === "waiting" ? Math.ceil((now.until - clock.value) / 1000) : 0;
  const text =
    now.kind === "refused"
      ? texts.refused(now.why)
      : texts.offline.text(clockText(since ?? clock.value, 0), navigator.onLine);
  return (
    <div class="notice bad" role="alert">
      <Icon name="warn" />
      <p>
        {text} {seconds > 0 && <span aria-hidden="true">{texts.offline.next(seconds)}</span>}
      </p>
      <button type="button" class="quiet" onClick={tryNow}>
        {texts.offline.now}
      </button>
    </div>
  );
}

function Missed() {
  const what = missed.value;
  if (what === undefined) return null;
  return (
    <div class="notice" role="status">
      <p>{texts.gap(what.count, what.why)}</p>
      <button type="button" class="quiet" onClick={() => (missed.value = undefined)}>
        {texts.dismiss}
      </button>
    </div>
  );
}

function Summary() {
  // Counted once a second: faster than anybody reads.
  clock.value;
  return <p class="summary">{texts.summary(model.devices.size, model.online, rate.value)}</p>;
}

export function Shell() {
  const [at = "devices"] = route.value.path;
  const main = useRef<HTMLElement>(null);
  const name = places.find((place) => place.path === at)?.text ?? "";
  useEffect(() => {
    document.title = name === "" ? texts.product : `${name} · ${texts.product}`;
  }, [name]);
  return (
    <div class="page" data-old={lostAt.value !== undefined}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {texts.skip}
      </a>
      <header class="bar">
        <a class="brand" href={href(["devices"])}>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>{texts.product}</span>
        </a>
        <Status />
        <Summary />
        <div class="bar-tools">
          <span class="who">{me.value?.id ?? ""}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={texts.theme(theme.value)}
            title={texts.theme(theme.value)}
            onClick={nextTheme}
          >
            <Icon name="theme" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={texts.logOut}
            title={texts.logOut}
            onClick={() => void logOut()}
          >
            <Icon name="out" />
          </button>
        </div>
      </header>
      <nav class="places" aria-label={texts.nav.label}>
        {places.map(({ path, icon, text }) => (
          <a key={path} href={href([path])} aria-current={path === at ? "page" : undefined}>
            <Icon name={icon} />
            <span>{text}</span>
          </a>
        ))}
        <a href="/docs" class="apart">
          <Icon name="docs" />
          <span>{texts.nav.docs}</span>
        </a>
      </nav>
      <div class="notices">
        <Offline />
        <Missed />
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        {/* What the one before has typed nobody else sees, not for a moment. */}
        {isUnsure() ? <p class="note pad">{texts.loading}</p> : <Page />}
      </main>
      <Announcer />
    </div>
  );
}

