/** `debug_request`: refused, in the words of the debug adapter protocol. */
import { z } from 'zod';
import type { Handler } from './handler.ts';

const schema = z.looseObject({ seq: z.number().default(0), command: z.string().default('') });

/** `kernel_info_reply` says that there is no debugger; this is for clients that ask nevertheless. */
export const debug: Handler = async ({ wire }, request, channel) => {
  const { seq, command } = schema.parse(request.content);
  await wire.reply(channel, request, 'debug_reply', {
    type: 'response',
    seq,
    request_seq: seq,
    command,
    success: false,
    message: 'This kernel has no debugger.',
    body: {},
  });
};
