// One dashboard: looked at, or composed. What is composed is a draft until it is saved.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Dashboard, Tile } from "tandem-client";

import {
  contentOf,
  freePlace,
  inOrder,
  isChanged,
  isOwn,
  mayChange,
  newDraft,
  placed,
  rebased,
  redo,
  step,
  undo,
  type Content,
  type Draft,
} from "../dashboard";
import { dropDrafts, useDraft } from "../drafts";
import { atOnce, hub, isUnauthorized, statusOf } from "../hub";
import { go, href } from "../router";
import { epoch, leave, me } from "../store";
import { texts } from "../texts";
import { Icon } from "../ui/icons";
import { Badge, Confirm, IconButton, saidOf, Trouble, useWork } from "../ui/parts";
import { AddTile, SharedChoice, TileSettings, type NewTile } from "./dialogs";
import { draftOf, keepDraft } from "./drafts";
import { Grid, type Editing } from "./grid";

const t = texts.dashboards;
const titleMost = 60;

type Found = { dashboard: Dashboard | undefined };

/** What is in the hub, read again when the connection is back; undefined where it is not there. */
function useStored(id: string) {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [trouble, setTrouble] = useState("");
  const load = async () => {
    try {
      setFound({ dashboard: await hub().dashboards.get(id, atOnce) });
      setTrouble("");
    } catch (problem) {
      if (isUnauthorized(problem)) leave("ended");
      if (statusOf(problem) === 404) setFound({ dashboard: undefined });
      else setTrouble(saidOf(problem));
    }
  };
  useEffect(() => void load(), [id, epoch.value]);
  return { found, setFound, trouble, load };
}

/** A key of each tile, which stays its own while it moves: moving keeps the order of the list. */
function useKeys(tiles: Tile[]) {
  const kept = useRef<{ next: number; keys: string[] }>({ next: 0, keys: [] });
  const { keys } = kept.current;
  while (keys.length < tiles.length) keys.push(String(kept.current.next++));
  keys.length = tiles.length;
  return { keys: [...keys], drop: (at: number) => void keys.splice(at, 1) };
}

function Conflict(props: { text: string; children: ComponentChildren }) {
  return (
    <div class="notice" role="alert">
      <Icon name="warn" />
      <p>{props.text}</p>
      <div class="buttons">{props.children}</div>
    </div>
  );
}

function Tools(props: {
  draft: Draft;
  set: (draft: Draft) => void;
  add: () => void;
  save: () => void;
  discard: () => void;
  remove: () => void;
  busy: boolean;
}) {
  const { draft, set } = props;
  const changed = isChanged(draft);
  return (
    <div class="board-tools">
      <div class="buttons">
        <button type="button" class="quiet" onClick={props.add}>
          {t.addTile}
        </button>
        <IconButton
          icon="undo"
          label={t.undo}
          disabled={draft.before.length === 0}
          onClick={() => set(undo(draft))}
        />
        <IconButton
          icon="redo"
          label={t.redo}
          disabled={draft.after.length === 0}
          onClick={() => set(redo(draft))}
        />
        <SharedChoice
          value={draft.now.shared}
          onChoose={(shared) => set(step(draft, { ...draft.now, shared }))}
        />
      </div>
      <div class="buttons">
        <button type="button" class="quiet bad" onClick={props.remove}>
          {t.remove}
        </button>
        <button type="button" class="quiet" onClick={props.discard}>
          {changed ? t.discard : t.done}
        </button>
        <button type="button" disabled={!changed} aria-busy={props.busy} onClick={props.save}>
          {t.save}
        </button>
      </div>
    </div>
  );
}

function Heading(props: {
  content: Content;
  stored: Dashboard | undefined;
  rename: ((title: string) => void) | undefined;
  edit: (() => void) | undefined;
}) {
  const { content, stored, rename } = props;
  const own = stored !== undefined && isOwn(me.value, stored);
  return (
    <div class="page-head board-head">
      <a class="back" href={href(["dashboards"])} aria-label={t.all} title={t.all}>
        <Icon name="back" />
      </a>
      <h1 class={rename === undefined ? undefined : "unseen"}>{content.title}</h1>
      {rename !== undefined && (
        <input
          class="board-title"
          aria-label={t.name}
          maxLength={titleMost}
          required
          value={content.title}
          onInput={(event) => rename(event.currentTarget.value)}
        />
      )}
      {rename === undefined && <Badge>{t.sharedShort[content.shared]}</Badge>}
      {stored !== undefined && !own && (
        <span class="note">{(stored.owner ?? t.nobody).replace(/^user:/, "")}</span>
      )}
      {props.edit !== undefined && (
        <button type="button" class="quiet" onClick={props.edit}>
          {t.edit}
        </button>
      )}
    </div>
  );
}

// What is done with tiles, each a step that can be taken back.
function editingOf(
  draft: Draft,
  set: (draft: Draft) => void,
  drop: (at: number) => void,
  settings: (at: number) => void,
): Editing {
  const { tiles } = draft.now;
  const change = (next: Tile[], merge = false) =>
    set(step(draft, { ...draft.now, tiles: next }, merge));
  // Dragging goes back and forth: what stood in the way returns when the tile has passed.
  const from = (merge: boolean) => (merge ? (draft.before.at(-1)?.tiles ?? tiles) : tiles);
  return {
    place: (tile, place, merge) => change(placed(from(merge), tiles.indexOf(tile), place), merge),
    shift: (tile, later) => {
      const order = inOrder(tiles);
      const other = order[order.indexOf(tile) + (later ? 1 : -1)];
      if (other === undefined) return;
      // The later one takes the place of the earlier, which moves out of its way.
      const [up, down] = later ? [other, tile] : [tile, other];
      change(placed(tiles, tiles.indexOf(up), { x: down.x, y: down.y, w: up.w, h: up.h }));
    },
    settings: (tile) => settings(tiles.indexOf(tile)),
    remove: (tile) => {
      drop(tiles.indexOf(tile));
      change(tiles.filter((each) => each !== tile));
    },
  };
}

/** The draft under another title: what is typed in one go is one step. */
function renamed(draft: Draft, title: string): Draft {
  const last = draft.before.at(-1);
  const typing =
    last !== undefined &&
    last.tiles === draft.now.tiles &&
    last.shared === draft.now.shared &&
    draft.after.length === 0;
  return step(draft, { ...draft.now, title }, typing);
}

/** What is done with the whole of a draft in the hub. */
function useSaving(id: string, stored: ReturnType<typeof useStored>) {
  const work = useWork();
  const [outcome, setOutcome] = useState("");
  const save = (mine: Draft) =>
    void work.run(async () => {
      try {
        const ifMatch = `"${mine.version}"`;
        const saved = await hub().dashboards.put(id, mine.now, { ifMatch, ...atOnce });
        stored.setFound({ dashboard: saved });
        keepDraft(id, undefined);
        setOutcome(t.saved(saved.version));
      } catch (problem) {
        // A notice says what has become of it, and what can be done.
        if (statusOf(problem) !== 412 && statusOf(problem) !== 404) throw problem;
        keepDraft(id, mine);
        await stored.load();
      }
    });
  const copy = (mine: Draft) =>
    void work.run(async () => {
      const title = t.copyOf(mine.now.title.slice(0, titleMost - t.copyOf("").length));
      const made = await hub().dashboards.create({ ...mine.now, title, shared: "private" }, atOnce);
      keepDraft(id, undefined);
      go(["dashboards", made.id]);
    });
  return { work, outcome, setOutcome, save, copy };
}

type Open = "add" | "remove" | { settings: number } | undefined;

function Dialogs(props: { id: string; draft: Draft; open: Open; close: () => void }) {
  const { id, draft, open, close } = props;
  const { tiles, title } = draft.now;
  if (open === undefined) return null;
  if (open === "add") {
    const add = (tile: NewTile) => {
      // It stays open: what it adds comes on top of what it has added.
      const now = draftOf(id) ?? draft;
      const place = freePlace(now.now.tiles, tile.w, tile.h);
      const all = [...now.now.tiles, { ...tile, ...place }];
      keepDraft(id, step(now, { ...now.now, tiles: all }));
    };
    return <AddTile count={tiles.length} add={add} close={close} />;
  }
  if (open === "remove") {
    const run = async () => {
      await hub().dashboards.delete(id, atOnce);
      keepDraft(id, undefined);
      go(["dashboards"]);
    };
    return (
      <Confirm
        title={t.removeTitle(title)}
        text={t.removeText}
        action={t.remove}
        run={run}
        onClose={close}
      />
    );
  }
  const tile = tiles[open.settings];
  if (tile === undefined) return null;
  const apply = (changed: Tile) => {
    const all = tiles.map((each) => (each === tile ? changed : each));
    keepDraft(id, step(draft, { ...draft.now, tiles: all }));
  };
  return <TileSettings draft={`tile ${id}`} tile={tile} close={close} apply={apply} />;
}

function Missing({ text }: { text: string }) {
  return (
    <div class="pad">
      <p class="note" role="status">
        {text}
      </p>
      <p>
        <a href={href(["dashboards"])}>{t.all}</a>
      </p>
    </div>
  );
}

export function Board({ id }: { id: string }) {
  const stored = useStored(id);
  const { found, trouble } = stored;
  const draft = draftOf(id);
  const [open, setOpen] = useDraft<Open>(`tile ${id} open`, undefined);
  const close = () => {
    setOpen(undefined);
    dropDrafts(`tile ${id}`);
  };
  const { work, outcome, setOutcome, save, copy } = useSaving(id, stored);
  const dashboard = found?.dashboard;
  const gone = found !== undefined && dashboard === undefined;
  const content = draft?.now ?? (dashboard === undefined ? undefined : contentOf(dashboard));
  const { keys, drop } = useKeys(content?.tiles ?? []);
  if (content === undefined) {
    return <Missing text={gone ? t.gone : trouble === "" ? texts.loading : trouble} />;
  }
  const set = (next: Draft | undefined) => {
    keepDraft(id, next);
    setOutcome("");
  };
  const begin = (from: Dashboard) => set(newDraft(from.version, contentOf(from)));
  const newer = draft !== undefined && dashboard !== undefined && dashboard.version !== draft.version;
  const changeable = draft === undefined && dashboard !== undefined && mayChange(me.value, dashboard);
  const editing =
    draft === undefined ? undefined : editingOf(draft, set, drop, (at) => setOpen({ settings: at }));
  return (
    <div class="pad">
      <Heading
        content={content}
        stored={dashboard}
        rename={draft === undefined ? undefined : (title) => set(renamed(draft, title))}
        edit={changeable ? () => begin(dashboard) : undefined}
      />
      {draft !== undefined && (
        <Tools
          draft={draft}
          set={set}
          busy={work.busy}
          add={() => setOpen("add")}
          save={() => save(draft)}
          discard={() => set(undefined)}
          remove={() => setOpen("remove")}
        />
      )}
      {newer && (
        <Conflict text={t.conflict(dashboard.version)}>
          <button type="button" class="quiet" onClick={() => save(rebased(draft, dashboard))}>
            {t.mine}
          </button>
          <button type="button" class="quiet" onClick={() => copy(draft)}>
            {t.copy}
          </button>
          <button type="button" class="quiet" onClick={() => set(undefined)}>
            {t.theirs}
          </button>
        </Conflict>
      )}
      {draft !== undefined && gone && (
        <Conflict text={t.deleted}>
          <button type="button" class="quiet" onClick={() => copy(draft)}>
            {t.copy}
          </button>
        </Conflict>
      )}
      <Trouble text={work.trouble === "" ? trouble : work.trouble} />
      <p class="outcome" role="status" data-mood="good">
        {outcome}
      </p>
      <Grid tiles={content.tiles} keys={keys} editing={editing} />
      {content.tiles.length === 0 && (
        <p class="empty">{draft === undefined ? t.empty : t.emptyEdit}</p>
      )}
      {draft !== undefined && content.tiles.length > 0 && (
        <p class="note hint wide-only">{t.hint}</p>
      )}
      {draft !== undefined && (
        <Dialogs id={id} draft={draft} open={open} close={close} />
      )}
    </div>
  );
}
