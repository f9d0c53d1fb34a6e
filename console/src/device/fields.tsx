// One field of a form, as the schema of its value asks for.

import type { Json } from "tandem-client";
import { useId, useState } from "preact/hooks";

import type { FormField } from "../schema";
import { texts } from "../texts";
import { textOf, valueOf } from "../twin";

interface FieldProps {
  field: FormField;
  value: Json | undefined;
  change: (value: Json | undefined) => void;
}

/** A field with its label. An empty one is undefined: it is not sent. */
export function SchemaField({ field, value, change }: FieldProps) {
  const id = useId();
  const { widget } = field;
  const label = (
    <label for={id}>
      {field.title}
      {field.required && <span class="needed"> {texts.form.needed}</span>}
    </label>
  );
  const says = field.says === "" ? null : <p class="note">{field.says}</p>;
  if (widget.kind === "switch") {
    return (
      <div class="field switch-line">
        <Switch id={id} on={value === true} label={field.title} flip={change} />
        <span aria-hidden="true">{field.title}</span>
        {says}
      </div>
    );
  }
  return (
    <div class="field">
      {label}
      <Input id={id} field={field} value={value} change={change} />
      {says}
    </div>
  );
}

export function Switch(props: {
  id?: string;
  on: boolean;
  label: string;
  flip: (on: boolean) => void;
  busy?: boolean;
}) {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      id={props.id}
      aria-checked={props.on}
      aria-label={props.label}
      aria-busy={props.busy}
      onClick={() => props.flip(!props.on)}
    >
      <span class="knob" aria-hidden="true" />
    </button>
  );
}

function Input({ id, field, value, change }: FieldProps & { id: string }) {
  const { widget, required } = field;
  switch (widget.kind) {
    case "slider":
      return (
        <span class="slider">
          <input
            id={id}
            type="range"
            min={widget.min}
            max={widget.max}
            step={widget.step}
            value={typeof value === "number" ? value : widget.min}
            onInput={(event) => change(event.currentTarget.valueAsNumber)}
          />
          <output for={id}>{typeof value === "number" ? value : "–"}</output>
        </span>
      );
    case "number":
      return (
        <input
          id={id}
          type="number"
          min={widget.min}
          max={widget.max}
          step={widget.step}
          required={required}
          value={typeof value === "number" ? value : ""}
          onInput={(event) => {
            const typed = event.currentTarget.valueAsNumber;
            change(Number.isNaN(typed) ? undefined : typed);
          }}
        />
      );
    case "choice":
      return (
        <select
          id={id}
          required={required}
          value={value === undefined ? "" : JSON.stringify(value)}
          onChange={(event) => {
            const text = event.currentTarget.value;
            change(text === "" ? undefined : (JSON.parse(text) as Json));
          }}
        >
          <option value="">–</option>
          {widget.options.map((option) => (
            <option key={JSON.stringify(option)} value={JSON.stringify(option)}>
              {textOf(option)}
            </option>
          ))}
        </select>
      );
    case "colour":
      return (
        <input
          id={id}
          type="color"
          value={typeof value === "string" ? value : "#ffffff"}
          onInput={(event) => change(event.currentTarget.value)}
        />
      );
    case "text":
      return (
        <input
          id={id}
          maxLength={widget.maxLength}
          required={required}
          autocomplete="off"
          value={typeof value === "string" ? value : ""}
          onInput={(event) => {
            const text = event.currentTarget.value;
            change(text === "" && !required ? undefined : text);
          }}
        />
      );
    default:
      return <JsonInput id={id} value={value} change={change} />;
  }
}

/** JSON as it is typed. While it is none, it counts as text. */
function JsonInput(props: {
  id: string;
  value: Json | undefined;
  change: (value: Json | undefined) => void;
}) {
  const { value } = props;
  // An object or a list is shown on lines of its own.
  const [long] = useState(typeof value === "object" && value !== null);
  const [text, setText] = useState(long ? JSON.stringify(value, null, 2) : textOf(value));
  const type = (typed: string) => {
    setText(typed);
    props.change(typed === "" ? undefined : valueOf(typed));
  };
  if (long) {
    return (
      <textarea
        id={props.id}
        class="code"
        rows={4}
        spellcheck={false}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
    );
  }
  return (
    <input
      id={props.id}
      class="code"
      spellcheck={false}
      autocomplete="off"
      value={text}
      onInput={(event) => type(event.currentTarget.value)}
    />
  );
}
