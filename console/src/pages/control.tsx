// Tiles to switch, dim, colour and set things with. What a tile shows is what the device says it is;
// while a command is on its way, what was asked for.

import { useEffect, useMemo, useState } from "preact/hooks";

import { controllable, controls, median } from "../control";
import { doorOf } from "../fleet";
import { tookText, withUnit, valueText } from "../format";
import { title, type Device } from "../model";
import { href } from "../router";
import { unitOf } from "../schema";
import { clock, learnStates, listed, may, model, pulse, ready } from "../store";
import { texts } from "../texts";
import { read, write } from "../theme";
import { Icon } from "../ui/icons";
import { KnobView, useKnobs } from "../ui/knobs";
import { Age, Badge, IconButton } from "../ui/parts";

const tilesMost = 60;
const pinsKept = "tandem.pins";

function Tile(props: { device: Device; pinned: boolean; pin: () => void; sender: boolean }) {
  const { device, pinned } = props;
  const { outcome, wished, times, send } = useKnobs(device);
  const door = doorOf(device);
  const name = title(device);
  const [first] = device.latest;
  return (
    <section class="tile card" aria-label={name}>
      <header>
        <span class={`dot ${device.online ? "lit" : ""}`} />
        <a href={href(["devices", device.id])}>{name}</a>
        {door === "" ? (
          <span class="off">{texts.offlineWord}</span>
        ) : (
          <Badge>{texts.doors[door] ?? door}</Badge>
        )}
        <IconButton
          icon="pin"
          label={pinned ? texts.control.unpin(name) : texts.control.pin(name)}
          pressed={pinned}
          onClick={props.pin}
        />
      </header>
      <div class="tile-body" inert={!props.sender}>
        {controls(device).map((knob) => (
          <KnobView
            key={`${knob.command}.${knob.field?.name}`}
            device={device}
            knob={knob}
            wished={wished}
            send={send}
          />
        ))}
      </div>
      <footer>
        <p class="outcome took" role="status" data-mood={outcome.mood}>
          {outcome.text}
        </p>
        {times !== undefined && times.times.length > 1 && (
          <p class="note">
            {texts.control.usually(tookText(median(times)), times.times.length)}
          </p>
        )}
        {outcome.text === "" && first !== undefined && (
          <p class="note">
            {first[0]} {withUnit(valueText(first[1].value), unitOf(device, first[0]))}{" "}
            <Age time={first[1].time} />
          </p>
        )}
      </footer>
    </section>
  );
}

function readPins(): string[] {
  try {
    const found = JSON.parse(read(pinsKept) ?? "[]") as unknown;
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function Control() {
  // The tiles are drawn anew with each beat; which there are, only what is listed decides.
  pulse.value;
  clock.value;
  const [search, setSearch] = useState("");
  const [pins, setPins] = useState(readPins);
  const found = useMemo(
    () => controllable([...model.devices.values()], search, pins),
    [listed.value, search, pins],
  );
  const shown = found.slice(0, tilesMost);
  const ids = shown.map((device) => device.id);
  useEffect(() => void learnStates(ids), [ids.join("\n")]);
  const pin = (id: string) => {
    const next = pins.includes(id) ? pins.filter((each) => each !== id) : [...pins, id];
    setPins(next);
    write(pinsKept, JSON.stringify(next));
  };
  return (
    <div class="pad control">
      <div class="page-head">
        <h1>{texts.control.title}</h1>
        <label class="find">
          <span class="unseen">{texts.control.search}</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder={texts.control.search}
            value={search}
            autocomplete="off"
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="note">{texts.control.says}</p>
      <div class="tiles">
        {shown.map((device) => (
          <Tile
            key={device.id}
            device={device}
            pinned={pins.includes(device.id)}
            pin={() => pin(device.id)}
            sender={may("commands:send")}
          />
        ))}
      </div>
      {ready.value && found.length === 0 && (
        <p class="empty">{search === "" ? texts.control.none : texts.control.noMatch}</p>
      )}
      {found.length > shown.length && (
        <p class="note">{texts.control.more(found.length - shown.length)}</p>
      )}
    </div>
  );
}
