/** Posts of X as they are written: API v2's filtered stream. */
import { checkMs, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { Dropped } from './back-off.ts';
import { linesOf, watchedChunks, within } from './connection.ts';
import { Skipped, liveOptionNames, reconnecting, type LiveOptions, type SocialPost } from './live.ts';
import { addXRules, askX, deepMessage, xAccess, xMessage, type XAccess, type XRule } from './x-api.ts';

/** X's own address. */
export const X_STREAM_URL = 'https://api.x.com/2/tweets/search/stream';

/** Options of {@link xFilteredStream}. */
export interface XStreamOptions extends LiveOptions {
  /** The bearer token of an X app whose access level includes the stream. Kept out of every message. */
  token: string;
  /** Default {@link X_STREAM_URL}. */
  url?: string;
  /** Rules to add before reading, if X does not have them yet; default: those that the token has. */
  rules?: readonly XRule[];
}

const optionNames: OptionNames<XStreamOptions> = {
  ...liveOptionNames,
  token: true,
  url: true,
  rules: true,
};

/** Posts, and how many messages could not be understood. */
export interface XPosts extends AsyncGenerator<SocialPost, void, undefined> {
  /** Messages that were no post and no announcement of X's; each was remarked. */
  readonly skipped: number;
}

/**
 * The posts that fit the token's rules, as they are written, without end. X sends an empty line every 20 s at least; after
 * `silence` ms without anything (default 20,000, as X asks for) the connection counts as dead. It is made again as X
 * documents: at once after one that worked, else with growing waits, and as long as `Retry-After` or
 * `x-rate-limit-reset` says. Posts written meanwhile are lost, as X sends them only once. Nothing is read ahead: a slow
 * reader slows the connection down, and X ends one that is far too slow.
 *
 * @returns ends quietly when `signal` is aborted; `break` ends it, too
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), SourceRefusedError (`ST_SOURCES_REFUSED`): a wrong token, no access, a
 *   wrong rule; SourceConnectionError (`ST_SOURCES_CONNECTION`) after `giveUpAfter`
 * @example
 * ```ts
 * const token = process.env['X_BEARER_TOKEN'] ?? '';
 * const posts = xFilteredStream({ token, rules: [{ value: 'coffee lang:en' }], signal: AbortSignal.timeout(60_000) });
 * for await (const { text } of posts) console.log(text);
 * ```
 * @see https://docs.x.com/x-api/posts/filtered-stream/introduction
 */
export function xFilteredStream(options: XStreamOptions): XPosts {
  refuseUnknownOptions('xFilteredStream', options, optionNames);
  const { token, url = X_STREAM_URL, rules = [], silence = 20_000, onRemark } = options;
  const access = xAccess(token, url);
  const stream = new URL(access.url);
  stream.searchParams.set('tweet.fields', 'created_at,lang,note_tweet');
  checkMs('silence', silence, { most: Infinity });
  const skipped = new Skipped('X', onRemark);
  let ruled = rules.length === 0;
  const posts = reconnecting(
    'X',
    `${stream.origin}${stream.pathname}`,
    async function* (signal, alive) {
      if (!ruled) await addXRules(access, rules, signal);
      ruled = true;
      for await (const line of linesFrom({ token, url: stream }, silence, signal, alive)) {
        if (line.trim() === '') continue;
        const message = xMessage(line);
        if ('post' in message) yield message.post;
        else if ('problem' in message) throw new Dropped('network', message.problem);
        else skipped.add(message.unreadable);
      }
    },
    options,
  );
  return Object.defineProperty(posts, 'skipped', { get: () => skipped.count }) as XPosts;
}

async function* linesFrom(
  access: XAccess,
  silence: number,
  signal: AbortSignal,
  alive: () => void,
): AsyncGenerator<string, void, undefined> {
  const connection = new AbortController();
  try {
    const asked = askX(access, { signal: AbortSignal.any([signal, connection.signal]) });
    const response = await within(asked, silence);
    if (response.body === null) return;
    yield* linesOf(watchedChunks(response.body, silence, alive));
  } catch (error) {
    // What the body's reader throws is a broken connection.
    throw error instanceof TypeError ? new Dropped('network', deepMessage(error)) : error;
  } finally {
    connection.abort();
  }
}
