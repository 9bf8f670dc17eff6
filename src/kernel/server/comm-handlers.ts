/** Requests about comms: which are open, and what clients do with them. */
import { z } from 'zod';
import type { Handler, Handlers } from './handler.ts';

const data = z.record(z.string(), z.unknown()).default({});
const openMessage = z.object({ comm_id: z.string(), target_name: z.string().default(''), data });
const message = z.object({ comm_id: z.string(), data });
const infoRequest = z.object({ target_name: z.string().nullish() });

const commInfo: Handler = async ({ wire, comms }, request, channel) => {
  const { target_name } = infoRequest.parse(request.content);
  await wire.reply(channel, request, 'comm_info_reply', {
    status: 'ok',
    comms: comms.list(target_name ?? undefined),
  });
};

const commOpen: Handler = ({ comms }, request) => {
  const { comm_id, target_name } = openMessage.parse(request.content);
  return comms.opened(comm_id, target_name, request);
};

const passOn =
  (action: 'message' | 'close'): Handler =>
  ({ comms }, request) =>
    comms.received(action, message.parse(request.content).comm_id, request);

/** The handlers of this file; a client's message is answered by idle, which ends when the cells have dealt with it. */
export const commHandlers: Handlers = {
  comm_info_request: commInfo,
  comm_open: commOpen,
  comm_msg: passOn('message'),
  comm_close: passOn('close'),
};
