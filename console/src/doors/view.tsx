// The race as one sees it: the workload, a lane for each way, and what speaks against the figures.

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { bytesText, countText, dateText, tookText } from "../format";
import { href } from "../router";
import { listed, may, me, model } from "../store";
import { texts } from "../texts";
import { Icon } from "../ui/icons";
import { Card, Choice, Field, saidOf, Trouble, useWork } from "../ui/parts";
import { wordsOf } from "../hub";
import {
  bounded,
  bounds,
  countOf,
  lengthMs,
  partOf,
  usual,
  ways,
  type Amount,
  type Part,
  type Way,
  type Workload,
} from "./plan";
import { abandon, hubPorts, mayRace, raceLabels, raceScopes, removeDevice } from "./ports";
import { Race, type Lane } from "./race";
import { reportOf, Shelf, troubles } from "./report";
import { onAxis, type Column } from "./tally";

const t = texts.race;
const drawMs = 200;
const columnsMost = 60;

/** The race that runs or was the last, and how often it was looked at. */
const race = signal<Race | undefined>(undefined);
const turn = signal(0);

/** Whoever leaves the page ends the race. */
export function endRace(): void {
  race.value?.stop();
}

export const shelf = (): Shelf => new Shelf(localStorage);

const wayName = (way: Way): string => t.ways[way] ?? way;
/** Two ways have the same name: this says which part they are of as well. */
const fullName = (way: Way): string => `${t.groups[partOf(way)]}, ${wayName(way)}`;

const namesOf = (which: Way[]): string =>
  which.length === ways.length ? t.allWays : which.map(fullName).join("; ");

async function begin(workload: Workload): Promise<void> {
  const now = new Race(workload, hubPorts());
  race.value = now;
  const draw = window.setInterval(() => (turn.value += 1), drawMs);
  const gone = (): void => {
    now.stop();
    abandon(now.made);
  };
  const hidden = (): void => {
    if (document.hidden && now.phase === "running") now.hidden = true;
  };
  window.addEventListener("pagehide", gone);
  document.addEventListener("visibilitychange", hidden);
  await now.run();
  window.clearInterval(draw);
  window.removeEventListener("pagehide", gone);
  document.removeEventListener("visibilitychange", hidden);
  turn.value += 1;
}

function statusOf({ phase, turns, turn: at, running }: Race): string {
  if (phase !== "running") return t.phases[phase] ?? "";
  const [only] = running;
  const name = running.length === 1 && only !== undefined ? fullName(only) : t.allAtOnce;
  return t.turn(at + 1, turns.length, name);
}

function NumberField(props: { name: Amount; value: number; set: (value: number) => void }) {
  const { least, most } = bounds[props.name];
  return (
    <Field label={t[props.name]} hint={t.between(least, most)}>
      {(id, hintId) => (
        <input
          id={id}
          type="number"
          inputMode="numeric"
          required
          min={least}
          max={most}
          step={1}
          aria-describedby={hintId}
          value={Number.isFinite(props.value) ? props.value : ""}
          onInput={(event) => props.set(event.currentTarget.valueAsNumber)}
        />
      )}
    </Field>
  );
}

/** As exact as somebody who waits wants to know it. */
function spanText(ms: number): string {
  return ms < 100_000 ? `${Math.ceil(ms / 1_000)} s` : tookText(ms);
}

const amounts: Amount[] = ["perSecond", "series", "payload", "seconds"];

function Load() {
  const [load, setLoad] = useState<Workload>(race.value?.workload ?? usual);
  turn.value;
  const now = race.value;
  const runs = now !== undefined && !now.over;
  const mode = load.together ? "together" : "turns";
  const submit = (event: Event) => {
    event.preventDefault();
    void begin(load);
  };
  return (
    <Card title={t.load}>
      <p class="note">{t.says}</p>
      <form class="stack" onSubmit={submit}>
        <fieldset class="race-load" disabled={runs}>
          <legend class="unseen">{t.load}</legend>
          {amounts.map((name) => (
            <NumberField
              key={name}
              name={name}
              value={load[name]}
              set={(value) => setLoad({ ...load, [name]: value })}
            />
          ))}
          <div class="race-mode">
            <Choice
              legend={t.mode}
              value={mode}
              options={[
                ["turns", t.modes.turns ?? ""],
                ["together", t.modes.together ?? ""],
              ]}
              onChoose={(to) => setLoad({ ...load, together: to === "together" })}
            />
            <p class="note">{t.modeSays[mode]}</p>
          </div>
        </fieldset>
        {mayRace() ? (
          <div class="buttons">
            {runs ? (
              <button type="button" class="danger" onClick={() => now.stop()}>
                {t.stop}
              </button>
            ) : (
              <button type="submit">{now === undefined ? t.start : t.again}</button>
            )}
            <span class="note">{t.length(spanText(lengthMs(bounded(load))))}</span>
          </div>
        ) : (
          me.value !== undefined && <p class="note">{t.noRight(raceScopes.join(", "))}</p>
        )}
      </form>
      <LeftOvers />
    </Card>
  );
}

/** Devices of races that nobody could clean up: the browser was killed, the hub was away. */
function LeftOvers() {
  listed.value;
  turn.value;
  const work = useWork();
  // The list has them for a moment after they were deleted.
  const own = race.value?.own;
  const left = [...model.devices.values()]
    .filter(({ id, labels }) => labels.scene === raceLabels.scene && id.startsWith("race-"))
    .filter(({ id }) => own?.has(id) !== true);
  // Those of a race that begins are in the list before it knows of them itself.
  if (left.length === 0 || !mayRace() || race.value?.phase === "making") return null;
  const remove = async () => {
    for (const { id } of left) await removeDevice(id);
  };
  return (
    <div class="notice">
      <p>{t.left(left.length)}</p>
      <Trouble text={work.trouble} />
      <button type="button" class="quiet small" aria-busy={work.busy} onClick={() => void work.run(remove)}>
        {t.leftRemove}
      </button>
    </div>
  );
}

function latencyText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return Number.isFinite(ms) ? tookText(ms) : t.neverCame;
}

const width = 600;
const height = 100;

/** Columns as two paths: a line through the middles, and bars up to the greatest. */
function pathsOf(columns: (Column | undefined)[]): { line: string; bars: string } {
  let line = "";
  let bars = "";
  let follows = false;
  for (const [at, column] of columns.entries()) {
    if (column === undefined) {
      follows = false;
      continue;
    }
    const x = ((at + 0.5) / columns.length) * width;
    const middle = height - onAxis(column.middle) * height;
    const most = height - onAxis(column.most) * height;
    line += `${follows ? "L" : "M"}${x.toFixed(1)} ${middle.toFixed(1)}h.1`;
    bars += `M${x.toFixed(1)} ${(middle + 1).toFixed(1)}V${most.toFixed(1)}`;
    follows = true;
  }
  return { line, bars };
}

const marks = [1, 10, 100, 1_000];

function Picture({ lane, workload }: { lane: Lane; workload: Workload }) {
  const { p50, p99 } = lane.tally.figures();
  const { begin } = lane;
  const count = Math.min(columnsMost, countOf(workload));
  const columns = begin === undefined ? [] : lane.tally.columns(begin, workload.seconds * 1_000, count);
  const { line, bars } = pathsOf(columns);
  const label =
    p50 === undefined
      ? t.noPicture(wayName(lane.way))
      : t.picture(wayName(lane.way), latencyText(p50), latencyText(p99));
  return (
    <div class="race-picture">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {marks.map((ms) => (
          <path key={ms} class="mark" d={`M0 ${height - onAxis(ms) * height}H${width}`} />
        ))}
        <path class="bars" d={bars} />
        <path class="line" d={line} />
      </svg>
      <div aria-hidden="true">
        {marks.map((ms, at) => (
          <span key={ms} style={{ bottom: `${onAxis(ms) * 100}%` }}>
            {t.axis[at]}
          </span>
        ))}
      </div>
    </div>
  );
}

function LaneView({ lane, now }: { lane: Lane; now: Race }) {
  const { tally, meter, cpuUs } = lane;
  const told = tally.figures();
  const state = lane.done ? "done" : now.running.includes(lane.way) ? "running" : "waiting";
  const each = told.heard > 0 ? bytesText((meter.bytesIn + meter.bytesOut) / told.heard) : "–";
  const cells: [string, string][] = [
    ["p50", latencyText(told.p50)],
    ["p90", latencyText(told.p90)],
    ["p99", latencyText(told.p99)],
    ["heard", told.sent === 0 ? "–" : t.of(told.heard, told.sent)],
    ["lost", told.sent === 0 ? "–" : countText(told.lost)],
    ["bytes", each],
    ["cpu", cpuUs === undefined ? "–" : tookText(cpuUs / 1_000)],
  ];
  return (
    <li class="race-lane" data-state={state} aria-label={wayName(lane.way)}>
      <div class="race-way">
        <b>{wayName(lane.way)}</b>
        <span class="note">{t.states[state]}</span>
      </div>
      <Picture lane={lane} workload={now.workload} />
      <dl>
        {cells.map(([name, value]) => (
          <div key={name}>
            <dt>{t.figures[name]}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Lanes({ part, now }: { part: Part; now: Race }) {
  return (
    <Card title={t.groups[part]}>
      <p class="note">{t.groupsSay[part]}</p>
      <ul class="plain">
        {ways
          .filter((way) => partOf(way) === part)
          .map((way) => (
            <LaneView key={way} lane={now.lanes[way]} now={now} />
          ))}
      </ul>
    </Card>
  );
}

function percentText(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function Cpu({ now }: { now: Race }) {
  const { quietCpu, busyCpu } = now;
  if (quietCpu !== undefined && busyCpu !== undefined) {
    return <p class="note">{t.cpu(percentText(quietCpu), percentText(busyCpu))}</p>;
  }
  return <p class="note">{may("metrics:read") ? t.cpuUnknown : t.cpuHidden}</p>;
}

function Verdict({ now }: { now: Race }) {
  const found = troubles(now);
  const [outcome, setOutcome] = useState("");
  useEffect(() => setOutcome(""), [now]);
  const keep = () => {
    const { perSecond, series, payload, seconds, together } = now.workload;
    const made = Date.now();
    const says = t.loadText(perSecond, series, payload, seconds, together);
    setOutcome(shelf().add(reportOf(now, t.name(dateText(made)), says, made)) ? t.kept : t.notKept);
  };
  return (
    <>
      <Cpu now={now} />
      {found.length === 0 ? (
        <p>{t.sound}</p>
      ) : (
        <ul class="plain race-troubles">
          {found.map(({ kind, ways: which }) => (
            <li key={kind}>
              <Icon name="warn" />
              <span>{t.trouble(namesOf(which), t.troubles[kind] ?? kind)}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="buttons">
        <button type="button" class="quiet" disabled={outcome === t.kept} onClick={keep}>
          {t.keep}
        </button>
        <span role="status">{outcome}</span>
        {outcome === t.kept && <a href={href(["doors", "results"])}>{t.look}</a>}
      </div>
    </>
  );
}

function Outcome({ now }: { now: Race }) {
  const text = now.phase === "failed" ? "" : statusOf(now);
  const problem = now.problem;
  const why = wordsOf(problem) ?? (problem instanceof Error ? problem.message : undefined);
  const place = useRef<HTMLParagraphElement>(null);
  // What one wants to see is below the form.
  useEffect(() => place.current?.scrollIntoView({ block: "start" }), [now]);
  return (
    <Card>
      <p role="status" class="race-status" ref={place}>
        {text}
      </p>
      {now.phase === "failed" && (
        <Trouble text={why === undefined ? saidOf(problem) : t.failed(why)} />
      )}
      {now.left.length > 0 && <Trouble text={t.notDeleted(now.left.join(", "))} />}
      {now.phase === "done" && <Verdict now={now} />}
    </Card>
  );
}

export function RaceView() {
  turn.value;
  const now = race.value;
  return (
    <>
      <Load />
      {now !== undefined && (
        <>
          <Outcome now={now} />
          <Lanes part="up" now={now} />
          <Lanes part="down" now={now} />
          <p class="note">{t.pictureSays}</p>
        </>
      )}
      <details class="card race-counted">
        <summary>{t.counted}</summary>
        {t.countedSays.map((says) => (
          <p key={says}>{says}</p>
        ))}
      </details>
    </>
  );
}
