/** One request to X's API, with its failures sorted into those that pass and those that do not. */
import { messageOf } from '../errors.ts';
import { Dropped, saidWait } from './back-off.ts';
import { SourceOptionError, SourceRefusedError } from './errors.ts';
import { problemText } from './x-messages.ts';

/** Where to ask, and as whom. */
export interface XAccess {
  readonly token: string;
  /** The stream's address. */
  readonly url: URL;
}

/** Checks token and address. The token is never shown. */
export function xAccess(token: string, url: string): XAccess {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new SourceOptionError('token', token === '' ? 'empty' : 'no bearer token', 'the text that X shows');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new SourceOptionError('url', JSON.stringify(url), 'an http(s) address');
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
  throw new SourceRefusedError('X', `${url.origin}${url.pathname}`, status, answer);
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
