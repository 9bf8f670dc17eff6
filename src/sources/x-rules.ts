/** The rules that say which posts X's filtered stream sends. */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { Dropped } from './back-off.ts';
import { SourceRefusedError } from './errors.ts';
import { problemText } from './x-messages.ts';
import { askX, type XAccess } from './x-request.ts';

/** One rule; a post that fits any of them is sent. */
export interface XRule {
  /** In X's language: `(coffee OR tea) lang:en -is:retweet`. */
  readonly value: string;
  /** A name of your own for it. */
  readonly tag?: string;
}

const known = z.object({
  data: z.array(z.object({ value: z.string() })).optional(),
  errors: z.array(z.unknown()).optional(),
});
const added = z.object({ errors: z.array(z.unknown()).optional() });

/**
 * Adds the rules that X does not have yet. Others are left alone: they belong to the token, not to this program.
 *
 * @throws SourceRefusedError (`ST_SOURCES_REFUSED`) for a rule that X does not take; Dropped
 * @see https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule
 */
export async function addXRules(
  access: XAccess,
  rules: readonly XRule[],
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(`${access.url.pathname.replace(/\/$/, '')}/rules`, access.url);
  const place = { ...access, url };
  const list = await answerOf(askX(place, { signal }));
  const there = known.safeParse(list);
  // X leaves `data` out when there are no rules; an error is another thing than none.
  if (there.success && there.data.errors?.length) throw new Dropped('server', problemText(list));
  if (!there.success) throw new Dropped('server', 'an answer that is no list of rules');
  const values = new Set(there.data.data?.map(({ value }) => value));
  const missing = rules.filter(({ value }) => !values.has(value));
  if (missing.length === 0) return;
  const answer = await answerOf(askX(place, { signal, body: { add: missing } }));
  // X answers 201 and lists the rules it did not take.
  if (added.safeParse(answer).data?.errors?.length)
    throw new SourceRefusedError('X', `${url.origin}${url.pathname}`, 201, problemText(answer));
}

async function answerOf(asked: Promise<Response>): Promise<unknown> {
  const response = await asked;
  return response.json().catch((error: unknown) => {
    throw new Dropped('network', `an answer cut off: ${messageOf(error)}`);
  });
}
