/** `inspect_request`: type and documentation of what is at the cursor. */
import { z } from 'zod';
import type { Handler } from './handler.ts';
import { toUnits } from './offsets.ts';

const schema = z.object({
  code: z.string(),
  cursor_pos: z.int().min(0).optional(),
  detail_level: z.union([z.literal(0), z.literal(1)]).default(0),
});

/** Answers while a cell runs, too, then by types only. */
export const inspect: Handler = async ({ wire, language }, request, channel) => {
  const { code, cursor_pos = Infinity, detail_level } = schema.parse(request.content);
  const found = await language.inspect(code, toUnits(code, cursor_pos), detail_level);
  await wire.reply(channel, request, 'inspect_reply', {
    status: 'ok',
    found: found !== undefined,
    data: found ? { 'text/plain': found.plain, 'text/markdown': found.markdown } : {},
    metadata: {},
  });
};
