/** Requests of one row a second over HTTP, beside a plain handler: `node --import tsx bench/serve-http.ts`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { machine, report } from './report.ts';

interface Flags {
  connections: number[];
  seconds: number;
  rounds: number;
  json?: boolean;
}

const flags = new Command('bench/serve-http.ts')
  .description(
    "Requests of one row of the article's model (67,329 weights), each connection one after the other.",
  )
  .option('--connections <list>', 'open at once', (text) => text.split(',').map(Number), [1, 8, 32])
  .option('--seconds <count>', 'of a measurement', wholeNumber(1), 4)
  .option('--rounds <count>', 'each is measured so often, in turn; the best counts', wholeNumber(1), 3)
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<Flags>();

/** What a client saw. */
interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const body = JSON.stringify({ instances: [[5, 1, 1, 1, 2, 1, 3, 1, 1]] });

async function measured(url: string, connections: number, seconds: number): Promise<Measured> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const took: number[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const since = performance.now();
      await posted(agent, `${url}/v1/models/model:predict`);
      took.push(performance.now() - since);
    }
  };
  const since = performance.now();
  await Promise.all(Array.from({ length: connections }, client));
  const whole = (performance.now() - since) / 1000;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(took.length * share)]!;
  return { perSecond: took.length / whole, p50: at(0.5), p99: at(0.99) };
}

function posted(agent: http.Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method: 'POST' }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on('end', resolve);
    });
    request.on('error', reject).end(body);
  });
}

const servers = await Promise.all(
  ['ours', 'plain'].map(async (which) => {
    const child = fork(fileURLToPath(new URL('serve-http-tasks/serve.ts', import.meta.url)), [which]);
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    await measured(url, 8, 1);
    return { which, child, url };
  }),
);
const best = new Map<string, Measured & { by: string; connections: number }>();
for (let round = 0; round < flags.rounds; round++)
  for (const connections of flags.connections)
    for (const { which, url } of servers) {
      const name = `${which}, ${connections}`;
      const found = await measured(url, connections, flags.seconds);
      if (found.perSecond > (best.get(name)?.perSecond ?? 0))
        best.set(name, { by: which, connections, ...found });
    }
for (const { child } of servers) child.disconnect();
const rows = [...best.values()].map(({ by, connections, perSecond, p50, p99 }) => ({
  ...{ connections, by, requestsPerSecond: Math.round(perSecond), p50Ms: p50, p99Ms: p99 },
}));
if (!flags.json) console.log(`${machine()}; the client on the same machine`);
report('serve-http', rows, flags.json);
