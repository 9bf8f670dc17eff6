/** `complete_request`: what may stand at the cursor. */
import { z } from 'zod';
import type { Handler } from './handler.ts';
import { toCharacters, toUnits } from './offsets.ts';

const schema = z.object({ code: z.string(), cursor_pos: z.int().min(0).optional() });

/** Answers while a cell runs, too, then by types only. */
export const complete: Handler = async ({ wire, language }, request, channel) => {
  const { code, cursor_pos = Infinity } = schema.parse(request.content);
  const { from, to, entries } = await language.complete(code, toUnits(code, cursor_pos));
  const start = toCharacters(code, from);
  const end = toCharacters(code, to);
  await wire.reply(channel, request, 'complete_reply', {
    status: 'ok',
    matches: entries.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: {
      // JupyterLab and IPython show these beside the names.
      _jupyter_types_experimental: entries.map(({ text, kind, detail }) => ({
        text,
        type: kind,
        start,
        end,
        ...(detail === undefined ? {} : { signature: detail }),
      })),
    },
  });
};
