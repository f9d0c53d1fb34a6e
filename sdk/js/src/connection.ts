// One socket to the hub that is there again after each loss. It knows who is calling, answers
// requests by their numbers, and tells whoever listens what comes unasked. What has to be done anew
// on another socket (subscriptions, what a device has waiting) is its listeners' affair.

import { Backoff, within, type Clock } from "./clock.js";
import type { Credentials, Entry } from "./credentials.js";
import { Emitter } from "./emitter.js";
import {
  asError,
  ClosedError,
  ConnectionError,
  HubError,
  isUnauthorized,
  TandemError,
  TimeoutError,
} from "./errors.js";
import {
  byteLength,
  readFrame,
  type Hello,
  type JsonCodec,
  type LimitsLeft,
  type Message,
  type RawReply,
  type Reply,
  type Request,
} from "./wire.js";

/** What is used of a WebSocket: the browser's, that of Node.js, or the one of npm's `ws`. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  terminate?(): void;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
}

export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

/** How the connection is. */
export type ConnectionState =
  /** Nobody has asked for one yet. */
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "open"; principal: { kind: string; id: string } }
  /** Lost; the next try is at `until`, in milliseconds since 1970 UTC. */
  | { kind: "waiting"; until: number; why: Error }
  /** Over, with the reason when it was not the caller's wish. */
  | { kind: "closed"; why?: Error };

export interface ConnectionEvents {
  state: ConnectionState;
  /** A socket is open and the hub has said hello. */
  hello: Hello;
  /** It has ended; what was on its way is lost. */
  lost: Error;
  message: Message;
  /** The hub stops, and will close this socket within so many milliseconds. */
  goaway: { withinMs: number };
  /** The credential of this socket ends in so many milliseconds. */
  expiring: { inMs: number };
  /** A budget gets scarce, or is empty. */
  limits: LimitsLeft;
  /** Something went wrong that ends nothing. */
  error: Error;
  /** Each frame, as it travels. */
  frame: { direction: "in" | "out"; text: string };
}

export interface ConnectionSetup {
  url: string;
  socket: SocketConstructor | undefined;
  credentials: Credentials;
  clock: Clock;
  json: JsonCodec;
}

interface Pending {
  settle(reply: RawReply): void;
  fail(error: Error): void;
}

const firstDelayMs = 500;
const lastDelayMs = 30_000;
// What is closed sooner than this after its hello was no success: the waits go on growing.
const stableMs = 10_000;
const openMs = 15_000;
const credentialMs = 30_000;
// The hub pings every 20 s, but a page cannot see pings: after as long without a message the client
// asks something itself, and takes a socket that does not answer for dead.
const quietMs = 20_000;
const answerMs = 10_000;
const leaveGraceMs = 5_000;
const renewAgainMs = 5_000;
const messageBytes = 128 * 1024;

type Verdict = "never" | "renew" | "later" | "slowly";

/** What a closing code asks for: docs/reference/websocket.md. */
export function afterClose(code: number): Verdict {
  if (code === 4401) return "renew";
  if (code === 4408 || code === 4429) return "later";
  if (code >= 4400 && code <= 4499) return "never";
  // Something is wrong with what was sent or how. A device that nobody looks after comes back all
  // the same, but seldom.
  if ([1002, 1003, 1007, 1008, 1009, 1010].includes(code)) return "slowly";
  return "later";
}

function retryMs(reason: string): number {
  try {
    const told = JSON.parse(reason) as { retry_ms?: unknown } | null;
    return typeof told?.retry_ms === "number" ? Math.max(0, told.retry_ms) : 0;
  } catch {
    return 0;
  }
}

/** A reply as a value, or the refusal that it is. */
export function resultOf(reply: RawReply): Reply {
  if (reply.problem !== undefined || reply.status >= 400) {
    const seconds = Number(reply.headers["retry-after"]);
    const after = seconds > 0 ? seconds * 1000 : undefined;
    throw new HubError(reply.status, reply.problem ?? {}, after);
  }
  return { status: reply.status, headers: reply.headers, body: reply.body };
}

export class Connection extends Emitter<ConnectionEvents> {
  state: ConnectionState = { kind: "idle" };
  /** What the hub said when the present socket opened. */
  hello: Hello | undefined;

  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private readonly pending = new Map<number, Pending>();
  private socket: Socket | undefined;
  // What the socket was opened with; nothing where it was a ticket.
  private token: string | undefined;
  private lastId = 0;
  private greeted = 0;
  private heard = 0;
  private frames = 0;
  // Refusals of credentials without a hello in between.
  private refusals = 0;
  private cancelTimer = (): void => {};
  private cancelLeave = (): void => {};
  private cancelRenewal = (): void => {};
  // Whose turn it is: what finds another here when it comes back has been overtaken.
  private claim: object = {};

  constructor(private readonly setup: ConnectionSetup) {
    super();
    this.clock = setup.clock;
    this.backoff = new Backoff(setup.clock, firstDelayMs, lastDelayMs);
  }

  /** Opens a socket if there never was one, and keeps one from now on. */
  open(): void {
    if (this.state.kind === "idle") void this.connect();
  }

  /** The same, also when the connection is over. */
  reopen(): void {
    if (this.state.kind !== "idle" && this.state.kind !== "closed") return;
    this.backoff.reset();
    this.refusals = 0;
    void this.connect();
  }

  /** Why it is over; nothing while it is not. */
  get over(): Error | undefined {
    if (this.state.kind !== "closed") return undefined;
    return this.state.why ?? closedHere();
  }

  /** Resolves when a socket is open. Rejects when the connection is over. */
  ready(signal?: AbortSignal): Promise<Hello> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.over !== undefined) return Promise.reject(this.over);
    this.open();
    if (this.hello !== undefined) return Promise.resolve(this.hello);
    return new Promise((done, refuse) => {
      const stop = (): void => {
        stopHello();
        stopState();
        signal?.removeEventListener("abort", aborted);
      };
      const aborted = (): void => {
        stop();
        refuse(signal?.reason);
      };
      const stopHello = this.on("hello", (hello) => {
        stop();
        done(hello);
      });
      const stopState = this.on("state", (state) => {
        if (state.kind !== "closed") return;
        stop();
        refuse(this.over);
      });
      signal?.addEventListener("abort", aborted, { once: true });
    });
  }

  /** Tries at once instead of waiting, or asks whether the hub is there. */
  wake(): void {
    if (this.state.kind === "waiting") {
      this.backoff.reset();
      void this.connect();
    } else if (this.hello !== undefined) {
      this.probe();
    }
  }

  /** Ends it. */
  close(): void {
    if (this.state.kind !== "closed") this.end();
  }

  /** Whether a request would go out now. */
  get isOpen(): boolean {
    return this.hello !== undefined;
  }

  /** The longest message that the hub takes. */
  get messageBytes(): number {
    return this.hello?.message_bytes ?? messageBytes;
  }

  /**
   * Sends a request on the open socket. Its reply, or its failure, is told in the same turn in
   * which it is known, before what comes after it. The answer gives up waiting for it.
   */
  ask(
    request: Request,
    settle: (reply: RawReply) => void,
    fail: (error: Error) => void,
  ): () => void {
    const id = ++this.lastId;
    const unsent = this.put({ id, ...request });
    if (unsent === undefined) this.pending.set(id, { settle, fail });
    else fail(unsent);
    return () => this.pending.delete(id);
  }

  /** The same as a promise. Rejects with a HubError, or with a ConnectionError. */
  request(request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Reply> {
    return new Promise((done, refuse) => {
      if (signal?.aborted) return refuse(signal.reason);
      const stop = (): void => {
        cancel();
        forget();
        signal?.removeEventListener("abort", aborted);
      };
      const aborted = (): void => {
        stop();
        refuse(signal?.reason);
      };
      const cancel = this.clock.later(timeoutMs, () => {
        stop();
        refuse(new TimeoutError(`no reply to ${request.op} in ${timeoutMs} ms`));
      });
      let forget = (): void => {};
      signal?.addEventListener("abort", aborted, { once: true });
      forget = this.ask(
        request,
        (reply) => {
          stop();
          try {
            done(resultOf(reply));
          } catch (error) {
            refuse(error);
          }
        },
        (error) => {
          stop();
          refuse(error);
        },
      );
    });
  }

  /** Sends what has no reply, or one that comes as a message. Gives its number; 0: not sent. */
  tell(request: Request): number {
    const id = ++this.lastId;
    return this.put({ id, ...request }) === undefined ? id : 0;
  }

  private async connect(): Promise<void> {
    this.forget();
    const claim = (this.claim = {});
    this.enter({ kind: "connecting" });
    try {
      const late = (): Error => new TimeoutError("no credentials in time");
      const entry = this.setup.credentials.entry();
      const got = await within(this.clock, credentialMs, entry, late);
      if (claim === this.claim) this.enterHub(got);
    } catch (thrown) {
      if (claim !== this.claim) return;
      const error = asError(thrown);
      if (isUnauthorized(error) || error instanceof Unopenable) return this.end(error);
      this.wait(error, 0);
    }
  }

  private enterHub(entry: Entry): void {
    const protocols = ["tandem.v1.json"];
    this.token = "token" in entry ? entry.token : undefined;
    if ("ticket" in entry) protocols.push(`tandem.ticket.${entry.ticket}`);
    const socket = this.make(protocols);
    this.socket = socket;
    const mine = (): boolean => socket === this.socket;
    socket.onopen = () => {
      if (mine() && "token" in entry) this.introduce(entry.token);
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (mine() && typeof event.data === "string") this.take(event.data);
    };
    socket.onclose = (event: { code: number; reason: unknown }) => {
      if (mine()) this.closed(event.code, String(event.reason ?? ""));
    };
    // What is wrong is said by `close`, which follows.
    socket.onerror = () => {};
    this.cancelTimer = this.clock.later(openMs, () => this.lost("the hub did not greet in time"));
  }

  private make(protocols: string[]): Socket {
    if (this.setup.socket === undefined) {
      throw new Unopenable("there is no WebSocket here: pass one as `WebSocket`");
    }
    try {
      return new this.setup.socket(this.setup.url, protocols);
    } catch (error) {
      throw new Unopenable(`${this.setup.url}: ${asError(error).message}`, { cause: error });
    }
  }

  // The one request that goes before the hello. What is wrong with it, the closing code says.
  private introduce(token: string): void {
    const id = ++this.lastId;
    this.pending.set(id, { settle: () => {}, fail: () => {} });
    this.write({ id, op: "auth", body: { token } });
  }

  // Why it was not sent; nothing when it was.
  private put(request: Request): Error | undefined {
    if (this.hello === undefined) return new ConnectionError("there is no connection", false);
    return this.write(request);
  }

  private write(request: Request): Error | undefined {
    const text = this.setup.json.stringify(request);
    if (text.length * 3 > this.messageBytes && byteLength(text) > this.messageBytes) {
      return new TandemError(`the hub takes messages of ${this.messageBytes} bytes at most`);
    }
    this.emit("frame", { direction: "out", text: this.shown(request, text) });
    try {
      this.socket?.send(text);
      return undefined;
    } catch (error) {
      return new ConnectionError(asError(error).message, false, { cause: error });
    }
  }

  // Frames are looked at and written down: no secrets among them.
  private shown(request: Request, text: string): string {
    if (request.op !== "auth") return text;
    return this.setup.json.stringify({ ...request, body: { token: "…" } });
  }

  private take(text: string): void {
    this.heard = this.clock.now();
    this.frames += 1;
    this.emit("frame", { direction: "in", text });
    const socket = this.socket;
    for (const message of readFrame(this.setup.json, text)) {
      // A listener may have closed it meanwhile.
      if (socket !== this.socket) return;
      this.takeMessage(message);
    }
  }

  private takeMessage(message: Message): void {
    switch (message.kind) {
      case "hello":
        return this.greet(message.hello);
      case "reply":
        return this.takeReply(message.reply);
      case "goaway":
        return this.leave(message.afterMs + message.spreadMs);
      case "expiring":
        return this.renew(message.inMs);
      case "limits":
        return this.emit("limits", message.limits);
      default:
        return this.emit("message", message);
    }
  }

  private greet(hello: Hello): void {
    this.hello = hello;
    this.greeted = this.clock.now();
    this.refusals = 0;
    this.watch();
    this.enter({ kind: "open", principal: hello.principal });
    this.emit("hello", hello);
  }

  private takeReply(reply: RawReply): void {
    const waiting = reply.id === undefined ? undefined : this.pending.get(reply.id);
    if (waiting === undefined || reply.id === undefined) {
      // Of a write that is acknowledged with others, or of a request that was given up.
      return this.emit("message", { kind: "reply", reply });
    }
    this.pending.delete(reply.id);
    waiting.settle(reply);
  }

  // The hub closes the socket itself. If that is not heard of, it has gone without a word.
  private leave(withinMs: number): void {
    this.cancelLeave();
    this.cancelLeave = this.clock.later(withinMs + leaveGraceMs, () =>
      this.lost("the hub went away"),
    );
    this.emit("goaway", { withinMs });
  }

  private renew(inMs: number): void {
    this.emit("expiring", { inMs });
    const { credentials } = this.setup;
    if (this.token === undefined || !credentials.renewable) return;
    const until = this.clock.now() + inMs;
    const socket = this.socket;
    const tryIt = async (): Promise<void> => {
      try {
        const token = await credentials.renew("expiring");
        if (socket !== this.socket) return;
        await this.request({ op: "auth", body: { token } }, answerMs);
        this.token = token;
      } catch (error) {
        if (socket !== this.socket) return;
        this.emit("error", new TandemError("the credential was not renewed", { cause: error }));
        const again = !isUnauthorized(error) && this.clock.now() + renewAgainMs < until;
        if (again) this.cancelRenewal = this.clock.later(renewAgainMs, () => void tryIt());
      }
    };
    void tryIt();
  }

  // Looks whether the hub is heard of.
  private watch(): void {
    const patience = Math.max(1_000, this.hello?.ping_ms ?? quietMs);
    const look = (): void => {
      const left = this.heard + patience - this.clock.now();
      if (left > 0) this.cancelTimer = this.clock.later(left, look);
      else this.probe();
    };
    this.cancelTimer();
    look();
  }

  private probe(): void {
    const before = this.frames;
    this.ask(
      { op: "me.get" },
      () => {},
      () => {},
    );
    this.cancelTimer();
    this.cancelTimer = this.clock.later(answerMs, () => {
      if (this.frames > before) this.watch();
      else this.lost("nothing was heard from the hub");
    });
  }

  private closed(code: number, reason: string): void {
    const why = new ConnectionError(`the socket was closed with ${code} ${reason}`.trim(), true);
    const verdict = afterClose(code);
    if (verdict === "renew") {
      this.setup.credentials.refuse(this.token);
      this.refusals += 1;
    }
    if (verdict === "never" || (verdict === "renew" && this.isRefused())) {
      const closed = new ClosedError(`the hub has closed for good: ${code} ${reason}`, code);
      return this.end(closed);
    }
    this.drop(why);
    this.wait(why, Math.max(retryMs(reason), verdict === "slowly" ? lastDelayMs : 0));
  }

  // The same, twice in a row, would be refused a third time.
  private isRefused(): boolean {
    return this.refusals > 1 || !this.setup.credentials.renewable;
  }

  private lost(what: string): void {
    const socket = this.socket;
    const why = new ConnectionError(what, true);
    this.drop(why);
    // A close frame would wait for an answer that does not come.
    if (socket?.terminate) socket.terminate();
    else socket?.close();
    this.wait(why, 0);
  }

  private wait(why: Error, atLeastMs: number): void {
    const ms = atLeastMs + this.backoff.next();
    this.cancelTimer();
    this.cancelTimer = this.clock.later(ms, () => void this.connect());
    this.enter({ kind: "waiting", until: this.clock.now() + ms, why });
  }

  private end(why?: Error): void {
    this.claim = {};
    const socket = this.socket;
    this.drop(why ?? closedHere());
    socket?.close(1000);
    this.enter(why === undefined ? { kind: "closed" } : { kind: "closed", why });
  }

  // Forgets the socket: what was on its way fails, and its listeners know.
  private drop(why: Error): void {
    if (this.hello !== undefined && this.clock.now() - this.greeted >= stableMs) {
      this.backoff.reset();
    }
    const was = this.hello !== undefined;
    this.forget();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const each of waiting) each.fail(why);
    if (was) this.emit("lost", why);
  }

  private forget(): void {
    this.cancelTimer();
    this.cancelLeave();
    this.cancelRenewal();
    this.socket = undefined;
    this.hello = undefined;
  }

  private enter(state: ConnectionState): void {
    this.state = state;
    this.emit("state", state);
  }
}

function closedHere(): ClosedError {
  return new ClosedError("the connection was closed", 1000);
}

// Another try would come to the same.
class Unopenable extends TandemError {}
