/** X's API: one request and its failures, the rules of a stream, and the messages it sends. */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { InvalidOptionError } from '../options.ts';
import { Dropped, saidWait } from './back-off.ts';
import { SourceRefusedError } from './errors.ts';
import type { SocialPost } from './live.ts';

/** Where to ask, and as whom. */
export interface XAccess {
  readonly token: string;
  /** The stream's address. */
  readonly url: URL;
}

/** Checks token and address. The token is never shown. */
export function xAccess(token: string, url: string): XAccess {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new InvalidOptionError({
      option: 'token',
      found: token === '' ? 'empty' : 'no bearer token', // the value itself is a secret
      expected: 'the text that X shows',
    });
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidOptionError({ option: 'url', value: url, expected: 'an http(s) address' });
  return { token, url: new URL(url) };
}

/**
 * Asks X.
 *
 * @throws Dropped for a failure that passes; SourceRefusedError (`ST_SOURCES_REFUSED`) for the others
 */
export async function askX(
  { token, url }: XAccess,
  { signal, body }: { signal: AbortSignal; body?: unknown },
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'streamtrain' };
  const response = await fetch(url, {
    signal,
    redirect: 'error', // the token must not travel elsewhere
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Dropped('network', deepMessage(error));
  });
  if (response.ok) return response;
  const { status } = response;
  const answer = (await response.text().then(wordsOf, () => '')).replaceAll(token, '***');
  const reason = `HTTP ${status}${answer === '' ? '' : ` (${answer})`}`;
  if (status === 429) throw new Dropped('rateLimit', reason, saidWait(response.headers));
  if (status >= 500) throw new Dropped('server', reason, saidWait(response.headers));
  throw new SourceRefusedError({ source: 'X', url: `${url.origin}${url.pathname}`, status, answer });
}

/** `fetch failed` says nothing; its cause does. */
export function deepMessage(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${deepMessage(error.cause)}` : '';
  return `${messageOf(error)}${cause}`;
}

function wordsOf(body: string): string {
  try {
    const words = problemText(JSON.parse(body));
    if (words !== '') return words;
  } catch {
    // no JSON: a proxy's page, say
  }
  return body.replace(/\s+/g, ' ').trim().slice(0, 200);
}

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
    throw new SourceRefusedError({
      ...{ source: 'X', url: `${url.origin}${url.pathname}` },
      ...{ status: 201, answer: problemText(answer) },
    });
}

async function answerOf(asked: Promise<Response>): Promise<unknown> {
  const response = await asked;
  return response.json().catch((error: unknown) => {
    throw new Dropped('network', `an answer cut off: ${messageOf(error)}`);
  });
}

const postMessage = z.object({
  data: z.object({
    id: z.string().min(1),
    text: z.string(),
    /** A long post whole; its `text` ends after 280 characters. One that is null or has no text counts as none. */
    note_tweet: z.object({ text: z.string() }).optional().catch(undefined),
    created_at: z.string().optional(),
    lang: z.string().optional(),
  }),
});

const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
});
const problemMessage = z.union([z.object({ errors: z.array(problem).min(1) }), problem]);

/** A line understood: a post, the announcement of an end, or why it could not be read. */
type XMessage =
  | { readonly post: SocialPost }
  | { readonly problem: string }
  | { readonly unreadable: string };

/**
 * Reads one line of the stream that is not empty. X announces an end as `{"errors": [...]}`.
 *
 * @see https://docs.x.com/x-api/posts/filtered-stream/introduction
 */
export function xMessage(line: string): XMessage {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { unreadable: `no JSON: ${excerpt(line)}` };
  }
  const message = postMessage.safeParse(json);
  if (message.success) {
    const { id, note_tweet, created_at, lang } = message.data.data;
    const text = note_tweet?.text ?? message.data.data.text;
    const created = new Date(created_at ?? NaN);
    const createdAt = Number.isNaN(created.getTime()) ? new Date() : created;
    // X's name for an unknown language is `und`; codes of its own (qme: only links) begin with q.
    const known = lang !== undefined && lang !== 'und' && !/^q../.test(lang);
    return { post: { id, text, createdAt, ...(known && { language: lang }) } };
  }
  const words = problemText(json);
  return words === '' ? { unreadable: `no post: ${excerpt(line)}` } : { problem: words };
}

/** A problem in X's own words; '' when there are none. */
function problemText(json: unknown): string {
  const parsed = problemMessage.safeParse(json);
  if (!parsed.success) return '';
  const first = 'errors' in parsed.data ? parsed.data.errors[0]! : parsed.data;
  return [first.title, first.detail ?? first.message].filter(Boolean).join(': ');
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line);
}
