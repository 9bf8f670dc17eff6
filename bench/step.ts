/** Milliseconds a training step of the article's model, beside its peers: `node --import tsx bench/step.ts`. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { machine, report, type Row } from './report.ts';
import { measureFloor } from './step-tasks/floor.ts';
import { median } from './tables.ts';
import type { StepReport, StepWish } from './step-tasks/task.ts';

interface Flags {
  rows: number[];
  rounds: number;
  steps: number;
  python?: string;
  only?: string;
  json?: boolean;
  floor?: boolean;
}

const flags = new Command('bench/step.ts')
  .description("Milliseconds a training step of the article's model (67,329 weights), predictions read back.")
  .option('--rows <list>', 'rows of a mini-batch', (text) => text.split(',').map(Number), [32, 64, 256])
  .option('--rounds <count>', 'each peer is measured so often, in turn', wholeNumber(1), 15)
  .option('--steps <count>', 'steps of a measurement (plain tfjs-node: a tenth)', wholeNumber(10), 200)
  .option('--python <path>', "also TensorFlow's Python, by this interpreter")
  .option('--only <text>', 'only peers whose name holds this text')
  .option(
    '--floor',
    'only what a step is made of, and what dropout costs: by processor time, in ten times the rounds of a tenth of the steps',
  )
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<Flags>();

interface Peer {
  readonly name: string;
  readonly share: number;
  ask(wish: StepWish): Promise<StepReport>;
  stop(): void;
}

async function nodePeer(name: string, file: string, share = 1, env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  const path = fileURLToPath(new URL(`step-tasks/${file}.ts`, import.meta.url));
  const child: ChildProcess = fork(path, { env: { ...process.env, ...env } });
  await once(child, 'message');
  const ask = async (wish: StepWish) => {
    child.send(wish);
    const [report] = (await once(child, 'message')) as [StepReport];
    return report;
  };
  return { name, share, ask, stop: () => child.kill() };
}

async function pythonPeer(python: string, note = '', env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  const script = fileURLToPath(new URL('python-step.py', import.meta.url));
  const child = spawn(python, [script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () =>
    JSON.parse((await lines.next()).value as string) as StepReport & { version: string };
  const { version } = await next();
  const ask = (wish: StepWish) => {
    child.stdin.write(`${JSON.stringify(wish)}\n`);
    return next();
  };
  return { name: `Python ${version} @tf.function${note}`, share: 1, ask, stop: () => child.kill() };
}

const oneThread = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };
const makers: [string, () => Promise<Peer>][] = [
  ['compiled step', () => nodePeer('compiled step', 'compiled')],
  ['compiled step, 1 thread', () => nodePeer('compiled step, 1 thread', 'compiled', 1, oneThread)],
  ['compiled, learnEpochs', () => nodePeer('compiled, learnEpochs', 'compiled-epochs')],
  ['compiled, predict', () => nodePeer('compiled, predict', 'predict')],
  ['tfjs-node trainOnBatch', () => nodePeer('tfjs-node trainOnBatch', 'plain', 0.1)],
];
const { python } = flags;
if (python) {
  makers.push(['Python', () => pythonPeer(python)]);
  makers.push(['Python, 1 thread', () => pythonPeer(python, ', 1 thread', oneThread)]);
}

async function comparePeers(): Promise<Row[]> {
  const peers: Peer[] = [];
  for (const [name, make] of makers) if (name.includes(flags.only ?? '')) peers.push(await make());
  const table: Row[] = [];
  for (const rows of flags.rows) {
    const times = new Map<Peer, number[]>(peers.map((peer) => [peer, []]));
    for (const peer of peers) await peer.ask({ rows, steps: 20 });
    for (let round = 0; round < flags.rounds; round++) {
      for (const peer of peers) {
        const steps = Math.ceil(flags.steps * peer.share);
        times.get(peer)!.push((await peer.ask({ rows, steps })).ms);
      }
    }
    const peer = [...times].find(([{ name }]) => name.startsWith('Python'))?.[1];
    for (const [{ name }, all] of times) {
      const ofPython = peer && { 'of Python': median(all) / median(peer) };
      table.push({ miniBatch: rows, step: name, ms: median(all), leastMs: Math.min(...all), ...ofPython });
    }
  }
  for (const peer of peers) peer.stop();
  return table;
}

if (!flags.json) console.log(machine());
if (flags.floor) {
  const parts = flags.rows.flatMap((rows) =>
    measureFloor(rows, 10 * flags.rounds, Math.ceil(flags.steps / 10)).map((part) => ({
      miniBatch: rows,
      ...part,
    })),
  );
  report('floor', parts, flags.json);
} else report('step', await comparePeers(), flags.json);
