// The audit log: the newest lines, or from a time on, with filters.

import { useEffect, useState } from "preact/hooks";
import type { AuditLine } from "tandem-client";

import { atOnce, hub } from "../hub";
import { route } from "../router";
import { epoch } from "../store";
import { texts } from "../texts";
import {
  Badge,
  Breakable,
  Card,
  SelectField,
  Table,
  TextField,
  Trouble,
  useWork,
  When,
} from "../ui/parts";

const t = texts.audit;
const pageSize = 100;

interface Filter {
  since: string;
  until: string;
  actor: string;
  action: string;
  kind: string;
  result: string;
}

const noFilter: Filter = { since: "", until: "", actor: "", action: "", kind: "", result: "" };

function timeOf(text: string): number | undefined {
  const time = new Date(text).getTime();
  return text === "" || Number.isNaN(time) ? undefined : time;
}

function queryOf(filter: Filter) {
  const { since, until, ...texts_ } = filter;
  const words = Object.fromEntries(
    Object.entries(texts_)
      .map(([name, text]): [string, string] => [name, text.trim()])
      .filter(([, text]) => text !== ""),
  );
  return { ...words, since: timeOf(since), until: timeOf(until), limit: pageSize };
}

/** What can be chosen, and what a link has asked for. */
function resultOptions(asked: string): [string, string][] {
  const known = [...t.results];
  if (asked !== "" && !known.includes(asked)) known.push(asked);
  return [["", t.anyResult], ...known.map((each): [string, string] => [each, each])];
}

function Line({ line }: { line: AuditLine }) {
  const bad = line.result !== "ok";
  return (
    <tr>
      <td>
        <When time={line.time} />
      </td>
      <th scope="row">
        <Breakable text={line.actor} />
      </th>
      <td>
        <code>
          <Breakable text={line.action} />
        </code>
        <br />
        <span class="note">
          <Breakable text={line.kind} />
        </span>
      </td>
      <td>{line.resource !== "" && <Breakable text={line.resource} />}</td>
      <td>
        <Badge mood={bad ? "bad" : "good"}>{line.result}</Badge>{" "}
        {line.count > 1 && t.count(line.count)}
      </td>
      <td>
        {texts.doors[line.door] ?? line.door} <Breakable text={line.address} />
      </td>
    </tr>
  );
}

export function Audit() {
  // Links lead to the lines of one result.
  const { result = "" } = route.value.query;
  const [filter, setFilter] = useState({ ...noFilter, result });
  // On a phone the filter would stand before all that there is to see.
  const [open] = useState(() => result !== "" || matchMedia("(min-width: 761px)").matches);
  const [lines, setLines] = useState<AuditLine[]>([]);
  const [next, setNext] = useState<string | undefined>(undefined);
  const [newest, setNewest] = useState(true);
  const work = useWork();

  const load = (cursor?: string) =>
    work.run(async () => {
      const page = await hub().audit.list({ ...queryOf(filter), cursor, ...atOnce });
      const fromStart = filter.since === "" && cursor === undefined;
      setNewest(fromStart);
      // The hub gives them in their order; of the newest ones, the last comes first.
      const fresh = fromStart ? [...page.items].reverse() : page.items;
      setLines((before) => (cursor === undefined ? fresh : [...before, ...fresh]));
      setNext(fromStart ? undefined : page.next);
    });
  useEffect(() => void load(), [epoch.value]);

  const field = (name: keyof Filter, label: string, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      type={name === "since" || name === "until" ? "datetime-local" : "text"}
      value={filter[name]}
      onText={(text) => setFilter({ ...filter, [name]: text })}
    />
  );
  const submit = (event: Event) => {
    event.preventDefault();
    void load();
  };
  return (
    <Card title={t.title}>
      <details open={open}>
        <summary>{t.filter}</summary>
        <form class="audit-filter" onSubmit={submit}>
          {field("since", t.since)}
          {field("until", t.until)}
          {field("actor", t.actor, t.actorHint)}
          {field("action", t.action, t.actionHint)}
          {field("kind", t.kind, t.kindHint)}
          <SelectField
            label={t.result}
            value={filter.result}
            options={resultOptions(filter.result)}
            onChoose={(chosen) => setFilter({ ...filter, result: chosen })}
          />
          <button type="submit" aria-busy={work.busy}>
            {t.apply}
          </button>
        </form>
      </details>
      <Trouble text={work.trouble} />
      {newest && lines.length > 0 && <p class="note">{t.newest}</p>}
      <Table
        label={t.title}
        class="audit-table"
        head={[t.time, t.actor, t.action, t.resource, t.result, t.address]}
      >
        {lines.map((line) => (
          <Line key={line.number} line={line} />
        ))}
      </Table>
      {lines.length === 0 && !work.busy && <p class="empty">{t.none}</p>}
      {next !== undefined && (
        <button type="button" class="quiet" onClick={() => void load(next)}>
          {t.more}
        </button>
      )}
      <p class="note">{t.chain}</p>
    </Card>
  );
}
