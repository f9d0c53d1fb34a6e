// How many bytes things take on the way, as far as a page can know, and what server-sent events say.

const encoder = new TextEncoder();
export function textBytes(text: string): number {
  return encoder.encode(text).length;
}

/** A WebSocket frame with its header (RFC 6455, section 5.2); what a browser sends is masked. */
export function frameBytes(payload: number, direction: "in" | "out"): number {
  const length = payload < 126 ? 2 : payload < 65_536 ? 4 : 10;
  return payload + length + (direction === "out" ? 4 : 0);
}

/** Whether a frame has events of a subscription, not only answers. */
export function isDelivery(text: string): boolean {
  return text.startsWith('{"sub":') || text.startsWith('[{"sub":');
}

export interface ServerEvent {
  id: string | undefined;
  data: string;
}

/** Puts events together from pieces of a stream of server-sent events (HTML, section 9.2). */
export class ServerEvents {
  private rest = "";
  private id: string | undefined;
  private data: string[] = [];

  push(piece: string): ServerEvent[] {
    const lines = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const events: ServerEvent[] = [];
    for (const line of lines) this.line(line, events);
    return events;
  }

  private line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      // One without data only says where one stands.
      if (this.data.length > 0 || this.id !== undefined) {
        events.push({ id: this.id, data: this.data.join("\n") });
      }
      this.data = [];
      this.id = undefined;
      return;
    }
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "data") this.data.push(value);
    if (name === "id") this.id = value;
  }
}

/** What a way has sent and received since it was last begun. */
export class Meter {
  /** HTTP requests or WebSocket frames, of both directions. */
  messages = 0;
  bytesOut = 0;
  bytesIn = 0;
  /** Requests that the hub refused for a limit. */
  refused = 0;
  /** By the page's clock; what began before is not counted. */
  since = Infinity;

  begin(now: number): void {
    this.messages = this.bytesOut = this.bytesIn = this.refused = 0;
    this.since = now;
  }
  get counts(): boolean {
    return this.since !== Infinity;
  }
  frame(direction: "in" | "out", text: string): void {
    if (!this.counts) return;
    this.messages += 1;
    const bytes = frameBytes(textBytes(text), direction);
    if (direction === "in") this.bytesIn += bytes;
    else this.bytesOut += bytes;
  }
}
