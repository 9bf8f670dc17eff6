/** Parts of the protocol that this kernel does not have: comms and a debugger. The answer says so. */
import { z } from 'zod';
import type { Handler, Handlers } from './handler.ts';

const commOpenMessage = z.object({ comm_id: z.string(), target_name: z.string().optional() });
const debugRequest = z.looseObject({ seq: z.number().default(0), command: z.string().default('') });

/** There are none. */
const commInfo: Handler = async ({ wire }, request, channel) => {
  await wire.reply(channel, request, 'comm_info_reply', { status: 'ok', comms: {} });
};

/** Closed again, as the protocol asks for when a target is not known. */
const commOpen: Handler = async ({ wire, log }, request) => {
  const { comm_id, target_name } = commOpenMessage.parse(request.content);
  log(`comm_open: no target "${target_name ?? ''}"`);
  await wire.publish({ type: 'comm_close', content: { comm_id, data: {} }, parent: request.header });
};

/** A comm that was never open here. */
const commIgnored: Handler = ({ log }, request) => {
  log(`${request.header.msg_type}: no such comm`);
};

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
  comm_info_request: commInfo,
  comm_open: commOpen,
  comm_msg: commIgnored,
  comm_close: commIgnored,
  debug_request: debug,
};
