// The device's own side of a hub: it carries out commands, follows its config, reports its state
// and sends readings, on a socket that comes and goes.

import { Backoff, sleep, type Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import type { Json } from "./json.js";
import type { Command } from "./schemas.js";
import { Emitter } from "./emitter.js";
import {
  asError,
  ClosedError,
  CommandFailed,
  ConnectionError,
  HubError,
  TandemError,
  TimeoutError,
} from "./errors.js";
import { mergePatch, type Document } from "./merge_patch.js";
import { Outbox, type Unsent, type WhenFull } from "./outbox.js";
import type { Tandem } from "./tandem.js";
import type {
  ConfigChange,
  Hello,
  IncomingCommand,
  JsonCodec,
  Message,
  Reply,
  Request,
} from "./wire.js";

export interface DeviceOptions {
  /** How many commands are carried out at the same time; one, in their order, if missing. */
  concurrency?: number;
  /** How many readings may wait while there is no connection; 10,000 if missing. */
  maxReadings?: number;
  /** How many bytes they may have as JSON; 4 MiB if missing. */
  maxBytes?: number;
  /** What happens to a reading when as many wait as may; `refuse` if missing. */
  whenFull?: WhenFull;
  /** The config that the device kept when it was last switched off. */
  config?: DeviceConfig;
}

export interface DeviceConfig {
  version: number;
  value: Document;
}

/** What a command's handler gets beside the parameters. */
export interface CommandContext {
  id: string;
  name: string;
  /** How many times it was delivered. More than one: perhaps it was begun before a restart. */
  attempt: number;
  /** When it ends, in milliseconds since 1970 UTC. */
  expires: number;
  /** Aborted when the device is closed. */
  signal: AbortSignal;
  /** Tells the sender how far it is. */
  progress(progress: Json): Promise<void>;
}

/**
 * Carries out a command. What it gives is the result that the sender gets; what it throws makes the
 * command fail.
 */
export type CommandHandler = (params: any, context: CommandContext) => unknown;

/** Takes over a config. The hub is told that the device has it when this has returned. */
export type ConfigHandler = (config: Document, version: number) => void | Promise<void>;

export interface DeviceEvents {
  /** Readings that were not stored: refused by the hub, or left out because too many waited. */
  unsent: Unsent;
  /** A handler, or what the hub was told, has failed. */
  error: Error;
}

const kept = 200;
const answerMs = 15_000;
const firstDelayMs = 500;
const lastDelayMs = 30_000;
const anyCommand = "*";

export class DeviceClient extends Emitter<DeviceEvents> {
  private readonly outbox: Outbox;
  private readonly handlers = new Map<string, CommandHandler>();
  private readonly queue: IncomingCommand[] = [];
  private readonly running = new Set<string>();
  // What came of the last ones, should they be delivered again.
  private readonly ended = new Map<string, Outcome>();
  private readonly concurrency: number;
  private readonly stop = new AbortController();
  private readonly stops: Array<() => void> = [];
  private readonly closesHub: boolean;
  private configHandler: ConfigHandler | undefined;
  private known: DeviceConfig | undefined;
  // Changes of the config are taken over one after the other.
  private configTurn: Promise<void> = Promise.resolve();

  constructor(
    /** The client that it is on. */
    readonly hub: Tandem,
    private readonly connection: Connection,
    private readonly clock: Clock,
    options: DeviceOptions & { closesHub?: boolean; json?: JsonCodec } = {},
  ) {
    super();
    this.closesHub = options.closesHub === true;
    this.concurrency = options.concurrency ?? 1;
    this.known = options.config;
    const limits = {
      readings: options.maxReadings ?? 10_000,
      bytes: options.maxBytes ?? 4 * 1024 * 1024,
      whenFull: options.whenFull ?? "refuse",
    } as const;
    const tell = (unsent: Unsent): void => this.emit("unsent", unsent);
    this.outbox = new Outbox(connection, clock, options.json ?? JSON, limits, tell);
    this.stops.push(
      connection.on("hello", (hello) => this.begin(hello)),
      connection.on("lost", () => this.outbox.lost()),
      connection.on("message", (message) => this.take(message)),
      connection.on("state", (state) => {
        if (state.kind === "closed") this.end(state.why);
      }),
    );
  }

  /**
   * Carries out commands of this name, those of any other with `*`. Set the handlers before
   * `connect()`: commands that wait come at once, and a command that nobody carries out fails.
   */
  onCommand(name: string, handler: CommandHandler): this {
    this.handlers.set(name, handler);
    return this;
  }

  /** Takes over the config, first what it is now, then each change of it. */
  onConfig(handler: ConfigHandler): this {
    this.configHandler = handler;
    if (this.connection.isOpen) this.readConfig();
    return this;
  }

  /** Opens the socket. Resolves when the hub has said hello. What has ended does not begin again. */
  connect(signal?: AbortSignal): Promise<Hello> {
    if (this.stop.signal.aborted) return Promise.reject(this.stop.signal.reason);
    return this.hub.connect(signal);
  }

  /** The config as far as the device has it. */
  get config(): DeviceConfig | undefined {
    return this.known;
  }

  /** How many readings wait, or are not acknowledged yet. */
  get waiting(): number {
    return this.outbox.size;
  }

  /**
   * Sends readings: series to value, of now or of `time` (milliseconds since 1970 UTC). They wait
   * here while there is no connection. Resolves when they are stored; rejects when they are not,
   * which the event `unsent` tells as well, so that nobody has to wait for it.
   */
  send(readings: { [series: string]: Json }, time?: number): Promise<void> {
    this.connection.open();
    const sent = this.outbox.add(readings, time);
    sent.catch(() => {});
    return sent;
  }

  /** Resolves when no reading waits any more. */
  flush(): Promise<void> {
    return this.outbox.flush();
  }

  /** Reports the state: a merge patch (RFC 7396) of what the device says of itself. */
  report(patch: Document): Promise<Document> {
    return this.hub.state.patch("me", patch);
  }

  /** The commands that were begun and not finished, say before a restart. */
  async unfinished(): Promise<Command[]> {
    const page = await this.hub.commands.list("me", { status: ["acknowledged"], limit: 1000 });
    return page.items.filter((each) => !this.running.has(each.id));
  }

  /** Finishes a command of `unfinished()`. */
  finish(command: string, status: "done" | "failed", result?: Json): Promise<Command> {
    const body = result === undefined ? { status } : { status, result };
    return this.hub.commands.finish("me", command, body);
  }

  /** Ends it: what waits is refused, handlers are told by their signal. */
  close(): void {
    this.end();
    if (this.closesHub) this.hub.close();
  }

  private begin(hello: Hello): void {
    if (hello.principal.kind !== "device") {
      this.emit("error", new TandemError("this is not a device's key"));
      return this.end();
    }
    this.outbox.begin();
    if (this.known === undefined) this.readConfig();
  }

  private end(why?: Error): void {
    if (this.stop.signal.aborted) return;
    const reason = why ?? new ClosedError("the device was closed", 1000);
    for (const stop of this.stops.splice(0)) stop();
    this.stop.abort(reason);
    this.queue.length = 0;
    this.outbox.close(reason);
  }

  private take(message: Message): void {
    switch (message.kind) {
      case "command":
        return this.takeCommand(message.command);
      case "config":
        return this.takeConfig(message.config);
      case "ack":
        return this.outbox.acknowledged(message.ack);
      case "reply":
        this.outbox.answered(message.reply);
        return;
      default:
        return;
    }
  }

  // --- commands

  private takeCommand(command: IncomingCommand): void {
    const outcome = this.ended.get(command.id);
    if (outcome !== undefined) {
      this.tellOutcome(command.id, outcome).catch(this.failed);
      return;
    }
    // It goes on, and says so again by itself.
    if (this.running.has(command.id)) return;
    const known = this.queue.findIndex((each) => each.id === command.id);
    if (known >= 0) this.queue[known] = command;
    else this.queue.push(command);
    this.next();
  }

  private next(): void {
    while (this.running.size < this.concurrency) {
      const command = this.queue.shift();
      if (command === undefined) return;
      this.running.add(command.id);
      void this.carryOut(command).finally(() => {
        this.running.delete(command.id);
        this.next();
      });
    }
  }

  private async carryOut(command: IncomingCommand): Promise<void> {
    try {
      const handler = this.handlers.get(command.name) ?? this.handlers.get(anyCommand);
      if (handler === undefined) {
        const error = `this device has no command ${command.name}`;
        return await this.conclude(command.id, { status: "failed", result: { error } });
      }
      if (!(await this.acknowledge(command.id))) return;
      await this.conclude(command.id, await this.run(handler, command));
    } catch (error) {
      this.failed(error);
    }
  }

  // What was broken off because the device was closed is no failure.
  private readonly failed = (error: unknown): void => {
    if (!this.stop.signal.aborted) this.emit("error", asError(error));
  };

  // False: it has ended meanwhile, and is not to be carried out.
  private async acknowledge(command: string): Promise<boolean> {
    try {
      await this.insist({ op: "commands.ack", path: { device: "me", command } });
      return true;
    } catch (error) {
      if (error instanceof HubError && [404, 409].includes(error.status)) return false;
      throw error;
    }
  }

  private async run(handler: CommandHandler, command: IncomingCommand): Promise<Outcome> {
    const { id, name, attempt, expires } = command;
    const progress = async (value: Json): Promise<void> => {
      const path = { device: "me", command: id };
      await this.insist({ op: "commands.progress", path, body: { progress: value } });
    };
    const context = { id, name, attempt, expires, signal: this.stop.signal, progress };
    try {
      const result = await handler(command.params ?? {}, context);
      return result === undefined ? { status: "done" } : { status: "done", result };
    } catch (thrown) {
      const error = asError(thrown);
      const told = error instanceof CommandFailed ? error.result : { error: error.message };
      return { status: "failed", result: told };
    }
  }

  private async conclude(command: string, outcome: Outcome): Promise<void> {
    this.ended.set(command, outcome);
    const [oldest = ""] = this.ended.keys();
    if (this.ended.size > kept) this.ended.delete(oldest);
    await this.tellOutcome(command, outcome);
  }

  private async tellOutcome(command: string, outcome: Outcome): Promise<void> {
    const path = { device: "me", command };
    try {
      await this.insist({ op: "commands.finish", path, body: outcome });
    } catch (thrown) {
      if (this.stop.signal.aborted) return;
      const error = asError(thrown);
      this.emit("error", new TandemError(`the end of ${command} was refused`, { cause: error }));
      // A result that the hub does not take must not leave the sender waiting.
      const untold = !(error instanceof HubError) || [400, 413].includes(error.status);
      const short = { status: outcome.status, result: { error: error.message } };
      if (untold) await this.insist({ op: "commands.finish", path, body: short });
    }
  }

  // --- config

  private takeConfig(change: ConfigChange): void {
    this.inTurn(async () => {
      const known = this.known;
      if (known !== undefined && change.version <= known.version) {
        // Something else is new to the hub: that the device has this version.
        return this.acknowledgeConfig(known.version);
      }
      if (change.from !== 0 && change.from !== known?.version) return this.fetchConfig();
      const before = change.from === 0 ? {} : (known?.value ?? {});
      const value = mergePatch(before, change.delta) as Document;
      await this.takeOver({ version: change.version, value });
    });
  }

  private readConfig(): void {
    this.inTurn(async () => {
      if (this.known === undefined) await this.fetchConfig();
    });
  }

  private async fetchConfig(): Promise<void> {
    if (this.configHandler === undefined) return;
    const path = { device: "me" };
    const reply = await this.insist({ op: "config.get", path });
    const version = Number(/\d+/.exec(reply.headers.etag ?? "")?.[0] ?? 0);
    if (version === this.known?.version) return;
    await this.takeOver({ version, value: (reply.body ?? {}) as Document });
  }

  private async takeOver(config: DeviceConfig): Promise<void> {
    // Without a handler nothing is taken over, so that the hub goes on telling.
    if (this.configHandler === undefined) return;
    await this.configHandler(config.value, config.version);
    this.known = config;
    if (config.version > 0) await this.acknowledgeConfig(config.version);
  }

  private async acknowledgeConfig(version: number): Promise<void> {
    await this.insist({ op: "config.ack", path: { device: "me" }, body: { version } });
  }

  private inTurn(what: () => Promise<void>): void {
    this.configTurn = this.configTurn.then(what).catch(this.failed);
  }

  // Asks until there is an answer: over the next socket when this one is lost. For what may be done
  // twice.
  private async insist(request: Request): Promise<Reply> {
    const { signal } = this.stop;
    const backoff = new Backoff(this.clock, firstDelayMs, lastDelayMs);
    for (;;) {
      await this.connection.ready(signal);
      try {
        return await this.connection.request(request, answerMs, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const gone = error instanceof ConnectionError || error instanceof TimeoutError;
        const later = error instanceof HubError && error.retryable;
        if (!gone && !later) throw error;
        const after = later ? (error.retryAfterMs ?? 0) : 0;
        if (this.connection.isOpen)
          await sleep(this.clock, Math.max(after, backoff.next()), signal);
      }
    }
  }
}

interface Outcome {
  status: "done" | "failed";
  result?: unknown;
}
