/** Posts of Bluesky as they are written: the Jetstream. */
import { z } from 'zod';
import { checkMs, InvalidOptionError, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { webSocketMessages } from './connection.ts';
import { Skipped, liveOptionNames, reconnecting, type LiveOptions, type SocialPost } from './live.ts';

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
  /** Microseconds since 1970 of the last post handed over: keep it to go on behind it after a restart. */
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
 * @returns can be iterated once; ends quietly when `signal` is aborted, and by `break`
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), SourceRefusedError (`ST_SOURCES_REFUSED`), SourceConnectionError
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
  checkMs('silence', silence, { most: Infinity });
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
  const wrong = (option: string, value: unknown, expected: string) =>
    new InvalidOptionError({ option, value, expected });
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw wrong('url', url, 'a ws or wss address');
  if (new URL(url).searchParams.has('compress'))
    throw wrong('url', url, 'one without compress: messages come as plain JSON');
  if (cursor !== undefined && !(Number.isSafeInteger(cursor) && cursor > 0))
    throw wrong('cursor', cursor, 'microseconds since 1970');
  if (wantedCollections.length > 100) throw wrong('wantedCollections', wantedCollections, '100 at most');
  const address = new URL(url);
  for (const name of wantedCollections) address.searchParams.append('wantedCollections', name);
  for (const did of wantedDids) address.searchParams.append('wantedDids', did);
  return address;
}

const event = z.object({
  did: z.string().min(1),
  time_us: z.int().positive(),
  kind: z.string(),
  commit: z
    .object({
      operation: z.string(),
      collection: z.string(),
      rkey: z.string(),
      record: z.unknown().optional(),
    })
    .optional(),
});

/** What of a record is looked at; its author's program may have written anything. */
const recordOf = z.object({
  text: z.string().optional(),
  createdAt: z.unknown().optional(),
  langs: z.array(z.string()).optional(),
});

/** A message understood: where it stands in the stream, and its post if it is a new one with text. */
interface JetstreamEvent {
  /** Microseconds since 1970 at which Jetstream saw it; the cursor to go on from. */
  readonly time: number;
  readonly post?: SocialPost;
  /** Why a new record could not be read, if so. */
  readonly unreadable?: string;
}

/**
 * Reads one message. Events without a post have none: deletions, updates, identities, other collections.
 *
 * @returns `undefined` for what is no event
 * @see https://github.com/bluesky-social/jetstream
 */
function jetstreamEvent(message: string): JetstreamEvent | undefined {
  const parsed = event.safeParse(jsonOf(message));
  if (!parsed.success) return undefined;
  const { did, time_us: time, commit } = parsed.data;
  if (commit?.operation !== 'create') return { time };
  const read = recordOf.safeParse(commit.record);
  if (!read.success) return { time, unreadable: `no record: ${JSON.stringify(commit.record)?.slice(0, 80)}` };
  const record = read.data;
  if (record.text === undefined) return { time };
  // en-US and EN are English, too.
  const language = /^[a-z]{2,3}(?![a-z])/i.exec(record.langs?.[0] ?? '')?.[0].toLowerCase();
  const post = {
    id: `at://${did}/${commit.collection}/${commit.rkey}`,
    text: record.text,
    createdAt: creation(record.createdAt, time / 1000),
    ...(language !== undefined && { language }),
  };
  return { time, post };
}

/** Its author's program says when a post was written, and may say anything: only a time before its arrival is believed. */
function creation(said: unknown, arrival: number): Date {
  const time = typeof said === 'string' ? new Date(said).getTime() : NaN;
  return new Date(time >= 0 && time <= arrival ? time : arrival);
}

function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
