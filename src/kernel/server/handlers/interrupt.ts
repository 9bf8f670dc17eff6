/** `interrupt_request`: the user wants the running cell to stop. */
import type { Handler } from './handler.ts';

/** Answers when the interrupt is on its way; the cell's own reply tells how it ended. */
export const interrupt: Handler = async (kernel, request, channel) => {
  kernel.execution.interrupt();
  await kernel.wire.reply(channel, request, 'interrupt_reply', { status: 'ok' });
};
