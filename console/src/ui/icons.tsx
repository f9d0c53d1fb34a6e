// Icons of our own, drawn with lines in the colour of the text.

const paths = {
  fleet: "M4 6h16M4 12h16M4 18h16M8 4v4M15 10v4M6 16v4",
  control: "M5 7h9M18 7h1M5 17h1M10 17h9M16 4.5v5M8 14.5v5",
  doors: "M6 21V4h8v17M14 6l5 2v13M3 21h18M11 12v1.5",
  dashboards: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  up: "M12 5v14M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  undo: "M9 6L4 11l5 5M4 11h9a6 6 0 010 8h-2",
  redo: "M15 6l5 5-5 5M20 11h-9a6 6 0 000 8h2",
  swap: "M4 8h14l-3-3M20 16H6l3 3",
  move: "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
  size: "M20 12v8h-8M20 20l-9-9",
  inspector: "M4 8h12l-3-3M20 16H8l3 3",
  admin: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  start: "M12 4v16M4 12h16",
  docs: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h7",
  search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  key: "M8 11a4 4 0 100 8 4 4 0 000-8zM11 12l9-9M16 7l3 3",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  theme: "M12 4a8 8 0 100 16zM12 4a8 8 0 010 16",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  warn: "M12 4l9 16H3zM12 10v4M12 17v.5",
  good: "M5 12l5 5 9-10",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  pause: "M8 5v14M16 5v14",
  play: "M7 5l11 7-11 7z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
