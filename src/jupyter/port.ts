/** Chooses the port JupyterLab listens on. */
import net from 'node:net';
import { messageOf } from '../errors.ts';
import { JupyterPortError } from './errors.ts';

/** Jupyter's usual port and the ones after it, which people know by sight. */
const USUAL = [8888, 8889, 8890, 8891, 8892];

/**
 * Chooses a port on 127.0.0.1 that can be listened on right now.
 *
 * @param wish exactly this port; default: 8888 to 8892, else any free one
 * @throws {@link JupyterPortError} (`ST_JUPYTER_PORT_TAKEN`) when the wish cannot be had
 */
export async function choosePort(wish?: number): Promise<number> {
  if (wish !== undefined) {
    return listenOnce(wish).catch((error: unknown) => {
      throw new JupyterPortError(wish, messageOf(error));
    });
  }
  for (const port of USUAL) {
    const got = await listenOnce(port).catch(() => undefined);
    if (got !== undefined) return got;
  }
  return listenOnce(0);
}

/** Listens and stops again; the port that was had. */
function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address() as net.AddressInfo;
      server.close(() => resolve(address.port));
    });
  });
}
