// How calls are made, whatever they call.

/** How a call is made, whatever it calls. */
export interface CallOptions {
  /** Ends the call; what has been sent may be carried out all the same. */
  signal?: AbortSignal | undefined;
  /** How long all its tries may take, in milliseconds; 30,000 and `wait` if missing. */
  timeoutMs?: number | undefined;
  /** Which way it goes; what the client is set to if missing. */
  door?: Door | undefined;
  /** Whether it is tried again when that is safe; true if missing. */
  retry?: boolean | undefined;
}

/** Of calls that the hub may let wait. */
export interface Waiting {
  /** How many seconds the hub may wait before it answers, 60 at most. */
  wait?: number | undefined;
  /** The whole of the field `Prefer` (RFC 7240), instead of `wait`. */
  prefer?: string | undefined;
}

/** Of calls that take effect once, however often they are sent. */
export interface Once {
  /**
   * A repeat with the same key within 24 h gets the first answer again and does nothing. One is
   * made for each call if missing, so that the client may try again; false: none.
   */
  idempotencyKey?: string | false | undefined;
}

/** Of calls that change something which has a version. */
export interface Guarded {
  /** Only if it has this version. */
  ifMatch?: string | undefined;
  /** `*`: only if it does not exist. */
  ifNoneMatch?: string | undefined;
}

/** Of calls that read something which has a version. */
export interface Known {
  /** The version that the caller has: 304 while it is the same. */
  ifNoneMatch?: string | undefined;
}

/** Of calls that read a list. */
export interface Paged {
  /** How many at most. */
  limit?: number | undefined;
  /** `next` of the page before. */
  cursor?: string | undefined;
}

/**
 * Which way calls go: over REST, over the socket (opened if it is not), or over the socket while it
 * is open and over REST meanwhile.
 */
export type Door = "rest" | "socket" | "auto";

/** How an operation is asked for at either door. */
export interface OperationRow {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Whether it takes a body. */
  body: boolean;
  /** Whether the WebSocket door has it. */
  socket: boolean;
  /** Whether it takes an Idempotency-Key. */
  once: boolean;
  /** What is always sent along. */
  fixed?: { query: Record<string, string>; prefer: string };
}
