/** What all live sources have in common: what they yield, their options, how they stay connected, and what they skip. */
import { anySignal, endable, endedBy, pause } from '../process/index.ts';
import { checkMs, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { Dropped, waitBefore, type BackOff } from './back-off.ts';
import { SourceConnectionError } from './errors.ts';

/** A public message of a social network, whichever it came from: what every live source yields. */
export interface SocialPost {
  /** Unique within its network. */
  readonly id: string;
  readonly text: string;
  /** When it was written, as far as the network says. */
  readonly createdAt: Date;
  /** The language's code, as `en`, if it is known. */
  readonly language?: string;
}

/** A post as a record to write: `writeToKafka` takes it. */
export interface PostItem {
  /** The post's id. */
  readonly key: string;
  /** JSON: `{"text": ..., "language": ...}`. */
  readonly value: string;
  readonly timestamp: Date;
}

/**
 * Makes posts into records: the id as key, text and language as JSON, the post's own time as timestamp.
 *
 * @example
 * ```ts
 * const posts = blueskyJetstream({ signal: AbortSignal.timeout(60_000) });
 * await writeToKafka('posts', postItems(posts));
 * ```
 */
export function postItems(
  posts: AsyncIterable<SocialPost> | Iterable<SocialPost>,
): AsyncGenerator<PostItem, void, undefined> {
  return endable((ended) => itemsOf(endedBy(posts, ended)));
}

async function* itemsOf(
  posts: AsyncIterable<SocialPost> | Iterable<SocialPost>,
): AsyncGenerator<PostItem, void, undefined> {
  for await (const { id, text, createdAt, language } of posts)
    yield { key: id, value: JSON.stringify({ text, language }), timestamp: createdAt };
}

/** Something worth knowing that did not end the stream. */
export interface SourceRemark {
  /** `reconnect`: the connection ended and is made again; `skipped`: a message could not be understood. */
  readonly kind: 'reconnect' | 'skipped';
  readonly reason: string;
  /** Until the next attempt, ms; 0 for `skipped`. */
  readonly waitMs: number;
}

/** The options that all live sources have. */
export interface LiveOptions {
  /** Ends the stream, quietly, also while it waits. */
  signal?: AbortSignal;
  /** Take a connection for dead when nothing at all arrives for so long, ms. */
  silence?: number;
  /** Give up with an error when there was no connection for so long, ms (default 30 minutes; Infinity: never). */
  giveUpAfter?: number;
  backOff?: BackOff;
  /** Called at each reconnection and each skipped message. Default: skipped messages are logged, the 1st, 10th, 100th, ... */
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
type Connect<Item> = (signal: AbortSignal, alive: () => void) => AsyncIterable<Item>;

/**
 * The items of one connection after the other. A connection that had delivered something is made again at once, as X asks
 * for; one that had not is a failure like one that was refused.
 *
 * @throws SourceConnectionError (`ST_SOURCES_CONNECTION`) after `giveUpAfter`; and what `connect` throws but `Dropped`
 */
export function reconnecting<Item>(
  source: string,
  url: string,
  connect: Connect<Item>,
  options: LiveOptions,
): AsyncGenerator<Item, void, undefined> {
  return endable((ended) =>
    connections(source, url, connect, { ...options, signal: anySignal(options.signal, ended) }),
  );
}

async function* connections<Item>(
  source: string,
  url: string,
  connect: Connect<Item>,
  { signal, giveUpAfter = 1_800_000, backOff, onRemark }: LiveOptions,
): AsyncGenerator<Item, void, undefined> {
  checkMs('giveUpAfter', giveUpAfter, { most: Infinity });
  refuseUnknownOptions('backOff', backOff ?? {}, backOffNames);
  for (const [name, ms] of Object.entries(backOff ?? {})) checkMs(`backOff.${name}`, ms, { most: Infinity });
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
      if (outage + waitMs > giveUpAfter)
        throw new SourceConnectionError({ source, url, attempts, forMs: outage, cause: drop });
      onRemark?.({ kind: 'reconnect', reason: drop.message, waitMs });
      await pause(waitMs, signal).catch(() => undefined);
    }
  } finally {
    end.abort();
  }
}

/** Counts the messages that could not be understood, and says so to `onRemark`, or in the log if there is none. */
export class Skipped {
  /** Messages so far. */
  count = 0;
  readonly #source: string;
  readonly #onRemark: ((remark: SourceRemark) => void) | undefined;

  /** @param source for the log, such as `Bluesky` */
  constructor(source: string, onRemark?: (remark: SourceRemark) => void) {
    this.#source = source;
    this.#onRemark = onRemark;
  }

  /** Counts one message. Without `onRemark` the 1st, 10th, 100th, ... is logged, so that a broken source is no flood. */
  add(reason: string): void {
    this.count++;
    if (this.#onRemark) this.#onRemark({ kind: 'skipped', reason, waitMs: 0 });
    else if (/^10*$/.test(String(this.count)))
      console.warn(
        `streamtrain: ${this.#source}: ${this.count} of its messages could not be understood and ` +
          `${this.count === 1 ? 'was' : 'were'} skipped; the last one: ${reason}`,
      );
  }
}
