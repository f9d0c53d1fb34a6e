// The tiles on their twelve columns. Whoever edits moves and sizes them with pointer or keys; where the
// page is narrow they stand one below the other.

import { useRef } from "preact/hooks";
import type { Tile } from "tandem-client";

import { clamped, columns, inOrder, type Place } from "../dashboard";
import { texts } from "../texts";
import { Icon, type IconName } from "../ui/icons";
import { IconButton, said } from "../ui/parts";
import { nameOf, TileBody, TileName } from "./tiles";

const t = texts.dashboards;
const rowPx = 92;

export interface Editing {
  /** `merge`: it goes on with the step before. */
  place: (tile: Tile, place: Place, merge: boolean) => void;
  shift: (tile: Tile, later: boolean) => void;
  settings: (tile: Tile) => void;
  remove: (tile: Tile) => void;
}

type How = "move" | "size";
type Pointing = PointerEvent & { currentTarget: HTMLElement };

function changedPlace({ x, y, w, h }: Place, how: How, across: number, down: number): Place {
  if (how === "move") return clamped({ x: x + across, y: y + down, w, h });
  // The corner goes no further than the last column.
  return clamped({ x, y, w: Math.min(w + across, columns - x), h: h + down });
}

const arrows: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A button that moves or sizes its tile: by dragging it, or with the arrow keys. */
function Handle(props: {
  how: How;
  icon: IconName;
  label: string;
  tile: Tile;
  place: (place: Place, merge: boolean) => void;
}) {
  const { how, tile } = props;
  const drag = useRef<{ x: number; y: number; from: Place; last: string } | undefined>(undefined);
  const down = (event: Pointing) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { x, y, w, h } = tile;
    drag.current = { x: event.clientX, y: event.clientY, from: { x, y, w, h }, last: "" };
  };
  const move = (event: Pointing) => {
    const began = drag.current;
    const grid = event.currentTarget.closest(".board");
    if (began === undefined || grid === null) return;
    const across = Math.round((event.clientX - began.x) / (grid.clientWidth / columns));
    const rows = Math.round((event.clientY - began.y) / rowPx);
    const place = changedPlace(began.from, how, across, rows);
    const now = JSON.stringify(place);
    const before = began.last === "" ? JSON.stringify(clamped(began.from)) : began.last;
    if (now === before) return;
    props.place(place, began.last !== "");
    began.last = now;
  };
  const end = () => {
    drag.current = undefined;
  };
  const key = (event: KeyboardEvent) => {
    const step = arrows[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const place = changedPlace(tile, how, ...step);
    props.place(place, false);
    said.value = t.at(nameOf(tile), place.x, place.y, place.w, place.h);
  };
  return (
    <button
      type="button"
      class={`icon-button handle ${how}`}
      aria-label={props.label}
      title={props.label}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={key}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function EditTools({ tile, editing }: { tile: Tile; editing: Editing }) {
  const name = nameOf(tile);
  return (
    <div class="tile-tools">
      <Handle
        how="move"
        icon="move"
        label={t.move(name)}
        tile={tile}
        place={(place, merge) => editing.place(tile, place, merge)}
      />
      <span class="stacked">
        <IconButton icon="up" label={t.earlier(name)} onClick={() => editing.shift(tile, false)} />
        <IconButton icon="down" label={t.later(name)} onClick={() => editing.shift(tile, true)} />
      </span>
      <IconButton icon="edit" label={t.settings(name)} onClick={() => editing.settings(tile)} />
      <IconButton icon="bin" label={t.take(name)} onClick={() => editing.remove(tile)} />
    </div>
  );
}

function Cell({ tile, editing }: { tile: Tile; editing: Editing | undefined }) {
  const { x, y, w, h } = tile;
  // One below the other they stand in the order in which they are read.
  const order = y * columns + x;
  const style = { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}`, order };
  return (
    <section class="cell card" data-kind={tile.kind} style={style} aria-label={nameOf(tile)}>
      {(editing !== undefined || tile.kind !== "text" || tile.title !== undefined) && (
        <header>
          <TileName tile={tile} />
          {editing !== undefined && <EditTools tile={tile} editing={editing} />}
        </header>
      )}
      <div
        class="cell-body"
        inert={editing !== undefined}
        // A long text is scrolled with the keys.
        tabIndex={tile.kind === "text" ? 0 : undefined}
      >
        <TileBody tile={tile} />
      </div>
      {editing !== undefined && (
        <Handle
          how="size"
          icon="size"
          label={t.size(nameOf(tile))}
          tile={tile}
          place={(place, merge) => editing.place(tile, place, merge)}
        />
      )}
    </section>
  );
}

/** `keys`: one of each tile, which stays the same while it moves. */
export function Grid(props: { tiles: Tile[]; keys: string[]; editing: Editing | undefined }) {
  const { tiles, keys, editing } = props;
  // While somebody edits the elements stay where they are, or the focus would be lost with each move.
  const order = editing === undefined ? inOrder(tiles) : tiles;
  return (
    <div class="board" data-editing={editing !== undefined}>
      {order.map((tile) => (
        <Cell key={keys[tiles.indexOf(tile)] ?? ""} tile={tile} editing={editing} />
      ))}
    </div>
  );
}
