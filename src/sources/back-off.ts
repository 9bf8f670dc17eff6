/** How long to wait before a source is asked again. */
import { backOffMs } from '../process/index.ts';

/** Why a connection ended or was not made. */
type DropKind = 'network' | 'server' | 'rateLimit';

/** A failure that passes: to be waited out and tried again. */
export class Dropped extends Error {
  readonly kind: DropKind;
  /** How long the service itself says to wait, ms. */
  readonly waitMs: number | undefined;

  constructor(kind: DropKind, reason: string, waitMs?: number) {
    super(reason);
    this.kind = kind;
    this.waitMs = waitMs;
  }
}

/** Waits in ms. */
export interface BackOff {
  /** After the n-th network failure in a row, n times this (default 250) ... */
  network?: number;
  /** ... and at most this (default 16,000). */
  networkMost?: number;
  /** After an HTTP error of the server (default 5,000), doubled each time ... */
  server?: number;
  /** ... and at most this (default 320,000). */
  serverMost?: number;
  /** After "too many requests" (default 60,000), doubled each time, unless the answer says how long ... */
  rateLimit?: number;
  /** ... and at most this (default 900,000, X's window of 15 minutes). */
  rateLimitMost?: number;
}

/**
 * The wait before the next attempt, after the rules that X gives for its streams: linear for the network, exponential for
 * the server's errors, longer for its rate limit; what the service itself says goes first.
 *
 * @param attempt failures of this kind in a row, from 1
 * @see https://docs.x.com/x-api/fundamentals/handling-disconnections
 */
export function waitBefore(drop: Dropped, attempt: number, backOff: BackOff = {}): number {
  const { network = 250, networkMost = 16_000, server = 5_000, serverMost = 320_000 } = backOff;
  const { rateLimit = 60_000, rateLimitMost = 900_000 } = backOff;
  if (drop.waitMs !== undefined) return Math.max(network, drop.waitMs); // a service that says 0 is not hammered
  if (drop.kind === 'network') return Math.min(networkMost, network * attempt);
  if (drop.kind === 'server') return backOffMs({ first: server, longest: serverMost }, attempt);
  return backOffMs({ first: rateLimit, longest: rateLimitMost }, attempt);
}

/**
 * What `Retry-After` (seconds or a date, RFC 9110 section 10.2.3) or X's `x-rate-limit-reset` (seconds since 1970) says;
 * `undefined` when there is neither or it makes no sense.
 *
 * @param now ms since 1970
 */
export function saidWait(
  headers: { get(name: string): string | null },
  now = Date.now(),
): number | undefined {
  const after = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(after)) return 1000 * Number(after);
  const date = Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const reset = headers.get('x-rate-limit-reset')?.trim() ?? '';
  if (/^\d+$/.test(reset)) return Math.max(0, 1000 * Number(reset) - now);
  return undefined;
}
