// Labels as people read and write them: `site=hall-3, line=2`. No network, no document.

export type Labels = Record<string, string>;

export function labelTexts(labels: Labels): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

export function labelsText(labels: Labels): string {
  return labelTexts(labels).join(", ");
}

/** `site=hall-3, line=2` as labels; undefined when it is none. */
export function labelsFrom(text: string): Labels | undefined {
  const labels: Labels = {};
  for (const part of text.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const at = part.indexOf("=");
    if (at <= 0) return undefined;
    labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return labels;
}

/** What makes `before` into `after` as a merge patch: those that are gone are taken away by name. */
export function labelsPatch(before: Labels, after: Labels): Record<string, string | null> {
  const gone = Object.keys(before).filter((name) => !(name in after));
  return { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) };
}
