// Every sentence that the page of operations says, in one place.

export const texts = {
  lead:
    "What a client can ask of this hub, at both doors: REST on the left, WebSocket on the right. " +
    "The same operation has the same name, limits and problems at either.",
  search: "Search operations",
  searchHint: "Name, path, parameter or problem",
  noMatch: "No operation matches.",
  count: (shown: number, all: number) => `${shown} of ${all} operations`,
  console: "Console",
  contents: "Contents",
  rest: "REST",
  socket: "WebSocket",
  notHere: "Not at this door.",
  parameters: "Parameters",
  message: "Message",
  body: "Body",
  needed: "needed",
  always: "always there",
  mediaTypes: "as",
  answers: "Answers",
  reply: "Reply",
  example: "Example",
  problems: "Problems",
  unasked: "Unasked",
  unaskedSays: "What the hub sends over a socket by itself.",
  copy: "Copy",
  copied: "Copied",
  notCopied: "Press Ctrl+C",
  copyAs: (what: string) => `Copy ${what}`,
  failed: "The documents could not be read. The hub may have stopped; reload to try again.",
  loading: "Loading…",
};
