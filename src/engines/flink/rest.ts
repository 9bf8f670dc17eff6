/** Flink's REST interfaces, the gateway's and those of jobs: one request, its answer, and what its errors mean. */
import { messageOf } from '../../errors.ts';
import { fetchDirectly } from '../../process/index.ts';
import { EngineUnreachableError, FlinkRequestError } from '../errors.ts';
import { causesIn } from '../java-output.ts';

/** One request. */
interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  /** Give up when there is no answer after this long, ms; default 30 000. */
  readonly timeoutMs?: number;
}

/**
 * Asks, and gives the answer as JSON.
 *
 * @throws {@link FlinkRequestError} (`ST_ENGINES_FLINK_REQUEST`) where Flink says what is wrong; {@link EngineUnreachableError} (`ST_ENGINES_UNREACHABLE`) where nobody
 *   answers; the signal's reason
 */
export async function ask<Answer>(url: string, request: Request = {}): Promise<Answer> {
  const { method = 'GET', body, signal, timeoutMs = 30_000 } = request;
  const late = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetchDirectly(url, {
      method,
      signal: signal ? AbortSignal.any([signal, late]) : late,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { origin } = new URL(url);
    throw new EngineUnreachableError({
      url: origin,
      what: 'ask Flink',
      tried: [`${method} ${url}`],
      answered: late.aborted ? `nothing in ${timeoutMs / 1000} s` : messageOf(cause) || String(cause),
      toDo: `Check that a Flink runs at ${origin} ("npx streamtrain engines status flink").`,
      cause: error,
    });
  }
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer as Answer;
  const errors = (answer as { errors?: unknown } | undefined)?.errors;
  const causes = Array.isArray(errors)
    ? errors.flatMap((error) => causesIn(String(error)))
    : [`HTTP ${response.status} ${response.statusText}`];
  throw new FlinkRequestError({ request: `${method} ${url}`, reason: meaningOf(causes), causes });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What says only that something failed, or where: what failed stands behind it. */
const EMPTY = new RegExp(
  [
    ...['^Internal server error', '^Failed to fetchResults', '^Failed to execute (?:the operation|sql|job)'],
    ...['^Failed to wait job finish', '^Error while (?:running|executing|retrieving)', '^Could not execute'],
    ...['^Failed to fetch (?:next result|job execution result)', '^Job execution failed'],
    // It repeats all options of the table.
    ...[
      '^Unable to create a (?:source|sink)',
      '^Recovery is suppressed',
      '^Global failure triggered',
      ' due to *$',
    ],
    ...['Exception: *$', 'Exception$', '^(?:[\\w$]+\\.)+[\\w$]+(?:Exception|Error): '],
  ].join('|'),
);

/** The first message that says more than that something failed, without its class, and without all words there are in SQL. */
export function meaningOf(causes: readonly string[]): string {
  const bare = causes.map((cause) => cause.replace(/^(?:[\w$]+\.)+[\w$]+(?:Exception|Error): /, ''));
  const meaning = bare.find((message) => !EMPTY.test(message)) ?? bare.at(-1) ?? 'no answer';
  if (/Could not map response to JSON/.test(causes.join('\n')))
    return 'it cannot write this result as JSON, such as a MAP with keys that are no text, or a MULTISET; CAST it AS STRING';
  // Whether there is no such topic, or no answer, stands behind it.
  const [root = ''] = bare.slice(-1);
  if (meaning.startsWith('Failed to get metadata') && root !== meaning)
    return `${meaning.replace(/[.\s]+$/, '')}: ${root}`;
  return meaning.replace(/\.?\s*Was expecting(?: one of)?:[^]*$/, '');
}
