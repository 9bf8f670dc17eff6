/** Posts of Bluesky as they are written: the Jetstream. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { SourceOptionError } from './errors.ts';
import { jetstreamEvent } from './jetstream-messages.ts';
import type { SocialPost } from './post.ts';
import { checkMs, liveOptionNames, reconnecting, type LiveOptions } from './reconnect.ts';
import { Skipped } from './skipped.ts';
import { webSocketMessages } from './web-socket.ts';

/** One of Bluesky's own four instances; a cursor is good for all of them. */
export const JETSTREAM_URL = 'wss://jetstream2.us-east.bsky.network/subscribe';

/** Options of {@link blueskyJetstream}. */
export interface JetstreamOptions extends LiveOptions {
  /** Default {@link JETSTREAM_URL}. */
  url?: string;
  /** Kinds of records; those without text are passed over. Default `['app.bsky.feed.post']`; at most 100. */
  wantedCollections?: readonly string[];
  /** Only of these accounts (`did:plc:...`); default: of all. */
  wantedDids?: readonly string[];
  /** Go on behind this place: the `cursor` of an earlier stream. Default: what is written from now on. */
  cursor?: number;
}

/** Posts, and how far they were read. */
export interface JetstreamPosts extends AsyncIterable<SocialPost> {
  /** Microseconds since 1970 of the last post handed over: keep it to go on behind it in another life. */
  readonly cursor: number | undefined;
  /** Messages that could not be understood, binary ones included; each of the others was remarked. */
  readonly skipped: number;
}

const optionNames: OptionNames<JetstreamOptions> = {
  ...liveOptionNames,
  url: true,
  wantedCollections: true,
  wantedDids: true,
  cursor: true,
};

/**
 * The posts of Bluesky, without end; no account is needed. A connection that breaks is made again with the cursor of the last
 * event, so that nothing in between is lost (Jetstream keeps about a day) and nothing comes twice. While nobody reads, the
 * socket is not read either. Messages come as plain JSON, not compressed by zstd.
 *
 * @returns can be gone through once; ends quietly when `signal` is aborted, and by `break`
 * @throws SourceOptionError (`ST_SOURCES_OPTION`), SourceRefusedError (`ST_SOURCES_REFUSED`), SourceConnectionError
 *   (`ST_SOURCES_CONNECTION`) after `giveUpAfter`
 * @example
 * ```ts
 * const posts = blueskyJetstream({ signal: AbortSignal.timeout(10_000), giveUpAfter: 5_000 });
 * for await (const { text, language } of posts) if (language === 'en') console.log(text);
 * console.log('next time go on from', posts.cursor);
 * ```
 * @see https://github.com/bluesky-social/jetstream
 */
export function blueskyJetstream(options: JetstreamOptions = {}): JetstreamPosts {
  refuseUnknownOptions('blueskyJetstream', options, optionNames);
  const { silence = 30_000, onRemark } = options;
  const skipped = new Skipped('Bluesky', onRemark);
  const onBinary = () => skipped.count++;
  checkMs('silence', silence);
  const place = addressOf(options);
  let seen = options.cursor;
  let handedOver = options.cursor;
  const posts = reconnecting(
    'Bluesky',
    `${place.origin}${place.pathname}`,
    async function* (signal, alive) {
      const url = new URL(place);
      if (seen !== undefined) url.searchParams.set('cursor', String(seen));
      for await (const message of webSocketMessages({ source: 'Bluesky', url, silence, signal, onBinary })) {
        const event = jetstreamEvent(message);
        if (event === undefined) {
          skipped.add(`no event: ${message.slice(0, 80)}`);
          continue;
        }
        alive();
        if (seen !== undefined && event.time <= seen) continue; // playback begins with the event of the cursor
        seen = event.time;
        if (event.unreadable !== undefined) skipped.add(event.unreadable);
        if (event.post === undefined) continue;
        handedOver = event.time;
        yield event.post;
      }
    },
    options,
  );
  return {
    [Symbol.asyncIterator]: () => posts,
    get cursor() {
      return handedOver;
    },
    get skipped() {
      return skipped.count;
    },
  };
}

function addressOf({ url = JETSTREAM_URL, ...options }: JetstreamOptions): URL {
  const { wantedCollections = ['app.bsky.feed.post'], wantedDids = [], cursor } = options;
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw new SourceOptionError('url', JSON.stringify(url), 'a ws or wss address');
  if (new URL(url).searchParams.has('compress'))
    throw new SourceOptionError(
      'url',
      JSON.stringify(url),
      'one without compress: messages come as plain JSON',
    );
  if (cursor !== undefined && !(Number.isSafeInteger(cursor) && cursor > 0))
    throw new SourceOptionError('cursor', String(cursor), 'microseconds since 1970');
  if (wantedCollections.length > 100)
    throw new SourceOptionError('wantedCollections', `${wantedCollections.length} long`, '100 at most');
  const address = new URL(url);
  for (const name of wantedCollections) address.searchParams.append('wantedCollections', name);
  for (const did of wantedDids) address.searchParams.append('wantedDids', did);
  return address;
}
