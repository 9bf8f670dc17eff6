/** Reads the connection file: which addresses to bind, and the key that signs messages. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { ConnectionFileError } from '../errors.ts';

const port = z.int().min(1).max(65_535);

const schema = z.object({
  transport: z.enum(['tcp', 'ipc']),
  ip: z.string().min(1),
  shell_port: port,
  iopub_port: port,
  stdin_port: port,
  control_port: port,
  hb_port: port,
  key: z.string(),
  signature_scheme: z.string().regex(/^hmac-[a-z0-9-]+$/),
});

/** The sockets of a kernel. */
type Channel = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';

/** What a connection file says. */
export interface Connection {
  /** Address of each socket, as zeromq binds it. */
  readonly addresses: Readonly<Record<Channel, string>>;
  /** Secret shared with the clients; empty: messages are not signed. */
  readonly key: string;
  /** Name of the hash, such as `sha256`. */
  readonly hash: string;
}

/**
 * Reads and checks a connection file.
 *
 * @throws ConnectionFileError (`ST_KERNEL_CONNECTION_FILE`) naming each field that is wrong
 * @see https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
 */
export function readConnection(file: string): Connection {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConnectionFileError({ file, problem: messageOf(error), cause: error });
  }
  const { data, error } = schema.safeParse(json);
  if (!data) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new ConnectionFileError({ file, problem: problems });
  }
  const address = (number: number) =>
    data.transport === 'ipc' ? `ipc://${data.ip}-${number}` : `tcp://${bracketed(data.ip)}:${number}`;
  return {
    addresses: {
      shell: address(data.shell_port),
      iopub: address(data.iopub_port),
      stdin: address(data.stdin_port),
      control: address(data.control_port),
      hb: address(data.hb_port),
    },
    key: data.key,
    hash: data.signature_scheme.slice('hmac-'.length),
  };
}

function bracketed(ip: string): string {
  return ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip;
}
