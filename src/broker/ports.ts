/** Finds free loopback ports, and who sits on one that is taken. */
import fs from 'node:fs/promises';
import net from 'node:net';

/** Every listener of the embedded broker is on this address and no other. */
export const LOOPBACK = '127.0.0.1';

/**
 * Whether a port of the loopback address can be listened on now.
 *
 * @example
 * ```ts
 * if (!(await isPortFree(9092))) console.log('taken');
 * ```
 */
export async function isPortFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Free ports chosen by the system, all different. */
export async function chooseFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, LOOPBACK, () => resolve((server.address() as net.AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Who listens on a port, in words: `java (process 4711)`; `another program` where the system does not tell (it
 * does on Linux for processes of the same user).
 */
export async function describePortOwner(port: number): Promise<string> {
  const inode = await listeningInode(port);
  const pids = inode === undefined ? [] : await fs.readdir('/proc').catch(() => []);
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const files = await fs.readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await fs.readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (target !== `socket:[${inode}]`) continue;
      const name = await fs.readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
      return `${name.trim()} (process ${pid})`;
    }
  }
  return 'another program';
}

/** The socket's inode from the kernel's tables: columns local address (hex), state (0A is listening), inode. */
async function listeningInode(port: number): Promise<string | undefined> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = (await fs.readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const row of rows) {
      const columns = row.trim().split(/\s+/);
      if (columns[1]?.endsWith(wanted) && columns[3] === '0A') return columns[9];
    }
  }
  return undefined;
}
