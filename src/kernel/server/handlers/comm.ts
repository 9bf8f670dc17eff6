/** Comm messages: this kernel has no targets, which it says instead of staying silent. */
import { z } from 'zod';
import type { Handler } from './handler.ts';

const schema = z.object({ comm_id: z.string(), target_name: z.string().optional() });

/** `comm_info_request`: there are none. */
export const commInfo: Handler = async ({ wire }, request, channel) => {
  await wire.reply(channel, request, 'comm_info_reply', { status: 'ok', comms: {} });
};

/** `comm_open`: closed again, as the protocol asks for when a target is not known. */
export const commOpen: Handler = async ({ wire, log }, request) => {
  const { comm_id, target_name } = schema.parse(request.content);
  log(`comm_open: no target "${target_name ?? ''}"`);
  await wire.publish({ type: 'comm_close', content: { comm_id, data: {} }, parent: request.header });
};

/** `comm_msg` and `comm_close` of a comm that was never open here. */
export const commIgnored: Handler = ({ log }, request) => {
  log(`${request.header.msg_type}: no such comm`);
};
