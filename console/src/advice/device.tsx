// What a device costs through its doors, what the other one would cost, and which to take.

import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Advice, StreamEvent } from "tandem-client";

import { useFollow } from "../device/follow";
import { secondsText, shareText, trafficText } from "../format";
import { atOnce, hub } from "../hub";
import type { Device } from "../model";
import { epoch } from "../store";
import { texts } from "../texts";
import { Badge, Card, Choice, Table, Trouble, useAnswer, When, type Mood } from "../ui/parts";
import { useRefresh } from "../ui/refresh";
import { barsOf, barText, columnsOf, layers, linesOf, savingLines, type Bar } from "./ledger";

const t = texts.ledger;

const everyMs = 30_000;
const moods: Record<string, Mood> = { worth: "warn", fits: "good" };

function Sure({ sure }: { sure: number }) {
  return (
    <span class="sure">
      <span class="gauge" aria-hidden="true">
        <span style={{ width: `${sure * 100}%` }} />
      </span>
      {shareText(sure)}
    </span>
  );
}

function Verdict({ advice }: { advice: Advice }) {
  const { door, reason, saving } = advice;
  const young = reason === "young";
  const way = (advice.day.other ?? advice.hour.other)?.way;
  return (
    <Card
      title={t.advice}
      tools={
        <span role="status">
          <Badge mood={moods[reason]}>{t.reasons[reason] ?? reason}</Badge>
        </span>
      }
      class="verdict"
    >
      <p class="verdict-says">{advice.says}</p>
      <p class="note">{t.reasonSays[reason]}</p>
      <dl class="facts">
        <dt>{t.uses}</dt>
        <dd>{advice.way ?? t.ways[door ?? ""] ?? door}</dd>
        <dt>{t.fits}</dt>
        <dd>{young ? "–" : advice.advised_way}</dd>
        <dt>{t.sure}</dt>
        <dd title={t.sureSays}>
          <Sure sure={advice.sure} />
        </dd>
        <dt>{t.since}</dt>
        <dd>
          <When time={advice.since} />
        </dd>
      </dl>
      {/* A day is nothing to make of a few seconds. */}
      {!young && saving !== undefined && way !== undefined && (
        <>
          <h3>{t.saving(way)}</h3>
          <dl class="facts">
            {savingLines(saving).map(([name, text]) => (
              <Fragment key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </Fragment>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}

function BarView({ bar }: { bar: Bar }) {
  return (
    <li class="layer-bar" data-kind={bar.kind}>
      <p aria-hidden="true">
        <b>{bar.name}</b> <span class="note">{t.kinds[bar.kind]}</span>
        <b class="layer-total">{trafficText(bar.total)}</b>
      </p>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={barText(bar)}>
        {bar.parts.map(({ layer, at, width }) => (
          <rect key={layer} class="layer" data-layer={layer} x={at} y="0" width={width} height="10" />
        ))}
      </svg>
    </li>
  );
}

function Bars({ bars }: { bars: Bar[] }) {
  return (
    <>
      <ul class="plain layer-bars" aria-label={t.bytes}>
        {bars.map((bar) => (
          <BarView key={bar.key} bar={bar} />
        ))}
      </ul>
      <ul class="plain layer-legend" aria-hidden="true">
        {layers.map((layer) => (
          <li key={layer}>
            <span class="layer" data-layer={layer} /> {t.layers[layer]}
          </li>
        ))}
      </ul>
    </>
  );
}

function Spent({ advice }: { advice: Advice }) {
  const [at, setAt] = useState<"hour" | "day">("hour");
  const window = advice[at];
  const columns = columnsOf(window);
  const length = at === "hour" ? 3_600 : 86_400;
  return (
    <Card
      title={t.title}
      class="ledger"
      tools={
        <Choice
          legend={t.window}
          value={at}
          options={[
            ["hour", t.windows.hour ?? ""],
            ["day", t.windows.day ?? ""],
          ]}
          onChoose={setAt}
        />
      }
    >
      {columns.length === 0 ? (
        <p class="empty">{t.quiet[at]}</p>
      ) : (
        <>
          {window.seconds < length && (
            <p class="note">{t.observed(secondsText(window.seconds), t.windows[at] ?? at)}</p>
          )}
          <Bars bars={barsOf(columns)} />
          <Table
            label={t.title}
            class="figures"
            figures
            head={[t.figure, ...columns.map(({ name }) => name)]}
          >
            {linesOf(columns).map(({ key, name, cells }) => (
              <tr key={key} data-figure={key}>
                <th scope="row">{name}</th>
                {cells.map((text, each) => (
                  <td key={columns[each]!.key}>{text}</td>
                ))}
              </tr>
            ))}
          </Table>
          <p class="note">{t.bytesSay}</p>
          <p class="note">{t.estimated}</p>
        </>
      )}
    </Card>
  );
}

export function LedgerView({ device }: { device: Device }) {
  const { id } = device;
  const { answer, trouble, reload } = useAnswer(() => hub().advice.get(id, atOnce), [id, epoch.value]);
  useRefresh(everyMs, reload);
  useFollow(id, (events: StreamEvent[]) => events.length > 0 && reload(), ["advice"]);
  // What was read of the device before is none of this one's.
  const advice = answer?.device === id ? answer : undefined;
  if (advice === undefined) {
    return <Card>{trouble === "" ? <p role="status">{texts.loading}</p> : <Trouble text={trouble} />}</Card>;
  }
  const silent = advice.door === undefined;
  return (
    <>
      <Trouble text={trouble} />
      {silent ? (
        <Card title={t.none}>
          <p role="status">{advice.says}</p>
          <p class="note">{t.noneSays}</p>
        </Card>
      ) : (
        <div class="ledger-page">
          <Verdict advice={advice} />
          <Spent advice={advice} />
        </div>
      )}
    </>
  );
}
