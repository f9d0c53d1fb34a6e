// Every frame and request of this page, and the events of a device: decoded, with sizes and times.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { StreamEvent } from "tandem-client";

import { useFollow } from "../device/follow";
import { inSight } from "../fleet";
import { bytesText, timeText, tookText } from "../format";
import { recorder } from "../hub";
import {
  asRest,
  concerns,
  LineBook,
  operationOf,
  operationOfMessage,
  type Line,
} from "../inspect";
import { asCpp, asCurl, asMessage, asTypeScript, asWscat, type Operation } from "../lines";
import { parsed, type Entry } from "../recorder";
import { replaceQuery, route } from "../router";
import { listed, model } from "../store";
import { texts } from "../texts";
import { Card, Choice, CopyBox, Field, IconButton } from "../ui/parts";

const t = texts.inspector;
const drawMs = 200;
const eventsMax = 500;
const rowHeight = 30;

const book = new LineBook();

type Kind = "all" | "call" | "frame";
const kinds: Kind[] = ["all", "call", "frame"];

/** Draws anew when something was written down, a few times a second at most. */
function useRecorder(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer = 0;
    const stop = recorder.onChange(() => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        setTurn((now) => now + 1);
      }, drawMs);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);
  return turn;
}

function pretty(text: string): string {
  const value = parsed(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

function Headers({ fields }: { fields: [string, string][] }) {
  if (fields.length === 0) return null;
  return <CopyBox label={t.headers} text={fields.map(([name, value]) => `${name}: ${value}`).join("\n")} />;
}

function operationsOf(entry: Entry): Operation[] {
  if (entry.kind === "call") {
    const one = operationOf(entry);
    return one === undefined ? [] : [one];
  }
  const message = parsed(entry.text) ?? null;
  const all = Array.isArray(message) ? message : [message];
  return all.map(operationOfMessage).filter((each) => each !== undefined);
}

function Same({ operation }: { operation: Operation }) {
  const rest = asRest(operation);
  const { origin } = location;
  return (
    <details class="same">
      <summary>
        {t.copyAs} <code>{operation.op}</code>
      </summary>
      {rest !== undefined && <CopyBox label="curl" text={asCurl(origin, rest)} />}
      <CopyBox label="wscat" text={asWscat(origin, asMessage(operation))} />
      <CopyBox label="TypeScript" text={asTypeScript(origin, operation)} />
      <CopyBox label="C++" text={asCpp(operation)} />
    </details>
  );
}

function Detail({ entry, line }: { entry: Entry; line: Line }) {
  return (
    <div class="stack">
      <p class="what">
        <b>{line.what}</b>
      </p>
      {operationsOf(entry).map((operation, at) => (
        <Same key={at} operation={operation} />
      ))}
      {entry.kind === "call" ? (
        <>
          <h3>{t.request}</h3>
          <Headers fields={entry.requestHeaders} />
          {entry.requestBody !== "" && <CopyBox label={t.body} text={pretty(entry.requestBody)} />}
          <h3>{t.response}</h3>
          <Headers fields={entry.responseHeaders} />
          {entry.responseBody !== "" && (
            <CopyBox label={t.body} text={pretty(entry.responseBody)} />
          )}
        </>
      ) : (
        <CopyBox label={t.message} text={pretty(entry.text)} />
      )}
    </div>
  );
}

/** `keys.create → 201`: where there is no room for all of it, the end is shown. */
function What({ text }: { text: string }) {
  const at = text.lastIndexOf(" → ");
  return (
    <span class="what">
      <span class="beginning">{at < 0 ? text : text.slice(0, at)}</span>
      {at >= 0 && <span class="end">&nbsp;{text.slice(at + 1)}</span>}
    </span>
  );
}

function Lines(props: { lines: Line[]; chosen: number | undefined; choose: (id: number) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const { lines } = props;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { first, end } = inSight(top, height, rowHeight, lines.length);
  return (
    <div
      class="lines"
      ref={place}
      tabIndex={0}
      role="group"
      aria-label={t.title}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <ul style={{ height: `${lines.length * rowHeight}px` }}>
        {lines.slice(first, end).map((line, at) => (
          <li key={line.id} style={{ transform: `translateY(${(first + at) * rowHeight}px)` }}>
            <button
              type="button"
              aria-pressed={line.id === props.chosen}
              data-bad={line.bad}
              onClick={() => props.choose(line.id)}
            >
              <span class="time">{timeText(line.time)}</span>
              <span class="way">{line.way}</span>
              <What text={line.what} />
              <span class="size">{bytesText(line.bytes)}</span>
              <span class="took">{line.ms === undefined ? "" : tookText(line.ms)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Totals() {
  const { calls, framesIn, framesOut, bytesIn, bytesOut } = recorder.totals;
  return <p class="note">{t.totals(calls, framesIn, framesOut, bytesText(bytesIn), bytesText(bytesOut))}</p>;
}

function Own({ device }: { device: string }) {
  const turn = useRecorder();
  const [kind, setKind] = useState<Kind>("all");
  const [filter, setFilter] = useState("");
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const lines = useMemo(() => {
    const wanted = filter.toLowerCase();
    const found: Line[] = [];
    for (const entry of recorder.entries) {
      const line = book.line(entry);
      if (kind !== "all" && entry.kind !== kind) continue;
      if (device !== "" && !concerns(entry, device)) continue;
      const text = entry.kind === "frame" ? entry.text : entry.requestBody + entry.responseBody;
      if (wanted !== "" && !`${line.what}\n${text}`.toLowerCase().includes(wanted)) continue;
      found.push(line);
    }
    return found.reverse();
  }, [turn, kind, filter, device]);
  const entry = recorder.entries.find((each) => each.id === chosen);
  const line = lines.find((each) => each.id === chosen);
  const [, redraw] = useState(0);
  const pause = () => {
    recorder.paused = !recorder.paused;
    redraw((now) => now + 1);
  };
  return (
    <>
      <div class="inspector-tools">
        <Choice
          legend={t.kind}
          value={kind}
          options={kinds.map((each) => [each, t.kinds[each] ?? each])}
          onChoose={setKind}
        />
        <label class="find">
          <span class="unseen">{t.filter}</span>
          <input
            type="search"
            placeholder={t.filterHint}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <IconButton
          icon={recorder.paused ? "play" : "pause"}
          label={recorder.paused ? t.go : t.pause}
          pressed={recorder.paused}
          onClick={pause}
        />
        <IconButton icon="bin" label={t.clear} onClick={() => recorder.clear()} />
        <Totals />
      </div>
      <div class="inspector-panes">
        <Lines lines={lines} chosen={chosen} choose={setChosen} />
        <Card class="inspector-detail">
          {entry !== undefined && line !== undefined ? (
            <Detail key={entry.id} entry={entry} line={line} />
          ) : (
            <p class="note">{lines.length === 0 ? t.none : t.choose}</p>
          )}
        </Card>
      </div>
    </>
  );
}

/** The events of one device as a subscriber gets them. */
function Events({ device }: { device: string }) {
  const [events, setEvents] = useState<StreamEvent[]>([]);
  useFollow(device, (fresh) =>
    setEvents((before) => [...fresh.reverse(), ...before].slice(0, eventsMax)),
  );
  return (
    <Card title={device} class="events">
      <p class="note">{t.deviceSays}</p>
      <ol class="event-list" tabIndex={0} aria-label={device}>
        {events.map((event, at) => {
          const { kind, time, device: _, ...rest } = event;
          return (
            <li key={events.length - at}>
              <span class="time">{timeText(time)}</span> <b>{kind}</b> <code>{JSON.stringify(rest)}</code>
            </li>
          );
        })}
      </ol>
      {events.length === 0 && <p class="empty">{t.none}</p>}
    </Card>
  );
}

function DevicePick({ device, choose }: { device: string; choose: (device: string) => void }) {
  listed.value;
  const [text, setText] = useState(device);
  const take = (typed: string) => {
    setText(typed);
    if (typed === "" || model.devices.has(typed)) choose(typed);
  };
  return (
    <div class="device-pick">
      <Field label={t.devicePick}>
        {(id) => (
          <input
            id={id}
            list="devices-known"
            autocomplete="off"
            value={text}
            onInput={(event) => take(event.currentTarget.value)}
          />
        )}
      </Field>
      <datalist id="devices-known">
        {[...model.devices.keys()].slice(0, 500).map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </div>
  );
}

export function Inspector() {
  const device = route.value.query.device ?? "";
  const [source, setSource] = useState<"own" | "device">(device === "" ? "own" : "device");
  return (
    <div class="pad inspector">
      <div class="page-head">
        <h1>{t.title}</h1>
        <Choice
          legend={t.source}
          value={source}
          options={[
            ["own", t.own],
            ["device", t.device],
          ]}
          onChoose={setSource}
        />
        {source === "device" && (
          <DevicePick device={device} choose={(id) => replaceQuery({ device: id })} />
        )}
      </div>
      <p class="note">{t.says}</p>
      {source === "device" && device !== "" && <Events key={device} device={device} />}
      <Own device={source === "device" ? device : ""} />
    </div>
  );
}
