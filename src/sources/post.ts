/** A public message of a social network, whichever it came from. */

/** What every source yields. */
export interface SocialPost {
  /** Unique within its network. */
  readonly id: string;
  readonly text: string;
  /** When it was written, as far as the network tells. */
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
export async function* postItems(
  posts: AsyncIterable<SocialPost> | Iterable<SocialPost>,
): AsyncGenerator<PostItem, void, undefined> {
  for await (const { id, text, createdAt, language } of posts)
    yield { key: id, value: JSON.stringify({ text, language }), timestamp: createdAt };
}
