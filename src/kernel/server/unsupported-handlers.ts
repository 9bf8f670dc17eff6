/** What this kernel does not have: a debugger. The answer says so. */
import { z } from 'zod';
import type { Handler, Handlers } from './handler.ts';

const debugRequest = z.looseObject({ seq: z.number().default(0), command: z.string().default('') });

/** Refused in the words of the debug adapter protocol, for clients that ask although `kernel_info_reply` says no. */
const debug: Handler = async ({ wire }, request, channel) => {
  const { seq, command } = debugRequest.parse(request.content);
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

/** The handlers of this file. */
export const unsupportedHandlers: Handlers = {
  debug_request: debug,
};
