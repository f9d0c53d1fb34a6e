// What can go wrong, told apart by what a caller can do about it.

import type { Problem } from "./schemas.js";

/** Any error of this client. */
export class TandemError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The hub has refused a request. `type` is what to match on: it never changes its meaning. */
export class HubError extends TandemError {
  readonly status: number;
  /** As `/problems/rate-limited`; empty when the answer was not the hub's, but a proxy's. */
  readonly type: string;
  readonly problem: Partial<Problem>;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** After how many milliseconds, where the hub knows. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.status = status;
    this.type = problem.type ?? "";
    this.problem = problem;
    this.retryable = problem.retryable ?? [408, 429, 502, 503, 504].includes(status);
    this.retryAfterMs = problem.retry_after_ms ?? retryAfterMs;
  }
}

/** The connection was not there, or ended before the answer. */
export class ConnectionError extends TandemError {
  constructor(
    message: string,
    /** Whether the request had left: then it may have been carried out. */
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No answer came in time. The request may have been carried out. */
export class TimeoutError extends TandemError {}

/** The connection is over and is not tried again: closed by the caller, or by the hub for good. */
export class ClosedError extends TandemError {
  constructor(
    message: string,
    /** The code of the close frame; 1000 when the caller closed. */
    readonly code: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * There is no credential any more, and asking again does not help. A `tokenProvider` or
 * `ticketProvider` throws it to say so; anything else that it throws is tried again.
 */
export class UnauthorizedError extends TandemError {}

/** As much is waiting to be sent as may wait. */
export class BufferFullError extends TandemError {}

/** What a command's handler throws to say what has failed: `result` goes to the sender. */
export class CommandFailed extends TandemError {
  constructor(
    message: string,
    readonly result: unknown = { error: message },
  ) {
    super(message);
  }
}

/** Whether the credentials are refused, so that nothing but others will do. */
export function isUnauthorized(error: unknown): boolean {
  if (error instanceof UnauthorizedError) return true;
  return error instanceof HubError && (error.status === 401 || error.status === 403);
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new TandemError(String(thrown));
}
