// The client: what an application makes one of.

import { Calls, partsOf } from "./calls.js";
import { systemClock, type Clock } from "./clock.js";
import {
  Connection,
  type ConnectionEvents,
  type ConnectionState,
  type SocketConstructor,
} from "./connection.js";
import type { Api } from "./api.js";
import { operations, type OperationName } from "./operations.js";
import type { Door } from "./options.js";
import { Credentials, type TicketProvider, type TokenProvider } from "./credentials.js";
import { DeviceClient, type DeviceOptions } from "./device.js";
import { HubError, TandemError } from "./errors.js";
import type { Page } from "./json.js";
import { Rest } from "./rest.js";
import { Subscription, type StreamOptions } from "./subscription.js";
import type { Hello, JsonCodec, Reply } from "./wire.js";

export interface TandemOptions {
  /** Where the hub is, as `https://hub.example.org`; where the page came from if missing. */
  url?: string;
  /** A key of a device (`tdk_…`) or of an application (`tak_…`). */
  token?: string;
  /** Gives a token when one is needed, and another before it ends or when it is refused. */
  tokenProvider?: TokenProvider;
  /**
   * Gives a ticket for each socket. Without any of the three the client speaks for the session of
   * the browser, and asks the hub for tickets itself.
   */
  ticketProvider?: TicketProvider;
  /** Which way calls go when they do not say it; `rest` if missing. */
  door?: Door;
  /**
   * After how much silence the hub is to ping the socket, and the client to look whether it still
   * lives: 10,000 to 240,000 ms. 20,000 if missing; longer saves a battery.
   */
  pingMs?: number;
  /** The WebSocket to use, where the runtime has none: that of npm's `ws`. */
  WebSocket?: unknown;
  /** The `fetch` to use. */
  fetch?: typeof fetch;
  /** What reads and writes JSON: one that keeps 64-bit integers, say. */
  json?: JsonCodec;
  /** Time and chance, for tests. */
  clock?: Clock;
}

/** The methods of the interface with the whole answer: status, header fields and body. */
export type Replies = {
  [Space in keyof Api]: {
    [Method in keyof Api[Space]]: Api[Space][Method] extends (
      ...given: infer Given
    ) => Promise<infer Body>
      ? (...given: Given) => Promise<Reply<Body>>
      : never;
  };
};

/** Subscribes; `stream.read` asks once, over REST. */
export type Stream = Api["stream"] & ((options?: StreamOptions) => Subscription);

// The spaces are filled in from the table of operations.
export interface Tandem extends Omit<Api, "stream"> {}

export class Tandem {
  /** The same methods, with the whole answer of each: `hub.replies.config.get(…)`. */
  readonly replies: Replies;
  /**
   * Follows what happens, from `now`, from the `latest` readings, or from a cursor. The
   * subscription outlives the connection.
   */
  readonly stream: Stream;

  private readonly connection: Connection;
  private readonly rest: Rest;
  private readonly calls: Calls;
  private readonly clock: Clock;
  private readonly options: TandemOptions;

  constructor(options: TandemOptions = {}) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    const url = baseOf(options.url);
    const json = options.json ?? JSON;
    const tickets = options.ticketProvider ?? (() => this.ticket());
    const credentials = new Credentials(options.tokenProvider, tickets, options.token || undefined);
    const socket = (options.WebSocket ?? globalThis.WebSocket) as SocketConstructor | undefined;
    const common = { credentials, clock: this.clock, json };
    this.connection = new Connection({ ...common, url: streamOf(url, options.pingMs), socket });
    this.rest = new Rest({ ...common, url, fetch: options.fetch ?? fetch.bind(globalThis) });
    this.calls = new Calls({
      connection: this.connection,
      rest: this.rest,
      clock: this.clock,
      door: options.door ?? "rest",
    });
    const subscribe = (wish: StreamOptions = {}): Subscription =>
      new Subscription(this.connection, this.clock, wish);
    const bodies = this.spaces((name, given) => this.body(name, given));
    this.stream = Object.assign(subscribe, bodies.stream) as unknown as Stream;
    Object.assign(this, { ...bodies, stream: this.stream });
    this.replies = this.spaces((name, given) => this.reply(name, given)) as unknown as Replies;
    this.wakeOnReturn();
  }

  /** How the connection is. */
  get connectionState(): ConnectionState {
    return this.connection.state;
  }

  /**
   * Opens the socket if there is none, also after the connection was over. Resolves when the hub has
   * said hello.
   */
  connect(signal?: AbortSignal): Promise<Hello> {
    this.connection.reopen();
    return this.connection.ready(signal);
  }

  /** Calls `listener` for each event of this name. The answer ends that. */
  on<Name extends keyof ConnectionEvents>(
    name: Name,
    listener: (value: ConnectionEvents[Name]) => void,
  ): () => void {
    return this.connection.on(name, listener);
  }

  /**
   * The network may be back, or the machine has slept: tries at once instead of waiting, or asks
   * whether the hub is still there. Pages do so by themselves.
   */
  wake(): void {
    this.connection.wake();
  }

  /**
   * The device's own side: commands, config, readings. With a `key` on a connection of its own;
   * else this client has to have a device's key itself.
   */
  device(options: DeviceOptions & { key?: string } = {}): DeviceClient {
    const { key, ...rest } = options;
    if (key === undefined) return this.deviceOn(rest, false);
    const { token, tokenProvider, ticketProvider, ...common } = this.options;
    return new Tandem({ ...common, token: key }).deviceOn(rest, true);
  }

  /** As `fetch`, with the credentials and from the hub's address on: for files and the like. */
  fetch(target: string, init?: RequestInit): Promise<Response> {
    return this.rest.fetch(target, init);
  }

  /** Ends the connection, and with it subscriptions and devices. REST goes on to work. */
  close(): void {
    this.connection.close();
  }

  private wakeOnReturn(): void {
    let stop: (() => void) | undefined;
    this.connection.on("state", ({ kind }) => {
      if (kind !== "closed") return void (stop ??= onReturn(() => this.connection.wake()));
      stop?.();
      stop = undefined;
    });
  }

  private deviceOn(options: DeviceOptions, closesHub: boolean): DeviceClient {
    const json = this.options.json ?? JSON;
    return new DeviceClient(this, this.connection, this.clock, { ...options, closesHub, json });
  }

  private spaces(call: (name: OperationName, given: unknown[]) => Promise<unknown>) {
    const spaces: Record<string, Record<string, (...given: unknown[]) => Promise<unknown>>> = {};
    for (const name of Object.keys(operations) as OperationName[]) {
      const [space = "", ...method] = name.split(".");
      const methods = (spaces[camel(space)] ??= {});
      methods[camel(method.join("_"))] = (...given) => call(name, given);
    }
    return spaces;
  }

  private async reply(name: OperationName, given: unknown[]): Promise<Reply> {
    const { parts, options } = partsOf(name, given);
    return this.calls.call(name, parts, options);
  }

  private async body(name: OperationName, given: unknown[]): Promise<unknown> {
    const reply = await this.reply(name, given);
    // There is nothing to give: the caller has that version.
    if (reply.status === 304) throw new HubError(304, { title: "The version is the same." });
    return reply.body;
  }

  private async ticket(): Promise<string> {
    return (await this.tickets.create({ retry: false })).ticket;
  }
}

function camel(text: string): string {
  return text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function baseOf(url: string | undefined): string {
  const given = url ?? globalThis.location?.origin;
  if (given === undefined) throw new TandemError("where is the hub? There has to be a `url`");
  return given.replace(/\/+$/, "");
}

function streamOf(base: string, pingMs?: number): string {
  const query = pingMs === undefined ? "" : `?ping_ms=${pingMs}`;
  return `${base.replace(/^http/, "ws")}/v1/stream${query}`;
}

/** Calls `what` when a page has its network back or is looked at again. The answer ends that. */
function onReturn(what: () => void): () => void {
  const target = globalThis as Partial<Pick<Window, "addEventListener" | "removeEventListener">>;
  const page = globalThis.document as Document | undefined;
  if (page === undefined || !target.addEventListener) return () => {};
  const shown = (): void => {
    if (!page.hidden) what();
  };
  target.addEventListener("online", what);
  page.addEventListener("visibilitychange", shown);
  return () => {
    target.removeEventListener?.("online", what);
    page.removeEventListener("visibilitychange", shown);
  };
}

/** All items of a list, page after page: `everyItem((cursor) => hub.devices.list({ cursor }))`. */
export async function* everyItem<T>(
  page: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    yield* items;
    cursor = next;
  } while (cursor !== undefined);
}
