/** Keeps a source connected: opens it again when it drops, waits as long as the failure asks for, and gives up in the end. */
import { pause } from '../kafka/pause.ts';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { Dropped, waitBefore, type BackOff } from './back-off.ts';
import { SourceConnectionError, SourceOptionError } from './errors.ts';

/** Something worth knowing that did not end the stream. */
export interface SourceRemark {
  /** `reconnect`: the connection ended and is made again; `skipped`: a message could not be understood. */
  readonly kind: 'reconnect' | 'skipped';
  readonly reason: string;
  /** Until the next attempt, ms; 0 for `skipped`. */
  readonly waitMs: number;
}

/** What all live sources can be told. */
export interface LiveOptions {
  /** Ends the stream, quietly, also while it waits. */
  signal?: AbortSignal;
  /** Take a connection for dead when nothing at all arrives for so long, ms. */
  silence?: number;
  /** Give up with an error when there was no connection for so long, ms (default 30 minutes; Infinity: never). */
  giveUpAfter?: number;
  backOff?: BackOff;
  /** Told about reconnections and skipped messages. Default: skipped messages are logged, the 1st, 10th, 100th, ... */
  onRemark?: (remark: SourceRemark) => void;
}

/** The names of these options, for those of a source. */
export const liveOptionNames: OptionNames<LiveOptions> = {
  signal: true,
  silence: true,
  giveUpAfter: true,
  backOff: true,
  onRemark: true,
};

const backOffNames: OptionNames<BackOff> = {
  network: true,
  networkMost: true,
  server: true,
  serverMost: true,
  rateLimit: true,
  rateLimitMost: true,
};

/** One connection: yields until it is over. It calls `alive` when something arrives, and throws `Dropped` for what passes. */
export type Connect<Item> = (signal: AbortSignal, alive: () => void) => AsyncIterable<Item>;

/**
 * The items of one connection after the other. A connection that had delivered something is made again at once, as X asks
 * for; one that had not is a failure like one that was refused.
 *
 * @throws SourceConnectionError (`ST_SOURCES_CONNECTION`) after `giveUpAfter`; and what `connect` throws but `Dropped`
 */
export async function* reconnecting<Item>(
  source: string,
  url: string,
  connect: Connect<Item>,
  { signal, giveUpAfter = 1_800_000, backOff, onRemark }: LiveOptions,
): AsyncGenerator<Item, void, undefined> {
  checkMs('giveUpAfter', giveUpAfter);
  refuseUnknownOptions('backOff', backOff ?? {}, backOffNames);
  for (const [name, ms] of Object.entries(backOff ?? {})) checkMs(`backOff.${name}`, ms as number);
  const end = new AbortController();
  const signals = signal ? [signal, end.signal] : [end.signal];
  let lastAlive = performance.now();
  let attempts = 0;
  let sameKind = 0;
  let last: Dropped | undefined;
  try {
    while (!signal?.aborted) {
      let delivered = false;
      const alive = () => {
        delivered = true;
        lastAlive = performance.now();
      };
      let drop: Dropped;
      try {
        for await (const item of connect(AbortSignal.any(signals), alive)) {
          if (signal?.aborted) return;
          yield item;
        }
        drop = new Dropped('network', 'the service closed the connection');
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof Dropped)) throw error;
        drop = error;
      }
      if (signal?.aborted) return;
      if (delivered) {
        attempts = sameKind = 0;
        lastAlive = performance.now(); // time that the reader took is no outage
      } else {
        attempts++;
        sameKind = last?.kind === drop.kind ? sameKind + 1 : 1;
      }
      last = drop;
      const waitMs =
        delivered && drop.waitMs === undefined ? 0 : waitBefore(drop, Math.max(1, sameKind), backOff);
      const outage = performance.now() - lastAlive;
      if (outage + waitMs > giveUpAfter) throw new SourceConnectionError(source, url, attempts, outage, drop);
      onRemark?.({ kind: 'reconnect', reason: drop.message, waitMs });
      await pause(waitMs, signal).catch(() => undefined);
    }
  } finally {
    end.abort();
  }
}

/** Refuses an option that is no duration. */
export function checkMs(option: string, ms: number): void {
  if (!(ms >= 0)) throw new SourceOptionError(option, String(ms), 'milliseconds, 0 or more');
}
