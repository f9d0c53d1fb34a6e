// The dialogs of dashboards: a new one, a new tile, the settings of a tile.

import { useEffect, useState } from "preact/hooks";
import type { Dashboard, Json, Tile } from "tandem-client";

import { offers, sizes, tilesMost, type Content, type Offer } from "../dashboard";
import { useDraft } from "../drafts";
import { byName, withWords } from "../fleet";
import { atOnce, hub } from "../hub";
import { title, type Device } from "../model";
import { learnStates, may, model, pulse } from "../store";
import { texts } from "../texts";
import { Badge, Choice, Dialog, Field, SelectField, TextField, Trouble, useWork } from "../ui/parts";

const t = texts.dashboards;
const devicesShown = 12;

export type Shared = Content["shared"];

export function SharedChoice(props: { value: Shared; onChoose: (shared: Shared) => void }) {
  return (
    <Choice<Shared>
      legend={t.shared}
      value={props.value}
      options={[
        ["private", t.sharedWith.private ?? ""],
        ["tenant", t.sharedWith.tenant ?? ""],
      ]}
      onChoose={props.onChoose}
    />
  );
}

export function NewDashboard(props: { made: (dashboard: Dashboard) => void; close: () => void }) {
  const [name, setName] = useDraft("new-dashboard name", "");
  const [shared, setShared] = useDraft<Shared>("new-dashboard shared", "private");
  const work = useWork();
  const submit = async (event: Event) => {
    event.preventDefault();
    await work.run(async () => {
      props.made(await hub().dashboards.create({ title: name, shared, tiles: [] }, atOnce));
    });
  };
  return (
    <Dialog title={t.add} onClose={props.close}>
      <form class="stack" onSubmit={submit}>
        <TextField label={t.name} value={name} onText={setName} required minLength={1} maxLength={60} />
        <SharedChoice value={shared} onChoose={setShared} />
        <p class="note">{t.sharedSays}</p>
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {t.make}
        </button>
      </form>
    </Dialog>
  );
}

function where({ tile }: Offer): string {
  if (tile.kind === "value" && tile.key !== undefined) return t.ofState;
  if (tile.kind === "command" || tile.series !== undefined) return "";
  return tile.command === undefined ? t.inConfig : t.byCommand;
}

function Parts({ device, choose }: { device: Device; choose: (offer: Offer) => void }) {
  pulse.value;
  const [config, setConfig] = useState<Json | undefined>(undefined);
  useEffect(() => {
    void learnStates([device.id]);
    if (!may("config:read")) return;
    hub()
      .config.get(device.id, atOnce)
      .then(
        (got: Json) => setConfig(() => got),
        // Then what the schema declares of it is offered.
        () => undefined,
      );
  }, [device.id]);
  const found = offers(device, config);
  if (found.length === 0) return <p class="empty">{t.nothing}</p>;
  return (
    <ul class="offers" aria-label={t.parts(title(device))}>
      {found.map((offer) => (
        <li key={offer.key}>
          <button type="button" class="quiet" onClick={() => choose(offer)}>
            <Badge>{t.kinds[offer.kind]}</Badge> <span>{offer.name}</span>{" "}
            <span class="note">{where(offer)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Devices({ choose }: { choose: (device: Device) => void }) {
  pulse.value;
  const [search, setSearch] = useState("");
  const found = withWords([...model.devices.values()], search).sort(byName);
  const more = found.length - devicesShown;
  return (
    <>
      <TextField label={t.find} value={search} onText={setSearch} />
      <ul class="offers" aria-label={t.device}>
        {found.slice(0, devicesShown).map((device) => (
          <li key={device.id}>
            <button type="button" class="quiet" onClick={() => choose(device)}>
              <span>{title(device)}</span> <span class="note">{device.type}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="empty">{t.noDevice}</p>}
      {more > 0 && <p class="note">{t.moreDevices(more)}</p>}
    </>
  );
}

export type NewTile = Offer["tile"] & { w: number; h: number };

/** Stays open: a dashboard is more than one tile. */
export function AddTile(props: { count: number; add: (tile: NewTile) => void; close: () => void }) {
  const [device, setDevice] = useState<Device | undefined>(undefined);
  const [added, setAdded] = useState("");
  const full = props.count >= tilesMost;
  const add = (tile: Offer["tile"], name: string) => {
    if (full) return;
    props.add({ ...tile, ...sizes[tile.kind] });
    setAdded(t.added(name));
  };
  return (
    <Dialog title={t.addTile} onClose={props.close}>
      <div class="stack">
        {device === undefined ? (
          <Devices choose={(chosen) => setDevice(() => chosen)} />
        ) : (
          <>
            <h3>{title(device)}</h3>
            <Parts
              device={device}
              choose={({ kind, name, tile }) => add(tile, `${t.kinds[kind]} ${name}`)}
            />
          </>
        )}
        <p class="outcome" role="status" data-mood={full ? "warn" : "good"}>
          {full ? t.full(tilesMost) : added}
        </p>
        <div class="buttons">
          {device !== undefined && (
            <button type="button" class="quiet" onClick={() => setDevice(undefined)}>
              {t.other}
            </button>
          )}
          <button
            type="button"
            class="quiet"
            disabled={full}
            onClick={() => add({ kind: "text", options: { text: t.newText } }, t.textTile)}
          >
            {t.textTile}
          </button>
          <button type="button" onClick={props.close}>
            {t.done}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

// --- the settings of a tile ---------------------------------------------------------------------

type Options = NonNullable<Tile["options"]>;
/** As they are typed: what is empty is undefined. */
type Typed = { [Name in keyof Options]: Options[Name] | undefined };
const spans = [300_000, 3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000];

function NumberField(props: {
  label: string;
  value: number | undefined;
  digits?: boolean;
  onNumber: (value: number | undefined) => void;
}) {
  const bounds = props.digits === true ? { min: 0, max: 9, step: 1 } : { step: "any" };
  return (
    <Field label={props.label}>
      {(id) => (
        <input
          id={id}
          type="number"
          {...bounds}
          value={props.value ?? ""}
          onInput={(event) => {
            const typed = event.currentTarget.valueAsNumber;
            props.onNumber(Number.isNaN(typed) ? undefined : typed);
          }}
        />
      )}
    </Field>
  );
}

function OptionFields(props: { kind: Tile["kind"]; options: Typed; set: (options: Typed) => void }) {
  const { kind, options, set } = props;
  const withUnit = ["value", "chart", "slider", "setpoint"].includes(kind);
  return (
    <>
      {withUnit && (
        <TextField
          label={t.unit}
          hint={t.unitHint}
          maxLength={16}
          value={options.unit ?? ""}
          onText={(unit) => set({ ...options, unit })}
        />
      )}
      {kind === "value" && (
        <NumberField
          label={t.decimals}
          digits
          value={options.decimals}
          onNumber={(decimals) => set({ ...options, decimals })}
        />
      )}
      {kind === "chart" && (
        <SelectField
          label={t.span}
          value={String(options.span ?? 3_600_000)}
          options={spans.map((span) => [String(span), texts.chart.spans[String(span)] ?? ""])}
          onChoose={(span) => set({ ...options, span: Number(span) })}
        />
      )}
      {(kind === "slider" || kind === "setpoint") && (
        <div class="three">
          {(["min", "max", "step"] as const).map((name) => (
            <NumberField
              key={name}
              label={t[name]}
              value={options[name]}
              onNumber={(value) => set({ ...options, [name]: value })}
            />
          ))}
        </div>
      )}
      {kind === "text" && (
        <Field label={t.text}>
          {(id) => (
            <textarea
              id={id}
              rows={5}
              maxLength={1_000}
              value={options.text ?? ""}
              onInput={(event) => set({ ...options, text: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

// Without what is empty: the hub would refuse it.
function filled(options: Typed): Options | undefined {
  const left = Object.entries(options).filter(
    ([name, value]) => value !== undefined && (value !== "" || name === "text"),
  );
  return left.length === 0 ? undefined : (Object.fromEntries(left) as Options);
}

function paramsOf(text: string): Json | undefined {
  return text.trim() === "" ? undefined : (JSON.parse(text) as Json);
}

/** `draft`: the name under which what is typed here is kept. */
export function TileSettings(props: {
  draft: string;
  tile: Tile;
  apply: (tile: Tile) => void;
  close: () => void;
}) {
  const { draft, tile } = props;
  const [name, setName] = useDraft(`${draft} name`, tile.title ?? "");
  const [options, setOptions] = useDraft<Typed>(`${draft} options`, tile.options ?? {});
  const [params, setParams] = useDraft(
    `${draft} params`,
    tile.options?.params === undefined ? "" : JSON.stringify(tile.options.params),
  );
  const [trouble, setTrouble] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const { min, max, step } = options;
    const crossed = min !== undefined && max !== undefined && min >= max;
    if (crossed || (step !== undefined && step <= 0)) return setTrouble(t.badLimits);
    let all = options;
    try {
      if (tile.kind === "command") all = { ...options, params: paramsOf(params) };
    } catch {
      return setTrouble(t.badParams);
    }
    const { title: _title, options: _options, ...rest } = tile;
    const left = filled(all);
    props.apply({
      ...rest,
      ...(name.trim() === "" ? {} : { title: name.trim() }),
      ...(left === undefined ? {} : { options: left }),
    });
    props.close();
  };
  return (
    <Dialog title={t.kinds[tile.kind] ?? ""} onClose={props.close}>
      <form class="stack" onSubmit={submit}>
        <TextField
          label={t.tileTitle}
          {...(tile.kind === "text" ? {} : { hint: t.tileTitleHint })}
          maxLength={60}
          value={name}
          onText={setName}
        />
        <OptionFields kind={tile.kind} options={options} set={setOptions} />
        {tile.kind === "command" && <TextField label={t.params} value={params} onText={setParams} />}
        <Trouble text={trouble} />
        <button type="submit">{t.apply}</button>
      </form>
    </Dialog>
  );
}
