/** `connect_request`: the ports, for clients that still ask. */
import type { Handler } from './handler.ts';

/** Long deprecated, but part of the protocol. */
export const connect: Handler = async ({ wire, connection }, request, channel) => {
  const port = (address: string) => Number(/(\d+)$/.exec(address)?.[1]);
  const { shell, iopub, stdin, control, hb } = connection.addresses;
  await wire.reply(channel, request, 'connect_reply', {
    status: 'ok',
    shell_port: port(shell),
    iopub_port: port(iopub),
    stdin_port: port(stdin),
    control_port: port(control),
    hb_port: port(hb),
  });
};
