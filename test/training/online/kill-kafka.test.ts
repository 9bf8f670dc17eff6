/** The kill test over checkpoints in Kafka: each next life is on another machine, as far as it can tell. */
import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { openKafka } from '../../../src/kafka/index.ts';
import { mulberry32 } from '../../../src/random.ts';
import { kafkaCheckpoints } from '../../../src/training/index.ts';
import { sharedBench, type Bench } from '../../kafka/dataset-helpers.ts';
import { offsetsAreStable, randomName } from '../../helpers/topics.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { writeRows } from './helpers.ts';
import type { KillChild } from './kill-child.ts';
import { finish, killAt, start, type Moment } from './killing.ts';

const long = process.env['STREAMTRAIN_LONG'] === '1';
/** Kills of the run with the plain model, and of that with the network; a life takes seconds to start. */
const kills = long ? 100 : 8;
const networkKills = long ? 30 : 2;

let bench: Bench;
before(async () => (bench = await sharedBench()));

test(`killed ${kills} times, each time going on elsewhere: as if it never was (2 partitions)`, async (t) => {
  await killAndCompare(t, kills, { sizes: [kills * 150, kills * 250], maxRecords: 100 });
});

test(`the compiled network, killed ${networkKills} times: weights and optimizer state byte-identical`, async (t) => {
  await killAndCompare(t, networkKills, { sizes: [networkKills * 600], maxRecords: 200, network: true });
});

async function killAndCompare(
  t: TestContext,
  kills: number,
  { sizes, ...options }: { sizes: readonly number[]; maxRecords: number; network?: boolean },
): Promise<void> {
  const topic = await bench.topic({ partitions: sizes.length });
  for (const [partition, rows] of sizes.entries()) await writeRows(bench, topic, rows, { partition });
  const { brokers } = bench;
  const told = (more: Partial<KillChild>): KillChild => ({
    ...{ brokers, topic, rows: { ...sizes }, groupId: bench.group(), features: 3 },
    ...options,
    ...more,
  });
  const unbroken = await finish(start(told({})));
  assert.deepEqual(unbroken.ledger, []);

  const seed = Number(process.env['STREAMTRAIN_FAULT_SEED'] ?? Date.now() % 2 ** 32);
  t.diagnostic(`moments drawn from seed ${seed}`);
  const random = mulberry32(seed);
  const draw = (below: number) => Math.floor(random() * below);
  const checkpoints = randomName('checkpoints');
  const client = await openKafka({ brokers: [...brokers] });
  t.after(async () => {
    await client.topics.delete(checkpoints);
    await client.close();
  });
  const life = told({ checkpoints });
  let learnt = 0;
  for (let kill = 0; kill < kills; kill++) {
    // The last one comes after something was learnt: a kill while the first checkpoint is saved leaves nothing.
    const isLearning = kill % 5 === 4 || kill === kills - 1;
    const moment: Moment = kill % 5 === 0 ? 'starting' : isLearning ? 'learning' : 'saving';
    learnt = Math.max(learnt, await killAt(start(life, await temporaryFolder(t)), moment, draw));
    await assertOneTruth(client, life);
  }
  const total = sizes.reduce((a, b) => a + b);
  t.diagnostic(`${learnt} of ${total} rows were learnt when the last one was killed`);
  assert.ok(learnt > 0 && learnt < total, 'the kills came while it was learning');
  assert.deepEqual(await finish(start(life, await temporaryFolder(t))), unbroken);
}

/** The group's offsets are those of the newest checkpoint, whenever the trainer died. */
async function assertOneTruth(client: Awaited<ReturnType<typeof openKafka>>, life: KillChild): Promise<void> {
  const { topic, groupId, checkpoints = '' } = life;
  const store = kafkaCheckpoints({ topic: checkpoints, client });
  // Takes it, so that what the dead one left open is ended.
  if ((await client.topics.describe(checkpoints)) === undefined) return;
  await (await store.lock()).release();
  const [newest] = await store.list();
  await offsetsAreStable(client, groupId, topic);
  const committed = Object.fromEntries((await client.groups.offsets(groupId)).get(topic) ?? []);
  assert.deepEqual(committed, newest === undefined ? {} : (await store.load(newest)).position[topic]);
}
