// The twin: what the owner wants beside what the device reports, and an editor that loses nothing.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Json, Twin } from "tandem-client";

import { useDraft } from "../drafts";
import { atOnce, hub, statusOf } from "../hub";
import type { Device } from "../model";
import { declared, fieldsOf, startOf, widgetOf, type FormField } from "../schema";
import { clock, epoch, listed, may, whenOther } from "../store";
import { texts } from "../texts";
import { tookText } from "../format";
import {
  conflicts,
  edited,
  newDraft,
  patchOf,
  rebased,
  rowsOf,
  textOf,
  type Draft,
  type TwinRow,
} from "../twin";
import { Badge, Card, IconButton, Table, Trouble, useAnswer, useWork } from "../ui/parts";
import { SchemaField } from "./fields";
import { useFollow } from "./follow";

// Drafts outlive the page of their device, and the session: nothing that was typed is lost. Of
// somebody else who logs in then it is not.
const drafts = new Map<string, Draft>();
const unsaved = signal(0);

whenOther(() => {
  drafts.clear();
  unsaved.value = 0;
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved.value > 0) event.preventDefault();
});

function keep(device: string, draft: Draft | undefined): void {
  if (draft === undefined || draft.edits.size === 0) drafts.delete(device);
  else drafts.set(device, draft);
  unsaved.value = drafts.size;
}

function fieldOf(device: Device, key: string, sample: Json | undefined): FormField {
  const known = fieldsOf(declared(device, "config")).find((field) => field.name === key);
  if (known !== undefined) return known;
  const kinds: Record<string, Json> = { boolean: { type: "boolean" }, number: { type: "number" } };
  const widget = widgetOf(key, kinds[typeof sample]);
  return { name: key, title: key, says: "", required: false, widget };
}

function Sync({ row }: { row: TwinRow }) {
  if (row.conflict) return <Badge mood="bad">{texts.twin.conflict}</Badge>;
  if (row.edited) return <Badge mood="open">{texts.twin.edited}</Badge>;
  if (row.sync === undefined) return <span class="note">{texts.twin.reportedOnly}</span>;
  if (row.sync === "same") return <Badge mood="good">{texts.twin.same}</Badge>;
  const age = row.pendingSince === undefined ? undefined : clock.value - row.pendingSince;
  return (
    <Badge mood="warn">
      {age === undefined ? texts.twin.pending : texts.twin.pendingFor(tookText(Math.max(0, age)))}
    </Badge>
  );
}

function Row(props: {
  device: Device;
  row: TwinRow;
  draft: Draft | undefined;
  edit: ((key: string, value: Json | undefined) => void) | undefined;
  writer: boolean;
  undo: (key: string) => void;
}) {
  const { row, draft, edit } = props;
  const value = draft?.edits.has(row.key) ? draft.edits.get(row.key) : row.wanted;
  const removed = row.edited && value === undefined;
  return (
    <tr data-edited={row.edited}>
      <th scope="row">{row.key}</th>
      <td>
        {edit !== undefined && !removed ? (
          <SchemaField
            field={fieldOf(props.device, row.key, row.wanted ?? row.reported)}
            value={value}
            change={(to) => edit(row.key, to)}
          />
        ) : (
          <code>{removed ? texts.twin.removed : textOf(value) || "–"}</code>
        )}
        {row.conflict && <p class="note">{texts.twin.theirs(textOf(row.wanted) || "–")}</p>}
      </td>
      <td>
        <code>{row.reported === undefined ? "–" : textOf(row.reported)}</code>
      </td>
      <td>
        <Sync row={row} />
      </td>
      {props.writer && (
        <td class="row-tools">
          {edit !== undefined && row.wanted !== undefined && !removed && (
            <IconButton
              icon="bin"
              label={texts.twin.remove(row.key)}
              onClick={() => edit(row.key, undefined)}
            />
          )}
          {row.edited && (
            <IconButton
              icon="back"
              label={texts.twin.undo(row.key)}
              onClick={() => props.undo(row.key)}
            />
          )}
        </td>
      )}
    </tr>
  );
}

function AddKey(props: { device: string; known: string[]; add: (key: string) => void }) {
  const { known, add } = props;
  const [key, setKey] = useDraft(`new key ${props.device}`, "");
  const good = key.trim() !== "" && !known.includes(key.trim());
  const submit = (event: Event) => {
    event.preventDefault();
    if (!good) return;
    add(key.trim());
    setKey("");
  };
  return (
    <form class="inline-form" onSubmit={submit}>
      <label>
        <span>{texts.twin.newKey}</span>
        <input
          value={key}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="quiet" disabled={!good}>
        {texts.twin.add}
      </button>
    </form>
  );
}

function useTwin(device: Device) {
  const twin = useAnswer(() => hub().twin.get(device.id, atOnce), [device.id, epoch.value]);
  useFollow(device.id, (events) => {
    if (events.some(({ kind }) => kind === "config" || kind === "state")) twin.reload();
  });
  return twin;
}

export function Config({ device }: { device: Device }) {
  // What it declares.
  listed.value;
  const { answer: twin, trouble, reload } = useTwin(device);
  const [draft, setDraft] = useState<Draft | undefined>(drafts.get(device.id));
  const [saved, setSaved] = useState("");
  const [round, setRound] = useState(0);
  const work = useWork();
  const writer = may("config:write");
  useEffect(() => keep(device.id, draft), [device.id, draft]);

  if (twin === undefined) return <Card>{trouble === "" ? texts.loading : <Trouble text={trouble} />}</Card>;
  const rows = rowsOf(twin, draft);
  const known = rows.filter((row) => row.wanted !== undefined || row.edited).map((row) => row.key);
  const more = fieldsOf(declared(device, "config"))
    .map((field) => field.name)
    .filter((key) => !known.includes(key));
  const older = draft !== undefined && draft.version !== twin.config.version;
  const clashing = draft === undefined ? [] : conflicts(draft, twin);

  const edit = (key: string, value: Json | undefined) => {
    setSaved("");
    const next = edited(draft ?? newDraft(twin), key, value);
    setDraft(next.edits.size === 0 ? undefined : next);
  };
  const begin = (key: string) => {
    const reported = rows.find((row) => row.key === key)?.reported;
    edit(key, reported ?? startOf(fieldOf(device, key, undefined).widget));
  };
  const save = () => {
    if (draft === undefined) return;
    void work.run(async () => {
      // On top of what is shown now: whoever saves has seen it.
      const mine = rebased(draft, twin);
      try {
        await hub().config.patch(device.id, patchOf(mine), {
          ifMatch: `"${mine.version}"`,
          ...atOnce,
        });
      } catch (problem) {
        // Somebody was faster: the draft stays, and what there is now is shown beside it.
        if (statusOf(problem) === 412) return changedMeanwhile();
        throw problem;
      }
      discard();
      setSaved(texts.twin.saved(mine.version + 1));
      reload();
    });
  };
  const discard = () => {
    setDraft(undefined);
    setRound((before) => before + 1);
  };
  const undo = (key: string) => {
    edit(key, draft?.base[key]);
    setRound((before) => before + 1);
  };
  const changedMeanwhile = () => {
    setSaved("");
    reload();
    work.setTrouble(texts.twin.faster);
  };

  return (
    <Card
      title={texts.twin.title}
      tools={<VersionLine twin={twin} />}
      class="twin"
    >
      <p class="note">{texts.twin.says}</p>
      {older && (
        <p class="notice" role="status">
          {clashing.length > 0 ? texts.twin.clash(clashing.join(", ")) : texts.twin.newer}
        </p>
      )}
      <Table
        label={texts.twin.title}
        head={[texts.twin.key, texts.twin.wanted, texts.twin.reported, texts.twin.sync]}
        tools={writer}
      >
        {rows.map((row) => (
          <Row
            // A field that keeps what was typed is made anew when its value is another's.
            key={`${row.key} ${round} ${textOf(row.edited ? draft?.base[row.key] : row.wanted)}`}
            device={device}
            row={row}
            draft={draft}
            undo={undo}
            writer={writer}
            edit={writer && (row.wanted !== undefined || row.edited) ? edit : undefined}
          />
        ))}
      </Table>
      {rows.length === 0 && <p class="empty">{texts.twin.none}</p>}
      {writer && (
        <>
          {more.length > 0 && (
            <div class="buttons">
              {more.map((key) => (
                <button key={key} type="button" class="chip" onClick={() => begin(key)}>
                  + {key}
                </button>
              ))}
            </div>
          )}
          <AddKey device={device.id} known={known} add={begin} />
          <Trouble text={work.trouble} />
          <div class="buttons">
            <button type="button" disabled={draft === undefined} aria-busy={work.busy} onClick={save}>
              {clashing.length > 0 ? texts.twin.saveMine : texts.twin.save}
            </button>
            <button
              type="button"
              class="quiet"
              disabled={draft === undefined}
              onClick={discard}
            >
              {texts.twin.discard}
            </button>
            <p class="outcome" role="status" data-mood="good">
              {saved}
            </p>
          </div>
        </>
      )}
    </Card>
  );
}

function VersionLine({ twin }: { twin: Twin }) {
  const seen = twin.acknowledged?.version;
  return (
    <p class="note">
      {texts.twin.versions(twin.config.version, twin.state.version)}
      {seen !== undefined && ` · ${texts.twin.acknowledged(seen)}`}
    </p>
  );
}
