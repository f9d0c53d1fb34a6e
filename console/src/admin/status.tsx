// How the hub is: what is wrong first, then its doors, its store, and limits that were reached.

import { Fragment, type ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Status, Store } from "tandem-client";

import { bytesText, countText, tookText } from "../format";
import { hub, overRest } from "../hub";
import { quantileOf, readMetrics, sumBy, valueAt, type Sample } from "../metrics";
import { href } from "../router";
import { clock, epoch, may } from "../store";
import { texts } from "../texts";
import { Card, Table, Trouble, useAnswer, When } from "../ui/parts";

const t = texts.hubStatus;
const everyMs = 5_000;
const operationsShown = 12;

function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Figures(props: { label: string; head: string[]; rows: (string | number)[][] }) {
  return (
    <Table label={props.label} class="figures" figures head={props.head}>
      {props.rows.map((row, at) => (
        <tr key={at}>
          {row.map((cell, column) =>
            column === 0 ? (
              <th key={column} scope="row">
                {cell}
              </th>
            ) : (
              <td key={column}>{typeof cell === "number" ? countText(cell) : cell}</td>
            ),
          )}
        </tr>
      ))}
    </Table>
  );
}

function Warnings({ status }: { status: Status }) {
  if (status.warnings.length === 0 && status.ready) {
    return (
      <p class="badge" data-mood="good">
        {t.healthy}
      </p>
    );
  }
  return (
    <ul class="findings">
      {!status.ready && <li data-severity="high">{t.notReady}</li>}
      {status.warnings.map(({ name, says }) => (
        <li key={name} data-severity="high">
          <b>{name}</b> {says}
        </li>
      ))}
    </ul>
  );
}

function StoreCard({ store }: { store: Store }) {
  const { disk } = store;
  const ms = (part: number): string => {
    const found = disk === undefined ? undefined : quantileOf(disk.commits.log_sync, part);
    return found === undefined ? "–" : tookText(found * 1000);
  };
  const counted = `${countText(store.stored)} (${countText(store.replaced)} ${t.replaced}, ${countText(store.repeated)} ${t.repeated})`;
  const facts: [string, string][] = [
    [t.engine, store.engine],
    [t.durability, t.durabilities[store.durability] ?? store.durability],
    [t.stored, counted],
  ];
  if (disk !== undefined) {
    facts.push(
      [t.free, bytesText(disk.files.disk_free)],
      [t.memory, `${countText(disk.memory.rows)} (${bytesText(disk.memory.bytes)})`],
      [t.sync, t.syncOf(ms(0.5), ms(0.999))],
    );
  }
  return (
    <Card title={t.store}>
      <Facts facts={facts} />
      {disk !== undefined && (
        <Figures
          label={t.files}
          head={[t.file, t.size]}
          rows={Object.entries(t.filesOf).map(([name, text]) => [
            text,
            bytesText(disk.files[name as keyof typeof disk.files]),
          ])}
        />
      )}
    </Card>
  );
}

function Load({ samples }: { samples: Sample[] }) {
  const lag = valueAt(samples, "tandem_loop_lag_microseconds");
  const pressure = valueAt(samples, "tandem_pressure") ?? 0;
  const used = valueAt(samples, "tandem_memory_bytes");
  const most = valueAt(samples, "tandem_memory_max_bytes");
  const doors = new Map<string, [number, number]>();
  for (const [door, count] of sumBy(samples, "tandem_requests_total", "door")) doors.set(door, [count, 0]);
  for (const [door, count] of sumBy(samples, "tandem_readings_total", "door")) {
    doors.set(door, [doors.get(door)?.[0] ?? 0, count]);
  }
  return (
    <Card title={t.load}>
      <Facts
        facts={[
          [t.used, `${bytesText(used ?? 0)} / ${bytesText(most ?? 0)}`],
          [t.pressure, t.pressures[pressure] ?? String(pressure)],
          [t.lag, tookText((lag ?? 0) / 1000)],
        ]}
      />
      <Figures
        label={t.doors}
        head={[t.door, t.requests, t.readings]}
        rows={[...doors].map(([door, [requests, readings]]) => [
          texts.doors[door] ?? door,
          requests,
          readings,
        ])}
      />
    </Card>
  );
}

function Limits({ samples }: { samples: Sample[] }) {
  const hits = sumBy(samples, "tandem_limit_hits_total", "limit").filter(([, count]) => count > 0);
  return (
    <Card title={t.limits}>
      {hits.length === 0 ? (
        <p class="note">{t.noLimits}</p>
      ) : (
        <Figures label={t.limits} head={[t.limit, t.hits]} rows={hits} />
      )}
      <p class="note">
        {t.limitsWho}{" "}
        {may("audit:read") && (
          <a href={href(["admin", "audit"], { result: "rate-limited" })}>{t.toLimits}</a>
        )}
      </p>
    </Card>
  );
}

function Operations({ samples }: { samples: Sample[] }) {
  const name = "tandem_requests_total";
  const refused = new Map(sumBy(samples, name, "op", ({ status = "" }) => Number(status) >= 400));
  const rows = sumBy(samples, name, "op")
    .slice(0, operationsShown)
    .map(([op, count]) => [op, count, refused.get(op) ?? 0]);
  return (
    <Card title={t.operations}>
      <Figures label={t.operations} head={[t.operation, t.requests, t.refused]} rows={rows} />
    </Card>
  );
}

async function ask() {
  const [status, answer] = await Promise.all([hub().hub.status(overRest), hub().fetch("/metrics")]);
  return { status, samples: answer.ok ? readMetrics(await answer.text()) : [] };
}

export function HubStatus() {
  const { answer, trouble, reload } = useAnswer(ask, [epoch.value]);
  useEffect(() => {
    const timer = window.setInterval(reload, everyMs);
    return () => window.clearInterval(timer);
  }, []);
  if (answer === undefined) return <Card>{trouble === "" ? texts.loading : <Trouble text={trouble} />}</Card>;
  const { status, samples } = answer;
  const perSecond = status.messages_per_second;
  return (
    <div class="admin-grid">
      <Card title={t.title}>
        <Warnings status={status} />
        <Facts
          facts={[
            [t.version, status.version],
            [
              t.up,
              <>
                {tookText(clock.value - status.started)} (<When time={status.started} />)
              </>,
            ],
            [t.addresses, status.addresses.join(", ")],
            [t.connections, t.connectionsOf(status.connections.rest, status.connections.ws)],
            [t.devices, countText(status.devices)],
            [t.writes, perSecond === undefined ? "–" : t.perSecond(countText(Math.round(perSecond)))],
          ]}
        />
      </Card>
      <StoreCard store={status.store} />
      <Load samples={samples} />
      <Limits samples={samples} />
      <Operations samples={samples} />
    </div>
  );
}
