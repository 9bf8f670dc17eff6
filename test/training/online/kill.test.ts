/** The kill test: a training that is killed again and again ends byte-identical to one that never was. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { before, test, type TestContext } from 'node:test';
import { mulberry32 } from '../../../src/random.ts';
import { sharedBench, type Bench } from '../../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { writeRows } from './helpers.ts';
import type { KillChild } from './kill-child.ts';
import { finish, killAt, start, type Moment } from './killing.ts';

const long = process.env['STREAMTRAIN_LONG'] === '1';
/** Kills of the run with the plain model, which starts quickly: 100 with STREAMTRAIN_LONG=1. */
const kills = long ? 100 : 30;
/** Kills of the run with the network. */
const networkKills = long ? 100 : 10;

let bench: Bench;
before(async () => (bench = await sharedBench()));

test(`killed ${kills} times at random moments, inside the writing of checkpoints too: as if it never was (3 partitions)`, async (t) => {
  const topic = await bench.topic({ partitions: 3 });
  const sizes = [kills * 150, kills * 100, kills * 150];
  for (const [partition, rows] of sizes.entries()) await writeRows(bench, topic, rows, { partition });
  await killAndCompare(t, { topic, sizes, kills, options: { features: 3, maxRecords: 100 } });
});

test(`the compiled network with dropout and Adam, killed ${networkKills} times: weights and optimizer state byte-identical`, async (t) => {
  const topic = await bench.topic();
  const count = networkKills * 600;
  await writeRows(bench, topic, count);
  const options = { features: 3, maxRecords: 200, network: true };
  await killAndCompare(t, { topic, sizes: [count], kills: networkKills, options });
});

test('with a checkpoint after a time, killed in between: what was learnt since is learnt again, all exactly once', async (t) => {
  const topic = await bench.topic();
  const rows = { 0: 20_000 };
  await writeRows(bench, topic, rows[0]);
  const told = { brokers: bench.brokers, topic, rows, features: 3, maxRecords: 100, everyMs: 10 };
  const unbroken = await finish(start({ ...told, groupId: bench.group() }));
  const broken = { ...told, groupId: bench.group(), folder: await temporaryFolder(t) };
  const draw = mulberry32(11);
  let learnt = 0;
  for (let kill = 0; kill < 4; kill++)
    learnt = await killAt(start(broken), kill === 0 ? 'saving' : 'learning', (below) =>
      Math.floor(draw() * below),
    );
  assert.ok(learnt > 0 && learnt < rows[0], String(learnt));
  assert.deepEqual(await finish(start(broken)), unbroken);
});

interface KillPlan {
  readonly topic: string;
  /** Rows of each partition. */
  readonly sizes: readonly number[];
  readonly kills: number;
  readonly options: Pick<KillChild, 'features' | 'maxRecords' | 'network'>;
}

/** Kills a training so often, lets it finish, and compares everything it has learnt with an unbroken run. */
async function killAndCompare(t: TestContext, { topic, sizes, kills, options }: KillPlan): Promise<void> {
  const { brokers } = bench;
  const rows = { ...sizes };
  const life = (more: Partial<KillChild>): KillChild => ({
    ...{ brokers, topic, rows, groupId: bench.group() },
    ...options,
    ...more,
  });
  const unbroken = await finish(start(life({})));
  assert.deepEqual(unbroken.ledger, []);

  const seed = Date.now() % 2 ** 32;
  t.diagnostic(`moments drawn from seed ${seed}`);
  const random = mulberry32(seed);
  const draw = (below: number) => Math.floor(random() * below);
  const folder = await temporaryFolder(t);
  const told = life({ folder });
  const moments: Record<Moment, number> = { starting: 0, saving: 0, learning: 0 };
  let halfWritten = 0;
  let learnt = 0;
  // Whether a kill tears a checkpoint is luck, so a few more are tried if none has.
  for (let kill = 0; kill < kills || (halfWritten === 0 && kill < kills + 15); kill++) {
    const moment =
      kill >= kills ? 'saving' : kill % 5 === 0 ? 'starting' : kill % 5 < 3 ? 'saving' : 'learning';
    learnt = Math.max(learnt, await killAt(start(told), moment, draw));
    moments[moment]++;
    if ((await fs.readdir(folder)).some((name) => name.startsWith('.writing-'))) halfWritten++;
  }
  const total = sizes.reduce((a, b) => a + b);
  t.diagnostic(`killed while ${JSON.stringify(moments)}; ${halfWritten} left a half-written checkpoint`);
  t.diagnostic(`${learnt} of ${total} rows were learnt when the last one was killed`);
  assert.ok(learnt > 0 && learnt < total, 'the kills came while it was learning');
  assert.ok(halfWritten > 0, 'no kill hit the writing of a checkpoint');

  const broken = await finish(start(told));
  assert.deepEqual(broken, unbroken);
}
