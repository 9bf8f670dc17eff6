/** What Bluesky's Jetstream sends, message by message. */
import { z } from 'zod';
import type { SocialPost } from './post.ts';

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
export interface JetstreamEvent {
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
export function jetstreamEvent(message: string): JetstreamEvent | undefined {
  const parsed = event.safeParse(jsonOf(message));
  if (!parsed.success) return undefined;
  const { did, time_us: time, commit } = parsed.data;
  if (commit?.operation !== 'create') return { time };
  const read = recordOf.safeParse(commit.record);
  if (!read.success) return { time, unreadable: `no record: ${JSON.stringify(commit.record)?.slice(0, 80)}` };
  const record = read.data;
  if (record.text === undefined) return { time };
  const language = record.langs?.[0];
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
