// The small parts that all pages are made of.

import { signal } from "@preact/signals";
import { Fragment, type ComponentChildren, type Ref } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { dateText, ageText } from "../format";
import { isUnauthorized, wordsOf } from "../hub";
import { href } from "../router";
import { clock, leave } from "../store";
import { texts } from "../texts";
import { Icon, type IconName } from "./icons";

export function Card(props: {
  title?: ComponentChildren;
  tools?: ComponentChildren;
  class?: string;
  children?: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ""}`}>
      {(props.title !== undefined || props.tools !== undefined) && (
        <div class="card-head">
          <h2>{props.title}</h2>
          {props.tools}
        </div>
      )}
      {props.children}
    </section>
  );
}

export type Mood = "good" | "bad" | "open" | "warn";

export function Badge({ mood, children }: { mood?: Mood | undefined; children: ComponentChildren }) {
  return (
    <span class="badge" data-mood={mood}>
      {children}
    </span>
  );
}

/** A field with its label; `children` gets the id that the label is for. */
export function Field(props: {
  label: string;
  hint?: string | undefined;
  children: (id: string, hintId: string | undefined) => ComponentChildren;
}) {
  const id = useId();
  const hintId = props.hint === undefined ? undefined : `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(id, hintId)}
      {props.hint !== undefined && (
        <p class="note" id={hintId}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

export function TextField(props: {
  label: string;
  hint?: string | undefined;
  value: string;
  onText: (text: string) => void;
  type?: "text" | "password" | "datetime-local";
  required?: boolean;
  minLength?: number;
  maxLength?: number;
  autocomplete?: string;
  input?: Ref<HTMLInputElement>;
  /** Names and secrets, not words: nothing makes them others. */
  asTyped?: boolean;
}) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(id, hintId) => (
        <input
          id={id}
          ref={props.input ?? null}
          autocapitalize={props.asTyped === true ? "none" : "sentences"}
          spellcheck={props.asTyped !== true}
          type={(props.type ?? "text") as "text"}
          aria-describedby={hintId}
          autocomplete={props.autocomplete ?? "off"}
          required={props.required ?? false}
          minLength={props.minLength ?? 0}
          maxLength={props.maxLength ?? 1_000}
          value={props.value}
          onInput={(event) => props.onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function SelectField(props: {
  label: string;
  hint?: string;
  value: string;
  options: [string, string][];
  onChoose: (value: string) => void;
}) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(id, hintId) => (
        <select
          id={id}
          aria-describedby={hintId}
          value={props.value}
          onChange={(event) => props.onChoose(event.currentTarget.value)}
        >
          {props.options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check(props: {
  label: ComponentChildren;
  checked: boolean;
  onCheck: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onCheck(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
}) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Some of a few, one at a time. */
export function Choice<T extends string>(props: {
  legend: string;
  value: T | undefined;
  options: [T, string][];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="unseen">{props.legend}</legend>
      {props.options.map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={value === props.value}
            onChange={() => props.onChoose(value)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Links to the parts of a page. */
export function Tabs(props: {
  label: string;
  at: string;
  tabs: [string, string][];
  path: (tab: string) => string[];
}) {
  const place = useRef<HTMLElement>(null);
  // On a phone they are wider than the screen, and move sideways.
  useEffect(() => {
    place.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [props.at]);
  return (
    <nav class="tabs" aria-label={props.label} ref={place}>
      {props.tabs.map(([tab, text]) => (
        <a key={tab} href={href(props.path(tab))} aria-current={tab === props.at ? "page" : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}

/** How long ago, kept up to date. */
export function Age({ time }: { time: number | undefined }) {
  if (time === undefined) return <span class="age">{texts.never}</span>;
  return (
    <time class="age" dateTime={new Date(time).toISOString()} title={dateText(time)}>
      {ageText(clock.value - time)}
    </time>
  );
}

export function When({ time }: { time: number | undefined }) {
  if (time === undefined) return <>–</>;
  return <time dateTime={new Date(time).toISOString()}>{dateText(time)}</time>;
}

/** Text to take along; a secret is shown this once. */
export function CopyBox({ label, text, secret }: { label: string; text: string; secret?: boolean }) {
  const [said, setSaid] = useState("");
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    setSaid((await copied(text, code.current)) ? texts.copied : texts.notCopied);
    window.setTimeout(() => setSaid(""), 2_500);
  };
  return (
    <figure class="copy-box" data-secret={secret}>
      <figcaption>
        <span>{label}</span>
        <button type="button" class="quiet small" aria-label={texts.copyWhat(label)} onClick={copy}>
          {said === "" ? texts.copy : said}
        </button>
        <span class="unseen" role="status">
          {said}
        </span>
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        <code ref={code}>{text}</code>
      </pre>
    </figure>
  );
}

/** A secret, which the hub shows this once. */
export function Once({ label, secret, kept }: { label: string; secret: string; kept: () => void }) {
  return (
    <div class="once">
      <p>
        <b>{texts.keys.once}</b>
      </p>
      <CopyBox label={label} text={secret} secret />
      <button type="button" class="quiet small" onClick={kept}>
        {texts.keys.kept}
      </button>
    </div>
  );
}

/**
 * A table that scrolls by itself; with `tools`, its rows end with what can be done with them. On a
 * phone each row is a card, but where `figures` are compared down and across.
 */
export function Table(props: {
  label: string;
  head: string[];
  tools?: boolean;
  figures?: boolean;
  class?: string;
  children: ComponentChildren;
}) {
  const kind = props.figures === true ? "" : "cards";
  const heads = props.head.map((text, at) => [`--head-${at + 1}`, JSON.stringify(text)]);
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label={props.label}>
      <table class={`${kind} ${props.class ?? ""}`} style={Object.fromEntries(heads)}>
        <thead>
          <tr>
            {props.head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
            {props.tools && (
              <th scope="col">
                <span class="unseen">{texts.tools}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

async function copied(text: string, shown: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS browsers keep the clipboard: the text is marked instead.
    if (shown !== null) getSelection()?.selectAllChildren(shown);
    return false;
  }
}

export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? "wide" : undefined}
      aria-labelledby={id}
      onClose={props.onClose}
    >
      <header class="card-head">
        <h2 id={id}>{props.title}</h2>
        <IconButton icon="close" label={texts.close} onClick={() => dialog.current?.close()} />
      </header>
      {props.children}
    </dialog>
  );
}

/** A name that may break behind its points and lines, and in a word only where it has to. */
export function Breakable({ text }: { text: string }) {
  return (
    <span class="breakable">
      {text.split(/(?<=[._:/-])(?=\w)/).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: {
  title: string;
  text: string;
  action: string;
  run: () => Promise<unknown>;
  onClose: () => void;
}) {
  const work = useWork();
  const run = async () => {
    if (await work.run(props.run)) props.onClose();
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p>{props.text}</p>
      <Trouble text={work.trouble} />
      <div class="buttons">
        <button type="button" class="danger" aria-busy={work.busy} onClick={run}>
          {props.action}
        </button>
        <button type="button" class="quiet" onClick={props.onClose}>
          {texts.cancel}
        </button>
      </div>
    </Dialog>
  );
}

export function Trouble({ text }: { text: string }) {
  return (
    <p class="outcome" role="alert" data-mood="bad">
      {text}
    </p>
  );
}

/** In the hub's own words, else that it does not answer. */
export function saidOf(problem: unknown): string {
  return texts.failed(wordsOf(problem) ?? texts.unreachable);
}

/** Something that is done with the hub: one at a time, with what went wrong. */
export function useWork() {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const running = useRef(false);
  const run = async (what: () => Promise<unknown>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setTrouble("");
    try {
      await what();
      return true;
    } catch (problem) {
      if (isUnauthorized(problem)) leave("ended");
      setTrouble(saidOf(problem));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, trouble, run, setTrouble };
}

/** What is read from the hub, and read again when one of `on` changes. */
export function useAnswer<T>(ask: () => Promise<T>, on: unknown[]) {
  const [answer, setAnswer] = useState<T | undefined>(undefined);
  const [trouble, setTrouble] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (got) => {
        if (!wanted) return;
        setAnswer(() => got);
        setTrouble("");
      },
      (problem: unknown) => {
        if (!wanted) return;
        if (isUnauthorized(problem)) leave("ended");
        setTrouble(saidOf(problem));
      },
    );
    return () => {
      wanted = false;
    };
  }, [...on, turn]);
  const reload = () => setTurn((before) => before + 1);
  return { answer, trouble, reload };
}

/** One sentence for those who do not see the page change. */
export const said = signal("");

export function Announcer() {
  return (
    <p class="unseen" role="status">
      {said.value}
    </p>
  );
}
