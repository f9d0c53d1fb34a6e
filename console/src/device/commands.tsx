// Commands to one device: a form for each that it declares, and the life of those that were sent.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Command, Json } from "tandem-client";

import { draftOf, dropDrafts, keepDraft, useDraft } from "../drafts";
import { tookText } from "../format";
import { atOnce, hub } from "../hub";
import { inOrder, lasted, paced, takeCommand, takeStep, type Life, type Lives } from "../lives";
import type { Device } from "../model";
import { commandsOf, currentOf, type CommandForm } from "../schema";
import { epoch, may, pulse } from "../store";
import { texts } from "../texts";
import { textOf } from "../twin";
import { Badge, Card, CopyBox, Field, saidOf, Trouble, useWork, When, type Mood } from "../ui/parts";
import { SchemaField } from "./fields";
import { useFollow } from "./follow";

const lifetimes = [60_000, 3_600_000, 86_400_000, 7 * 86_400_000];
const pageSize = 1_000;
const pagesMost = 5;
const shownMost = 50;

export function moodOf(status: string): Mood {
  if (status === "done") return "good";
  if (status === "failed" || status === "expired" || status === "cancelled") return "bad";
  return "open";
}

type Send = (name: string, params: Json | undefined, ttl: number) => Promise<void>;

function startValues(device: Device, form: CommandForm): Map<string, Json> {
  const values = new Map<string, Json>();
  for (const { name, widget, required } of form.fields) {
    const now = currentOf(device, name);
    const fits = widget.kind !== "switch" || typeof now === "boolean";
    if (required && now !== undefined && fits) values.set(name, now);
  }
  return values;
}

/** One declared command. What is left alone is not sent. */
function Form({ device, form, send, ttl }: { device: Device; form: CommandForm; send: Send; ttl: number }) {
  const draft = `command ${device.id} ${form.name}`;
  const typed = draftOf<Map<string, Json>>(`${draft} values`);
  const [values, setValues] = useState(() => typed ?? startValues(device, form));
  const [free, setFree] = useDraft(`${draft} free`, "");
  const touched = useRef(typed !== undefined);
  const work = useWork();
  const id = useId();
  // What the device is now may be known a moment later; what somebody has typed stays.
  useEffect(() => {
    if (!touched.current) setValues(startValues(device, form));
  }, [device.state]);
  const submit = (event: Event) => {
    event.preventDefault();
    void work.run(async () => {
      let params: Json | undefined;
      if (form.free) {
        try {
          params = free.trim() === "" ? undefined : (JSON.parse(free) as Json);
        } catch {
          return work.setTrouble(texts.commands.badParams);
        }
      } else if (form.fields.length > 0) {
        params = Object.fromEntries(values);
      }
      await send(form.name, params, ttl);
      dropDrafts(draft);
    });
  };
  const change = (name: string) => (value: Json | undefined) => {
    touched.current = true;
    const next = new Map(values);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    keepDraft(`${draft} values`, next);
    setValues(next);
  };
  return (
    <form class="command" aria-labelledby={id} onSubmit={submit}>
      <h3 id={id}>{form.name}</h3>
      {form.fields.map((field) => (
        <div class="command-field" key={field.name}>
          <SchemaField field={field} value={values.get(field.name)} change={change(field.name)} />
          {!field.required && values.has(field.name) && (
            <button
              type="button"
              class="quiet small"
              aria-label={texts.form.leaveOut(field.title)}
              onClick={() => change(field.name)(undefined)}
            >
              {texts.form.clear}
            </button>
          )}
          {!field.required && !values.has(field.name) && (
            <span class="note">{texts.form.notSent}</span>
          )}
        </div>
      ))}
      {form.free && (
        <Field label={texts.commands.params}>
          {(inputId) => (
            <textarea
              id={inputId}
              class="code"
              rows={2}
              spellcheck={false}
              value={free}
              onInput={(event) => setFree(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Trouble text={work.trouble} />
      <button type="submit" aria-busy={work.busy}>
        {texts.commands.send}
      </button>
    </form>
  );
}

/** A device that declares nothing takes anything. */
function AnyForm({ device, send, ttl }: { device: Device; send: Send; ttl: number }) {
  const draft = `any command ${device.id}`;
  const [name, setName] = useDraft(`${draft} name`, "");
  const [params, setParams] = useDraft(`${draft} params`, "");
  const work = useWork();
  const submit = (event: Event) => {
    event.preventDefault();
    let value: Json | undefined;
    try {
      value = params.trim() === "" ? undefined : (JSON.parse(params) as Json);
    } catch {
      return work.setTrouble(texts.commands.badParams);
    }
    void work.run(async () => {
      await send(name.trim(), value, ttl);
      dropDrafts(draft);
    });
  };
  return (
    <form class="command wide" onSubmit={submit}>
      <Field label={texts.commands.name}>
        {(id) => (
          <input
            id={id}
            required
            maxLength={64}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={texts.commands.params}>
        {(id) => (
          <input
            id={id}
            class="code"
            autocomplete="off"
            spellcheck={false}
            value={params}
            onInput={(event) => setParams(event.currentTarget.value)}
          />
        )}
      </Field>
      <Trouble text={work.trouble} />
      <button type="submit" aria-busy={work.busy}>
        {texts.commands.send}
      </button>
    </form>
  );
}

function Timeline({ life, cancel }: { life: Life; cancel: (() => void) | undefined }) {
  const total = lasted(life);
  return (
    <li class="life">
      <div class="life-head">
        <b>{life.name}</b>
        {life.params !== null && <code class="cut">{textOf(life.params)}</code>}
        <Badge mood={moodOf(life.status)}>{life.status}</Badge>
        {total !== undefined && <span class="note">{texts.commands.inAll(tookText(total))}</span>}
        {life.attempt > 1 && <span class="note">{texts.commands.attempts(life.attempt)}</span>}
        <span class="note">
          <When time={life.created ?? life.steps[0]?.time} />
        </span>
        {cancel !== undefined && (
          <button type="button" class="quiet small" onClick={cancel}>
            {texts.commands.cancel}
          </button>
        )}
      </div>
      <ol class="steps">
        {paced(life).map((step, at) => (
          <li key={at} data-mood={step.name === "progress" ? "open" : moodOf(step.name)}>
            <span>{step.name === "progress" ? textOf(step.progress) : step.name}</span>
            <small>{step.after === undefined ? "" : `+${tookText(step.after)}`}</small>
          </li>
        ))}
      </ol>
      {life.result !== null && <CopyBox label={texts.commands.result} text={JSON.stringify(life.result)} />}
    </li>
  );
}

async function readCommands(device: string, lives: Lives): Promise<void> {
  let cursor: string | undefined;
  // The hub lists the oldest first: the newest are on the last page.
  for (let page = 0; page < pagesMost; ++page) {
    const answer = await hub().commands.list(device, { limit: pageSize, cursor, ...atOnce });
    for (const command of answer.items) takeCommand(lives, command);
    cursor = answer.next;
    if (cursor === undefined) return;
  }
}

export function Commands({ device }: { device: Device }) {
  // Whether it is online, what it declares, and how it is.
  pulse.value;
  const lives = useRef<Lives>(new Map());
  const [, setTurn] = useState(0);
  const [trouble, setTrouble] = useState("");
  const [ttl, setTtl] = useDraft(`lifetime ${device.id}`, 3_600_000);
  const draw = () => setTurn((turn) => turn + 1);

  useEffect(() => {
    readCommands(device.id, lives.current)
      .then(
        () => setTrouble(""),
        (problem) => setTrouble(saidOf(problem)),
      )
      .finally(draw);
  }, [device.id, epoch.value]);
  useFollow(device.id, (events) => {
    for (const event of events) if (event.kind === "command") takeStep(lives.current, event);
    if (events.some((event) => event.kind === "command")) draw();
  });

  const send: Send = async (name, params, lifetime) => {
    const body = { name, ttl: lifetime, ...(params === undefined ? {} : { params }) };
    const command: Command = await hub().commands.send(device.id, body, atOnce);
    takeCommand(lives.current, { ...command, params: params ?? null });
    draw();
  };
  const cancel = async (life: Life) => {
    try {
      takeCommand(lives.current, await hub().commands.cancel(device.id, life.id, atOnce));
      draw();
    } catch (problem) {
      setTrouble(saidOf(problem));
    }
  };
  const sender = may("commands:send");
  const forms = commandsOf(device);
  const cancellable = (life: Life) =>
    sender && (life.status === "queued" || life.status === "delivered");
  const shown = inOrder(lives.current).slice(0, shownMost);

  return (
    <>
      {sender && (
        <Card
          title={texts.commands.title}
          tools={
            <label class="inline">
              <span>{texts.commands.lifetime}</span>
              <select
                value={String(ttl)}
                onChange={(event) => setTtl(Number(event.currentTarget.value))}
              >
                {lifetimes.map((ms) => (
                  <option key={ms} value={String(ms)}>
                    {tookText(ms)}
                  </option>
                ))}
              </select>
            </label>
          }
        >
          {!device.online && <p class="note">{texts.commands.away}</p>}
          {forms === undefined ? (
            <AnyForm device={device} send={send} ttl={ttl} />
          ) : forms.length === 0 ? (
            <p class="note">{texts.commands.noneDeclared}</p>
          ) : (
            <div class="command-grid">
              {forms.map((form) => (
                <Form key={form.name} device={device} form={form} send={send} ttl={ttl} />
              ))}
            </div>
          )}
        </Card>
      )}
      <Card title={texts.commands.lives}>
        <p class="note">{texts.commands.livesSay}</p>
        <Trouble text={trouble} />
        <ol class="lives">
          {shown.map((life) => (
            <Timeline
              key={life.id}
              life={life}
              cancel={cancellable(life) ? () => void cancel(life) : undefined}
            />
          ))}
        </ol>
        {shown.length === 0 && <p class="empty">{texts.commands.none}</p>}
      </Card>
    </>
  );
}

