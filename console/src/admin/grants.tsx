// Grants: who may do what, with which devices and series.

import { useState } from "preact/hooks";
import type { Grant, GrantCreate } from "tandem-client";

import { dropDrafts, useDraft } from "../drafts";
import { atOnce, collect, hub, statusOf } from "../hub";
import { labelsFrom, labelsPatch, labelsText, type Labels } from "../labels";
import { epoch } from "../store";
import { texts } from "../texts";
import {
  Badge,
  Card,
  Check,
  Choice,
  Confirm,
  Dialog,
  Table,
  TextField,
  Trouble,
  useAnswer,
  useWork,
} from "../ui/parts";

const t = texts.grants;
type Scope = GrantCreate["scopes"][number];

const scopes: Scope[] = [
  "devices:read",
  "devices:write",
  "telemetry:read",
  "telemetry:write",
  "config:read",
  "config:write",
  "state:read",
  "state:write",
  "commands:read",
  "commands:send",
  "commands:take",
  "events:read",
  "events:write",
  "dashboards:read",
  "dashboards:write",
  "keys:manage",
  "access:manage",
  "audit:read",
  "metrics:read",
];

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function Editor({ grant, close }: { grant: Grant | undefined; close: () => void }) {
  const [kind, setKind] = useDraft<"app" | "user">(
    "grant kind",
    grant?.user === undefined ? "app" : "user",
  );
  const [who, setWho] = useDraft("grant who", grant?.app ?? grant?.user ?? "");
  const [chosen, setChosen] = useDraft<Set<Scope>>("grant scopes", () => new Set(grant?.scopes));
  const [devices, setDevices] = useDraft("grant devices", grant?.devices.join(", ") ?? "");
  const [labels, setLabels] = useDraft("grant labels", labelsText(grant?.labels ?? {}));
  const [series, setSeries] = useDraft("grant series", grant?.series.join(", ") ?? "");
  const work = useWork();
  const check = (scope: Scope) => (on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(scope);
    else next.delete(scope);
    setChosen(next);
  };
  const write = async (given: GrantCreate & { labels: Labels }) => {
    if (grant === undefined) {
      await hub().grants.create({ ...given, [kind]: who.trim() }, atOnce);
      return close();
    }
    const patch = { ...given, labels: labelsPatch(grant.labels, given.labels) };
    try {
      await hub().grants.patch(grant.id, patch, { ifMatch: `"${grant.version}"`, ...atOnce });
    } catch (problem) {
      if (statusOf(problem) === 412) return work.setTrouble(t.faster);
      throw problem;
    }
    return close();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const read = labelsFrom(labels);
    if (read === undefined) return work.setTrouble(texts.about.badLabels);
    if (chosen.size === 0) return work.setTrouble(t.noScope);
    const ids = listOf(devices);
    if (ids.length === 0 && Object.keys(read).length === 0) return work.setTrouble(t.noDevice);
    // As they stand on the page: two equal grants are written in the same way.
    const wanted = scopes.filter((scope) => chosen.has(scope));
    const only = listOf(series);
    const given = { scopes: wanted, devices: ids, labels: read, series: only };
    void work.run(() => write(given));
  };
  return (
    <Dialog title={grant === undefined ? t.add : t.edit} onClose={close} wide>
      <form class="stack" onSubmit={submit}>
        {grant === undefined && (
          <div class="inline-form">
            <Choice
              legend={t.kind}
              value={kind}
              options={[
                ["app", t.kinds.app ?? ""],
                ["user", t.kinds.user ?? ""],
              ]}
              onChoose={setKind}
            />
            <TextField label={t.id} value={who} onText={setWho} required maxLength={64} />
          </div>
        )}
        <fieldset class="scopes">
          <legend>{t.scopes}</legend>
          {scopes.map((scope) => (
            <Check key={scope} label={scope} checked={chosen.has(scope)} onCheck={check(scope)} />
          ))}
        </fieldset>
        <TextField label={t.devices} hint={t.devicesHint} value={devices} onText={setDevices} />
        <TextField label={t.labels} hint={t.labelsHint} value={labels} onText={setLabels} />
        <TextField label={t.series} hint={t.seriesHint} value={series} onText={setSeries} />
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {grant === undefined ? t.make : texts.save}
        </button>
      </form>
    </Dialog>
  );
}

function withText({ devices, labels }: Grant): string {
  if (devices.includes("*")) return t.everyDevice;
  return [...devices, labelsText(labels)].filter((part) => part !== "").join(", ");
}

function Row(props: { grant: Grant; edit: () => void; remove: () => void }) {
  const { grant } = props;
  return (
    <tr>
      <th scope="row">
        <Badge>{grant.app === undefined ? "user" : "app"}</Badge> <b>{grant.app ?? grant.user}</b>
      </th>
      <td class="scope-cell">
        {grant.scopes.map((scope) => (
          <code key={scope}>{scope}</code>
        ))}
      </td>
      <td>{withText(grant)}</td>
      <td>{grant.series.length === 0 ? t.all : grant.series.join(", ")}</td>
      <td class="row-tools">
        <button type="button" class="quiet small" onClick={props.edit}>
          {t.edit}
        </button>
        <button type="button" class="quiet small bad" onClick={props.remove}>
          {t.remove}
        </button>
      </td>
    </tr>
  );
}

export function Grants() {
  const { answer, trouble, reload } = useAnswer(
    () => collect<Grant>((cursor) => hub().grants.list({ cursor, ...atOnce })),
    [epoch.value],
  );
  const [edit, setEdit] = useDraft<Grant | "new" | undefined>("grant open", undefined);
  const [remove, setRemove] = useState<Grant | undefined>(undefined);
  const close = () => {
    setEdit(undefined);
    dropDrafts("grant");
    setRemove(undefined);
    reload();
  };
  return (
    <Card
      title={t.title}
      tools={
        <button type="button" onClick={() => setEdit("new")}>
          {t.add}
        </button>
      }
    >
      <p class="note">{t.says}</p>
      <Trouble text={trouble} />
      <Table label={t.title} head={[t.who, t.what, t.with, t.series]} tools>
        {(answer ?? []).map((grant) => (
          <Row
            key={grant.id}
            grant={grant}
            edit={() => setEdit(grant)}
            remove={() => setRemove(grant)}
          />
        ))}
      </Table>
      {answer?.length === 0 && <p class="empty">{t.none}</p>}
      {edit !== undefined && <Editor grant={edit === "new" ? undefined : edit} close={close} />}
      {remove !== undefined && (
        <Confirm
          title={t.remove}
          text={t.removeText}
          action={t.remove}
          run={() => hub().grants.delete(remove.id, atOnce)}
          onClose={close}
        />
      )}
    </Card>
  );
}
