// The first minutes: a device with its key and a line to paste, until its reading is on the screen;
// or a demo.

import { useState } from "preact/hooks";

import { running, startDemo, stopDemo } from "../demo";
import { dropDrafts, useDraft } from "../drafts";
import { valueText } from "../format";
import { atOnce, hub, statusOf } from "../hub";
import { labelsFrom } from "../labels";
import { firstLines } from "../lines";
import { href } from "../router";
import { loggedOut, may, model, pulse } from "../store";
import { texts } from "../texts";
import { Icon } from "../ui/icons";
import { Card, Choice, CopyBox, TextField, Trouble, useWork } from "../ui/parts";

const t = texts.start;
const goodId = /^[A-Za-z0-9._:-]{1,64}$/;

interface Made {
  id: string;
  key: string;
}

function freshId(): string {
  for (let at = 1; ; ++at) if (!model.devices.has(`sensor-${at}`)) return `sensor-${at}`;
}

function MakeDevice({ made }: { made: (made: Made) => void }) {
  const [id, setId] = useDraft("start id", freshId);
  const [name, setName] = useDraft("start name", "");
  const [labels, setLabels] = useDraft("start labels", "");
  const work = useWork();
  const submit = (event: Event) => {
    event.preventDefault();
    if (!goodId.test(id) || id === "me") return work.setTrouble(t.badId);
    const read = labelsFrom(labels);
    if (read === undefined) return work.setTrouble(texts.about.badLabels);
    void work.run(async () => {
      try {
        await hub().devices.create({ id, name, labels: read }, atOnce);
      } catch (problem) {
        if (statusOf(problem) === 409) return work.setTrouble(t.taken);
        throw problem;
      }
      const { key } = await hub().keys.create(id, {}, atOnce);
      dropDrafts("start");
      if (key !== undefined) made({ id, key });
    });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="note">{t.says}</p>
      <TextField label={t.id} hint={t.idHint} value={id} onText={setId} required maxLength={64} />
      <TextField label={t.name} value={name} onText={setName} />
      <TextField
        label={texts.about.labels}
        hint={texts.about.labelsHint}
        value={labels}
        onText={setLabels}
      />
      <Trouble text={work.trouble} />
      <button type="submit" aria-busy={work.busy}>
        {t.make}
      </button>
    </form>
  );
}

function FirstReading({ id }: { id: string }) {
  pulse.value;
  const [first] = model.devices.get(id)?.latest ?? [];
  if (first === undefined) {
    return (
      <p class="waiting" role="status">
        {t.waiting}
      </p>
    );
  }
  return (
    <div class="arrived" role="status">
      <Icon name="good" />
      <p>{t.arrived(first[0], valueText(first[1].value))}</p>
      <a class="button" href={href(["devices", id])}>
        {t.look}
      </a>
    </div>
  );
}

function MadeDevice({ made, again }: { made: Made; again: () => void }) {
  const [way, setWay] = useState("curl");
  const lines = firstLines(location.origin, made.key);
  return (
    <div class="stack">
      <div class="once">
        <p>
          <b>{t.once}</b>
        </p>
        <CopyBox label={`${t.key} (${made.id})`} text={made.key} secret />
      </div>
      <Choice
        legend={t.paste}
        value={way}
        options={Object.keys(lines).map((each) => [each, t.lines[each] ?? each])}
        onChoose={setWay}
      />
      <CopyBox label={t.paste} text={lines[way] ?? ""} />
      <FirstReading id={made.id} />
      <button type="button" class="quiet" onClick={again}>
        {t.again}
      </button>
    </div>
  );
}

function TabDemo() {
  const { devices, readings } = running.value;
  const work = useWork();
  return (
    <Card title={t.tabTitle}>
      <p class="note">{t.tabSays}</p>
      {devices > 0 && <p role="status">{t.tabRuns(devices, readings)}</p>}
      <Trouble text={work.trouble} />
      {devices === 0 ? (
        <button type="button" aria-busy={work.busy} onClick={() => void work.run(startDemo)}>
          {t.tabStart}
        </button>
      ) : (
        <button type="button" class="quiet" onClick={stopDemo}>
          {t.tabStop}
        </button>
      )}
    </Card>
  );
}

/** What simulated fleets need: to make devices and their keys. */
async function demoKey(): Promise<string> {
  const app = "demo";
  let secret: string | undefined;
  try {
    secret = (await hub().apps.create({ id: app, name: "Demo fleets" }, atOnce)).secret;
  } catch (problem) {
    if (statusOf(problem) !== 409) throw problem;
    secret = (await hub().apps.rotate(app, atOnce)).secret;
  }
  const { items } = await hub().grants.list({ app, ...atOnce });
  if (items.length === 0) {
    const scopes = ["devices:read", "devices:write", "keys:manage"] as const;
    await hub().grants.create({ app, scopes: [...scopes], devices: ["*"] }, atOnce);
  }
  if (secret === undefined) throw new Error("the hub gave no secret");
  return secret;
}

function ShellDemo() {
  const [secret, setSecret] = useState("");
  const work = useWork();
  const run = (scene: string) =>
    `tandem simulate ${scene} --url ${location.origin} --key-file demo.key`;
  return (
    <Card title={t.shellTitle}>
      <p class="note">{t.shellSays}</p>
      <Trouble text={work.trouble} />
      {secret === "" ? (
        may("access:manage") && (
          <button
            type="button"
            class="quiet"
            aria-busy={work.busy}
            onClick={() => void work.run(async () => setSecret(await demoKey()))}
          >
            {t.shellMake}
          </button>
        )
      ) : (
        <CopyBox label={t.shellKey} text={`(umask 077; echo ${secret} > demo.key)`} secret />
      )}
      <CopyBox label={t.shellRun} text={["home", "factory", "weather"].map(run).join("\n")} />
    </Card>
  );
}

export function Start() {
  const [made, setMade] = useState<Made | undefined>(undefined);
  return (
    <div class="pad start">
      <h1>{t.title}</h1>
      <div class="start-grid">
        <Card>
          {made === undefined ? (
            <MakeDevice made={setMade} />
          ) : (
            <MadeDevice made={made} again={() => setMade(undefined)} />
          )}
        </Card>
        <div class="stack">
          <h2>{t.demo}</h2>
          <p class="note">{t.demoSays}</p>
          <TabDemo />
          <ShellDemo />
        </div>
      </div>
    </div>
  );
}

// Whoever logs out takes the demo along.
loggedOut.subscribe((why) => {
  if (why === "") stopDemo();
});
