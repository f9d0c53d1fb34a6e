// What is kept: races and reports of `tandem bench`, in a list and two of them side by side.

import { useRef, useState } from "preact/hooks";

import { bytesText, countText, dateText, tookText } from "../format";
import { texts } from "../texts";
import { Badge, Card, IconButton, SelectField, Table, Trouble } from "../ui/parts";
import { compare, figures, fileMost, readBench, type Compared, type Figure, type Report } from "./report";
import { shelf } from "./view";

const t = texts.results;

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function figureText(figure: Figure, value: number | undefined): string {
  if (value === undefined) return t.missing;
  if (figure.endsWith("_us")) return tookText(value / 1_000);
  if (figure === "bytes") return bytesText(value);
  return figure === "lost" ? countText(value) : plain.format(value);
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? t.missing : `× ${ratio >= 10 ? plain.format(ratio) : ratio.toFixed(2)}`;
}

function Opener({ opened }: { opened: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState("");
  const [outcome, setOutcome] = useState("");
  const take = async (files: File[]) => {
    const problems: string[] = [];
    let count = 0;
    for (const file of files) {
      const report = file.size > fileMost ? undefined : readBench(await file.text(), file.name);
      if (report === undefined) {
        problems.push(file.size > fileMost ? t.tooLarge(file.name) : t.notReport(file.name));
      } else if (shelf().add(report)) {
        count += 1;
      } else {
        problems.push(t.noRoom);
      }
    }
    setTrouble(problems.join(" "));
    setOutcome(count === 0 ? "" : t.opened(count));
    opened();
  };
  return (
    <div class="stack">
      <div class="field">
        <label for="open-reports">{t.open}</label>
        <input
          id="open-reports"
          ref={input}
          type="file"
          accept=".json,application/json"
          multiple
          aria-describedby="open-reports-hint"
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            // The same file may be opened again.
            void take(files).then(() => {
              if (input.current !== null) input.current.value = "";
            });
          }}
        />
        <p class="note" id="open-reports-hint">
          {t.openHint}
        </p>
      </div>
      <p role="status" class="outcome" data-mood="good">
        {outcome}
      </p>
      <Trouble text={trouble} />
    </div>
  );
}

function List({ reports, remove }: { reports: Report[]; remove: (at: number) => void }) {
  const { columns } = t;
  const head = [columns.name, columns.kind, columns.made, columns.says, columns.sound].map((each) => each ?? "");
  return (
    <Table label={t.title} class="result-list" head={head} tools>
      {reports.map((report, at) => (
        <tr key={at}>
          <th scope="row">{report.name}</th>
          <td>{t.kinds[report.kind] ?? report.kind}</td>
          <td class="age">{report.made === 0 ? t.missing : dateText(report.made)}</td>
          <td>{report.says}</td>
          <td>
            <Badge mood={report.sound ? "good" : "warn"}>{report.sound ? t.sound : t.notSound}</Badge>
          </td>
          <td class="row-tools">
            <IconButton icon="bin" label={t.remove(report.name)} onClick={() => remove(at)} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** The three lines of a way: A, B, and what B is of A; those that say nothing are left out. */
function linesOf(row: Compared): { name: string; cells: string[] }[] {
  const has = (one: "a" | "b"): boolean => row.figures.some((each) => each[one] !== undefined);
  const cell = (figure: Figure, text: (each: Compared["figures"][number]) => string): string => {
    const found = row.figures.find((each) => each.figure === figure);
    return found === undefined ? t.missing : text(found);
  };
  const lines: { name: string; cells: string[] }[] = [];
  if (has("a")) lines.push({ name: t.first, cells: figures.map((each) => cell(each, ({ a }) => figureText(each, a))) });
  if (has("b")) lines.push({ name: t.second, cells: figures.map((each) => cell(each, ({ b }) => figureText(each, b))) });
  if (has("a") && has("b")) {
    lines.push({ name: t.ratio, cells: figures.map((each) => cell(each, ({ ratio }) => ratioText(ratio))) });
  }
  return lines;
}

function Part({ name, rows }: { name: string; rows: Compared[] }) {
  const title = t.partNames[name] ?? name;
  const head = [t.way, t.of, ...figures.map((figure) => t.figureNames[figure] ?? figure)];
  return (
    <>
      <h3>{title}</h3>
      <Table label={title} class="compared" figures head={head}>
        {rows.flatMap((row) =>
          linesOf(row).map((line, at, lines) => (
            <tr key={`${row.way} ${line.name}`} data-line={line.name}>
              {at === 0 && (
                <th scope="rowgroup" rowSpan={lines.length}>
                  {row.way}
                </th>
              )}
              <th scope="row">{line.name}</th>
              {line.cells.map((text, each) => (
                <td key={figures[each]}>{text}</td>
              ))}
            </tr>
          )),
        )}
      </Table>
    </>
  );
}

function Side({ reports }: { reports: Report[] }) {
  const [first, setFirst] = useState("1");
  const [second, setSecond] = useState("0");
  const options = reports.map((report, at): [string, string] => [String(at), report.name]);
  const a = reports[Number(first)] ?? reports[1];
  const b = reports[Number(second)] ?? reports[0];
  if (a === undefined || b === undefined) return <p class="note">{t.needTwo}</p>;
  const rows = compare(a, b);
  const parts = [...new Set(rows.map(({ part }) => part))];
  return (
    <div class="stack">
      <div class="race-pick">
        <SelectField label={t.first} value={first} options={options} onChoose={setFirst} />
        <SelectField label={t.second} value={second} options={options} onChoose={setSecond} />
      </div>
      {a.kind !== b.kind && <p class="note">{t.apart}</p>}
      {parts.map((part) => (
        <Part key={part} name={part} rows={rows.filter((row) => row.part === part)} />
      ))}
    </div>
  );
}

export function ResultsView() {
  const [, setTurn] = useState(0);
  const again = () => setTurn((now) => now + 1);
  const reports = shelf().all();
  const remove = (at: number) => {
    shelf().remove(at);
    again();
  };
  return (
    <>
      <Card title={t.title}>
        <p class="note">{t.says}</p>
        <Opener opened={again} />
        {reports.length === 0 ? <p class="empty">{t.none}</p> : <List reports={reports} remove={remove} />}
      </Card>
      {reports.length > 0 && (
        <Card title={t.compare}>
          {/* Another list, other choices. */}
          <Side key={reports.length} reports={reports} />
        </Card>
      )}
    </>
  );
}
