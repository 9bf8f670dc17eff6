/** `history_request`: cells that were run before. */
import { z } from 'zod';
import type { HistoryQuery } from '../history.ts';
import type { Handler } from './handler.ts';

const count = z.int().min(0).nullish();
const schema = z.object({
  hist_access_type: z.enum(['range', 'tail', 'search']),
  output: z.boolean().default(false),
  session: z.int().nullish(),
  start: count,
  stop: count,
  n: count,
  pattern: z.string().nullish(),
  unique: z.boolean().nullish(),
});

/** Answers as triples of session, number and input, or input and output. */
export const history: Handler = async (kernel, request, channel) => {
  const content = schema.parse(request.content);
  const entries = kernel.history.find(queryOf(content));
  await kernel.wire.reply(channel, request, 'history_reply', {
    status: 'ok',
    history: entries.map(({ session, line, input, output }) => [
      session,
      line,
      content.output ? [input, output ?? null] : input,
    ]),
  });
};

function queryOf({
  hist_access_type,
  session,
  start,
  stop,
  n,
  pattern,
  unique,
}: z.infer<typeof schema>): HistoryQuery {
  if (hist_access_type === 'tail') return { kind: 'tail', n: n ?? 10 };
  if (hist_access_type === 'search') {
    return { kind: 'search', pattern: pattern ?? '*', n: n ?? undefined, unique: unique ?? false };
  }
  return { kind: 'range', session: session ?? 0, start: start ?? 0, stop: stop ?? undefined };
}
