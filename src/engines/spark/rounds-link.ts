/** How the program on Spark asks us what to do: lines of JSON over the loopback address, by whoever knows the word. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { deferred, linesOf, LOOPBACK } from '../../process/index.ts';

/** What the program says: `event`, and what belongs to it. */
export type LinkMessage = Readonly<Record<string, unknown>> & { readonly event: string };

/** An open link. */
export interface RoundsLink {
  /** What the program is given at its start, in its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** What an answer threw; the link is closed then. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Resolves at the first failure. */
  readonly failed: Promise<void>;
  close(): void;
}

/**
 * Waits for one program, and answers what it says, one line after the other.
 *
 * @param answer what the program sends; what this throws closes the link
 */
export async function openRoundsLink(answer: (message: LinkMessage) => Promise<object>): Promise<RoundsLink> {
  const token = randomBytes(32);
  let failure: { readonly error: unknown } | undefined;
  const failed = deferred();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // its end shows in that of the program
    converse(socket).catch((error: unknown) => {
      failure ??= { error };
      failed.resolve();
      socket.destroy();
    });
  });

  async function converse(socket: net.Socket): Promise<void> {
    let isKnown = false;
    for await (const bytes of linesOf(socket)) {
      const line = bytes.toString();
      // Whatever a stranger says ends its own line alone.
      if (!isKnown && !isToken(line)) return void socket.destroy();
      isKnown = true;
      const message = JSON.parse(line) as LinkMessage;
      const text = `${JSON.stringify(await answer(message))}\n`;
      if (!socket.destroyed) socket.write(text);
    }
  }

  function isToken(line: string): boolean {
    const given = tokenOf(line);
    const bytes = Buffer.from(typeof given === 'string' ? given : '', 'hex');
    return bytes.length === token.length && timingSafeEqual(bytes, token);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    env: { STREAMTRAIN_ROUNDS: `${LOOPBACK}:${port}`, STREAMTRAIN_ROUNDS_TOKEN: token.toString('hex') },
    get failure() {
      return failure;
    },
    failed: failed.promise,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tokenOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { readonly token?: unknown } | null)?.token;
  } catch {
    return undefined;
  }
}
