// Light or dark: the system's wish, unless somebody has chosen.

import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
const themes: Theme[] = ["auto", "light", "dark"];
const kept = "tandem.theme";

export const theme = signal<Theme>("auto");

function apply(): void {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function startTheme(): void {
  const found = themes.find((each) => each === read(kept));
  if (found !== undefined) theme.value = found;
  apply();
}

export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "auto";
  write(kept, theme.value);
  apply();
}

/** What this browser keeps; nothing where it keeps nothing. */
export function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function write(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
  } catch {
    // A private window: it is forgotten with the page.
  }
}
