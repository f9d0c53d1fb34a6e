// Who a device is: names and labels, when it came and went, its keys.

import { useEffect, useState } from "preact/hooks";
import type { Key } from "tandem-client";

import { dropDrafts, useDraft } from "../drafts";
import { atOnce, hub, statusOf } from "../hub";
import { labelsFrom, labelsPatch, labelsText } from "../labels";
import { title, type Device } from "../model";
import { go } from "../router";
import { epoch, may, pulse } from "../store";
import { texts } from "../texts";
import {
  Age,
  Badge,
  Card,
  Confirm,
  CopyBox,
  Dialog,
  Once,
  Table,
  TextField,
  Trouble,
  useAnswer,
  useWork,
  When,
} from "../ui/parts";

const draftNameOf = (device: Device): string => `about ${device.id}`;

function Edit({ device, close }: { device: Device; close: () => void }) {
  const draft = draftNameOf(device);
  const [name, setName] = useDraft(`${draft} name`, device.name);
  const [type, setType] = useDraft(`${draft} type`, device.type);
  const [labels, setLabels] = useDraft(`${draft} labels`, labelsText(device.labels));
  const [version, setVersion] = useDraft<number | undefined>(`${draft} version`, undefined);
  const work = useWork();
  // The version is asked for before anything is typed: what others change meanwhile is not undone.
  const { answer } = useAnswer(() => hub().devices.get(device.id, atOnce), [device.id]);
  useEffect(() => {
    if (version === undefined && answer !== undefined) setVersion(answer.version);
  }, [answer]);
  const submit = (event: Event) => {
    event.preventDefault();
    const read = labelsFrom(labels);
    if (read === undefined) return work.setTrouble(texts.about.badLabels);
    const patch = { name, type, labels: labelsPatch(device.labels, read) };
    void work.run(async () => {
      const ifMatch = version === undefined ? undefined : `"${version}"`;
      try {
        await hub().devices.patch(device.id, patch, { ifMatch, ...atOnce });
      } catch (problem) {
        if (statusOf(problem) === 412) return work.setTrouble(texts.about.faster);
        throw problem;
      }
      return close();
    });
  };
  return (
    <Dialog title={texts.about.edit} onClose={close}>
      <form onSubmit={submit} class="stack">
        <TextField label={texts.about.name} value={name} onText={setName} maxLength={200} />
        <TextField label={texts.about.type} value={type} onText={setType} maxLength={64} />
        <TextField
          label={texts.about.labels}
          hint={texts.about.labelsHint}
          value={labels}
          onText={setLabels}
        />
        <Trouble text={work.trouble} />
        <div class="buttons">
          <button type="submit" aria-busy={work.busy}>
            {texts.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Identity({ device }: { device: Device }) {
  const draft = draftNameOf(device);
  const [editing, setEditing] = useDraft(`${draft} open`, false);
  const [deleting, setDeleting] = useState(false);
  const close = () => {
    setEditing(false);
    dropDrafts(draft);
  };
  const writer = may("devices:write");
  return (
    <Card title={texts.about.title}>
      <dl class="facts">
        <dt>{texts.about.id}</dt>
        <dd>
          <code>{device.id}</code>
        </dd>
        <dt>{texts.about.type}</dt>
        <dd>{device.type || "–"}</dd>
        <dt>{texts.about.labels}</dt>
        <dd>{labelsText(device.labels) || "–"}</dd>
        <dt>{texts.about.created}</dt>
        <dd>
          <When time={device.created || undefined} />
        </dd>
      </dl>
      {writer && (
        <div class="buttons">
          <button type="button" class="quiet" onClick={() => setEditing(true)}>
            {texts.about.edit}
          </button>
          <button type="button" class="quiet bad" onClick={() => setDeleting(true)}>
            {texts.about.remove}
          </button>
        </div>
      )}
      {editing && <Edit device={device} close={close} />}
      {deleting && (
        <Confirm
          title={texts.about.remove}
          text={texts.about.removeText(title(device))}
          action={texts.about.remove}
          run={async () => {
            await hub().devices.delete(device.id, atOnce);
            go(["devices"]);
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </Card>
  );
}

function Presence({ device }: { device: Device }) {
  pulse.value;
  const door = texts.doors[device.door] ?? device.door;
  return (
    <Card title={texts.presence.title}>
      <p>
        <Badge mood={device.online ? "good" : undefined}>
          {device.online ? texts.online : texts.offlineWord}
        </Badge>{" "}
        {device.online && door !== "" && texts.presence.through(door)}{" "}
        {device.since !== undefined && (
          <>
            {texts.presence.since} <When time={device.since} />
          </>
        )}
      </p>
      <p class="note">
        {texts.presence.heard} <Age time={device.lastSeen} />
      </p>
      <ol class="presence-list">
        {[...device.changes].reverse().map((change, at) => (
          <li key={at}>
            <When time={change.time} />{" "}
            <b>{change.online ? texts.presence.came(texts.doors[change.door] ?? change.door) : texts.presence.went}</b>
          </li>
        ))}
      </ol>
      <p class="note">{texts.presence.says}</p>
    </Card>
  );
}

function KeyRow({ item, act }: { item: Key; act: (what: "rotate" | "revoke", key: Key) => void }) {
  return (
    <tr>
      <th scope="row">
        <code>{item.id}</code>
      </th>
      <td>
        <Age time={item.created} />
      </td>
      <td>{item.expires === undefined ? texts.keys.never : <When time={item.expires} />}</td>
      <td class="row-tools">
        <button type="button" class="quiet small" onClick={() => act("rotate", item)}>
          {texts.keys.rotate}
        </button>
        <button type="button" class="quiet small bad" onClick={() => act("revoke", item)}>
          {texts.keys.revoke}
        </button>
      </td>
    </tr>
  );
}

function Keys({ device }: { device: Device }) {
  const keys = useAnswer(() => hub().keys.list(device.id, atOnce), [device.id, epoch.value]);
  const [made, setMade] = useState<Key | undefined>(undefined);
  const [asked, setAsked] = useState<{ what: "rotate" | "revoke"; key: Key } | undefined>(undefined);
  const work = useWork();
  const make = () =>
    void work.run(async () => {
      setMade(await hub().keys.create(device.id, {}, atOnce));
      keys.reload();
    });
  const items = keys.answer?.items ?? [];
  return (
    <Card
      title={texts.keys.title}
      tools={
        <button type="button" class="quiet small" aria-busy={work.busy} onClick={make}>
          {texts.keys.make}
        </button>
      }
    >
      <Trouble text={work.trouble || keys.trouble} />
      {made?.key !== undefined && (
        <Once label={texts.keys.key} secret={made.key} kept={() => setMade(undefined)} />
      )}
      {items.length > 0 ? (
        <Table
          label={texts.keys.title}
          head={[texts.keys.id, texts.keys.created, texts.keys.expires]}
          tools
        >
          {items.map((item) => (
            <KeyRow key={item.id} item={item} act={(what, key) => setAsked({ what, key })} />
          ))}
        </Table>
      ) : (
        <p class="note">{keys.answer === undefined ? texts.loading : texts.keys.none}</p>
      )}
      {asked !== undefined && (
        <Confirm
          title={asked.what === "rotate" ? texts.keys.rotate : texts.keys.revoke}
          text={asked.what === "rotate" ? texts.keys.rotateText : texts.keys.revokeText}
          action={asked.what === "rotate" ? texts.keys.rotate : texts.keys.revoke}
          run={async () => {
            if (asked.what === "rotate") {
              setMade(await hub().keys.rotate(device.id, asked.key.id, atOnce));
            } else {
              await hub().keys.revoke(device.id, asked.key.id, atOnce);
            }
            keys.reload();
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Card>
  );
}

export function About({ device }: { device: Device }) {
  return (
    <div class="about-grid">
      <Identity device={device} />
      <Presence device={device} />
      {may("keys:manage") && <Keys device={device} />}
      {device.schema !== null && (
        <Card title={texts.about.schema}>
          <CopyBox label={texts.about.schema} text={JSON.stringify(device.schema, null, 2)} />
        </Card>
      )}
    </div>
  );
}
