/** What X's filtered stream sends, line by line. */
import { z } from 'zod';
import type { SocialPost } from './post.ts';

const postMessage = z.object({
  data: z.object({
    id: z.string().min(1),
    text: z.string(),
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
export type XMessage =
  { readonly post: SocialPost } | { readonly problem: string } | { readonly unreadable: string };

/**
 * Reads one line of the stream that is not empty. X tells a coming end as `{"errors": [...]}`.
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
    const { id, text, created_at, lang } = message.data.data;
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
export function problemText(json: unknown): string {
  const parsed = problemMessage.safeParse(json);
  if (!parsed.success) return '';
  const first = 'errors' in parsed.data ? parsed.data.errors[0]! : parsed.data;
  return [first.title, first.detail ?? first.message].filter(Boolean).join(': ');
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line);
}
