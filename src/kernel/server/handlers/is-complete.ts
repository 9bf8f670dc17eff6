/** `is_complete_request`: whether Enter runs the cell or begins a new line. */
import { z } from 'zod';
import type { Handler } from './handler.ts';

const schema = z.object({ code: z.string() });

/** Asks the parser. */
export const isComplete: Handler = async ({ wire, language }, request, channel) => {
  const { code } = schema.parse(request.content);
  await wire.reply(channel, request, 'is_complete_reply', { ...(await language.isComplete(code)) });
};
