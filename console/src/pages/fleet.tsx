// The fleet: thousands of rows of which only those in sight are in the document.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { byDoor, doorOf, filtered, inSight, sorted, type Show, type SortBy } from "../fleet";
import { valueText, withUnit } from "../format";
import { lastReading, title, type Device } from "../model";
import { href, go, replaceQuery, route } from "../router";
import { unitOf } from "../schema";
import { clock, epoch, learnAdvice, learnStale, listed, may, model, pulse, ready } from "../store";
import { texts } from "../texts";
import { Age, Badge, Choice } from "../ui/parts";
import { Icon } from "../ui/icons";

const rowHeight = 44;
const tallRowHeight = 76;
const narrowPx = 760;
const valuesShown = 3;
const labelsShown = 2;
const settleMs = 600;
const shows: Show[] = ["all", "online", "offline", "stale"];
const sorts: SortBy[] = ["name", "type", "door", "heard"];

function Values({ device }: { device: Device }) {
  const values = [...device.latest].slice(0, valuesShown);
  return (
    <span class="values">
      {values.map(([series, { value }]) => (
        <span key={series} class="value" data-stale={device.stale.has(series)}>
          <span class="series">{series}</span>{" "}
          <b>{withUnit(valueText(value), unitOf(device, series))}</b>
        </span>
      ))}
    </span>
  );
}

function Labels({ device }: { device: Device }) {
  const labels = Object.entries(device.labels);
  return (
    <span class="labels">
      {labels.slice(0, labelsShown).map(([name, value]) => (
        <span key={name} class="label">
          {name}={value}
        </span>
      ))}
      {labels.length > labelsShown && (
        <span class="label more">+{labels.length - labelsShown}</span>
      )}
    </span>
  );
}

/** That it is on the wrong door, and what the hub says of it. */
function WrongDoor({ id }: { id: string }) {
  const found = model.misplaced.get(id);
  if (found === undefined) return null;
  return (
    <span class="wrong-door" title={texts.misplaced.markTitle(found.says)}>
      <Icon name="swap" />
      <span class="unseen">{texts.misplaced.mark}</span>
    </span>
  );
}

function Row(props: { device: Device; at: number; top: number; focus: boolean; count: number }) {
  const { device, at } = props;
  const door = doorOf(device);
  const stale = device.stale.size > 0;
  return (
    <li
      class={`row ${device.online ? "online" : ""}`}
      style={{ transform: `translateY(${props.top}px)` }}
      aria-posinset={at + 1}
      aria-setsize={props.count}
    >
      <a
        href={href(["devices", device.id])}
        tabIndex={props.focus ? 0 : -1}
        data-at={at}
      >
        <span class="dot">
          {device.online && <span class="unseen">{texts.online}</span>}
        </span>
        <span class="name">
          <b>{title(device)}</b>
          {title(device) !== device.id && <small>{device.id}</small>}
        </span>
        <span class="type">{device.type}</span>
        <Labels device={device} />
        <span class="door">
          {door === "" ? (
            <span class="off">{texts.offlineWord}</span>
          ) : (
            <Badge>{texts.doors[door] ?? door}</Badge>
          )}
          <WrongDoor id={device.id} />
        </span>
        <Values device={device} />
        <span class="heard">
          {stale && <Badge mood="warn">{texts.fleet.stale}</Badge>}
          <Age time={lastReading(device) ?? device.lastSeen} />
        </span>
      </a>
    </li>
  );
}

/** How tall the place of the rows is, and how far it is scrolled. */
function useScroll() {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, narrow: false });
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const look = () =>
      setView({
        top: element.scrollTop,
        height: element.clientHeight,
        narrow: element.clientWidth < narrowPx,
      });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  return { place, view };
}

function Rows({ devices }: { devices: Device[] }) {
  // Drawn anew with each beat: only what is in sight costs.
  pulse.value;
  const { place, view } = useScroll();
  const [focused, setFocused] = useState(0);
  const height = view.narrow ? tallRowHeight : rowHeight;
  const { first, end } = inSight(view.top, view.height, height, devices.length);
  const seen = devices.slice(first, end);
  useEffect(() => {
    // While somebody scrolls nothing is asked for.
    const timer = window.setTimeout(
      () => void learnStale(seen.map((device) => device.id)),
      settleMs,
    );
    return () => window.clearTimeout(timer);
  }, [first, end, devices]);
  const reachable = Math.min(Math.max(focused, first), Math.max(first, end - 1));

  const moveTo = (at: number) => {
    const element = place.current;
    const to = Math.min(Math.max(at, 0), devices.length - 1);
    if (element === null || to < 0) return;
    const top = to * height;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + height - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
    setFocused(to);
    // The row is there with the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        element.querySelector<HTMLElement>(`[data-at="${to}"]`)?.focus({ preventScroll: true }),
      ),
    );
  };
  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / height) - 1);
    const at = Number((event.target as HTMLElement).dataset.at ?? reachable);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: devices.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  };

  return (
    <div class="rows" ref={place} onKeyDown={onKey} data-narrow={view.narrow}>
      <ul style={{ height: `${devices.length * height}px` }} aria-label={texts.nav.devices}>
        {seen.map((device, index) => (
          <Row
            key={device.id}
            device={device}
            at={first + index}
            top={(first + index) * height}
            focus={first + index === reachable}
            count={devices.length}
          />
        ))}
      </ul>
    </div>
  );
}

function Head({ by, sort }: { by: SortBy; sort: (by: SortBy) => void }) {
  const column = (name: SortBy | undefined, key: string) => {
    const text = texts.fleet.columns[key] ?? key;
    if (name === undefined) return <span class={key}>{text}</span>;
    return (
      <span class={key}>
        <button type="button" class="sort" aria-pressed={by === name} onClick={() => sort(name)}>
          {text}
        </button>
      </span>
    );
  };
  return (
    <div class="fleet-head">
      <span />
      {column("name", "name")}
      {column("type", "type")}
      {column(undefined, "labels")}
      {column("door", "door")}
      {column(undefined, "values")}
      {column("heard", "heard")}
    </div>
  );
}

function Doors({ door, choose }: { door: string; choose: (door: string) => void }) {
  const counts = [...byDoor(model)].sort(([a], [b]) => a.localeCompare(b));
  if (counts.length === 0) return null;
  return (
    <div class="door-filter" role="group" aria-label={texts.fleet.byDoor}>
      {counts.map(([name, count]) => (
        <button
          key={name}
          type="button"
          class="chip"
          aria-pressed={name === door}
          onClick={() => choose(name === door ? "" : name)}
        >
          {texts.doors[name] ?? name} <b>{count}</b>
        </button>
      ))}
    </div>
  );
}

function oneOf<T extends string>(all: T[], text: string | undefined, otherwise: T): T {
  return all.find((each) => each === text) ?? otherwise;
}

export function Fleet() {
  const { query } = route.value;
  const show = oneOf(shows, query.show, "all");
  const by = oneOf(sorts, query.sort, "name");
  const door = query.door ?? "";
  const text = query.q ?? "";
  const set = (more: Record<string, string>) => replaceQuery({ ...query, ...more });

  // Presence and time change what is shown, but nobody needs that faster than each second.
  const second = clock.value;
  const order = useMemo(
    () => sorted(model, by),
    [listed.value, by, by === "name" || by === "type" ? 0 : second],
  );
  const lasting = show === "all" && door === "";
  const found = useMemo(
    () => filtered(order, { text, show, door }),
    [order, text, show, door, lasting ? 0 : second],
  );
  const all = model.devices.size;
  const nothing = ready.value && found.length === 0;
  useEffect(() => void learnAdvice(), [epoch.value]);

  return (
    <div class="fleet">
      <div class="fleet-tools">
        <h1>{texts.nav.devices}</h1>
        <label class="find">
          <span class="unseen">{texts.fleet.search}</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder={texts.fleet.searchHint}
            value={text}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set({ q: event.currentTarget.value })}
          />
        </label>
        <Choice
          legend={texts.fleet.show}
          value={show}
          options={shows.map((each) => [each, texts.fleet.shows[each] ?? each])}
          onChoose={(to) => set({ show: to === "all" ? "" : to })}
        />
        <Doors door={door} choose={(to) => set({ door: to })} />
        {may("devices:write") && (
          <button type="button" class="add" onClick={() => go(["start"])}>
            <Icon name="plus" /> {texts.fleet.add}
          </button>
        )}
      </div>
      <p class="note count" role="status">
        {ready.value ? texts.fleet.count(found.length, all) : texts.loading}
      </p>
      {!nothing && (
        <>
          <Head by={by} sort={(to) => set({ sort: to === "name" ? "" : to })} />
          <Rows devices={found} />
        </>
      )}
      {nothing && (
        <div class="empty">
          <p>{all === 0 ? texts.fleet.none : texts.fleet.noMatch}</p>
          {all === 0 ? (
            <a class="button" href={href(["start"])}>
              {texts.fleet.first}
            </a>
          ) : (
            <button type="button" class="quiet" onClick={() => replaceQuery({})}>
              {texts.fleet.clear}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
