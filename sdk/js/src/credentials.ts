// Who is calling: a key or token that is always the same, one that is asked for when it is needed,
// or a browser's session, which needs a ticket for each socket.

import { UnauthorizedError } from "./errors.js";

/**
 * Why a token is asked for: there is none yet, the one that is there ends soon, or the hub does not
 * take it any more.
 */
export type TokenReason = "first" | "expiring" | "refused";

/** Gives a token. Throws an `UnauthorizedError` when there is none to be had any more. */
export type TokenProvider = (reason: TokenReason) => string | Promise<string>;

/** Gives a ticket, which opens one socket. Throws as a `TokenProvider` does. */
export type TicketProvider = () => string | Promise<string>;

/** What a socket is opened with. */
export type Entry = { token: string } | { ticket: string };

export class Credentials {
  private token: string | undefined;
  private refused: string | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly provider: TokenProvider | undefined,
    private readonly tickets: TicketProvider,
    token: string | undefined,
  ) {
    this.token = token;
  }

  /** Whether there may be another credential when this one is refused. */
  get renewable(): boolean {
    return this.provider !== undefined || this.token === undefined;
  }

  /** What goes into `Authorization: Bearer`; nothing where a session's cookie says it. */
  async bearer(): Promise<string | undefined> {
    if (this.provider === undefined) return this.token;
    if (this.token !== undefined && this.token !== this.refused) return this.token;
    return this.renew(this.token === undefined ? "first" : "refused");
  }

  async entry(): Promise<Entry> {
    const token = await this.bearer();
    return token === undefined ? { ticket: await this.tickets() } : { token };
  }

  /** The hub does not take this token: the next time another one is asked for. */
  refuse(token: string | undefined): void {
    this.refused = token;
  }

  /** Asks for another token. Whoever asks at the same time gets the same answer. */
  async renew(why: TokenReason): Promise<string> {
    const provider = this.provider;
    if (provider === undefined) throw new UnauthorizedError("there is no other credential");
    this.asking ??= this.ask(provider, why).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(provider: TokenProvider, why: TokenReason): Promise<string> {
    const token = await provider(why);
    if (token === this.refused) throw new UnauthorizedError("the token was refused before");
    this.token = token;
    return token;
  }
}
