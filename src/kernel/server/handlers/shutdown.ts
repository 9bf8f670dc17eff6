/** `shutdown_request`: the end of this kernel, or of this life of it. */
import { z } from 'zod';
import type { Handler } from './handler.ts';

const schema = z.object({ restart: z.boolean().default(false) });

/** Ends the cells' process first, then says so, then goes. */
export const shutdown: Handler = async (kernel, request, channel) => {
  const content = { status: 'ok', restart: schema.parse(request.content).restart };
  await kernel.close();
  void kernel.wire.publish({ type: 'shutdown_reply', content, parent: request.header });
  await kernel.wire.reply(channel, request, 'shutdown_reply', content);
  setImmediate(() => {
    void Promise.race([kernel.wire.flushed(), new Promise((resolve) => setTimeout(resolve, 200))]).then(
      () => {
        kernel.wire.close();
        process.exit();
      },
    );
  });
};
