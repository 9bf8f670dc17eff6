/**
 * A leader is elected that does not have the newest rows (KIP-320): who had read them, and still reads or comes back later, is
 * told, and does not read on behind.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCluster } from '../../src/broker/index.ts';
import type { Cluster } from '../../src/broker/index.ts';
import { LogTruncatedError, writeToKafka, type Position } from '../../src/kafka/index.ts';
import { fromKafka, fromKafkaBatches, fromKafkaGroup } from '../../src/kafka/index.ts';
import { localCheckpoints, trainOnline } from '../../src/training/index.ts';
import { isLong } from '../helpers/schedules.ts';
import { benchOn, numberOf, range, until, type Bench } from '../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { PlainRegression } from '../training/online/helpers.ts';

let cluster: Cluster;
let bench: Bench;

before(async () => {
  if (!isLong) return;
  cluster = await startCluster();
  bench = await benchOn(cluster.brokers);
});
after(async () => {
  await bench?.close();
  await cluster?.stop();
});

/** Nodes are ended and started again in turn, which takes half a minute. */
const skip = isLong ? false : 'STREAMTRAIN_LONG=1 runs it';

test(
  'an unclean election ends open readers, and those that come back later, with the offset up to which the logs agree',
  { skip },
  async (t) => {
    const config = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' };
    const topic = await bench.topic({ config });
    const { brokers } = cluster;
    const [newest, oldest] = [cluster.node(1), cluster.node(2)];
    await cluster.reassign(topic, 0, [newest.id, oldest.id]);
    await cluster.moveLeader(topic, 0, newest.id);
    const write = (count: number, from: number) => {
      const rows = range(count, from).map((row) => ({ value: String(row) }));
      return writeToKafka(topic, rows, { brokers, log: false });
    };
    await write(50, 0);
    const options = { brokers, connectTimeout: 1_000, retryForMs: 120_000 };
    const readers = [
      fromKafka(topic, { ...options, stop: 'never' }),
      fromKafkaGroup({ ...options, topics: topic, groupId: bench.group(), streamTimeout: -1 }),
    ];
    const seen = readers.map((): number[] => []);
    const outcomes = readers.map(async (reader, at) => {
      for await (const record of reader) seen[at]!.push(numberOf(record));
    });
    const settled = Promise.allSettled(outcomes);
    const allHave = (count: number) => until(() => seen.every(({ length }) => length === count), 60_000);
    await allHave(50);
    // One copy stops; the next rows are in the other alone, which then goes, too; the first comes back, and leads.
    await oldest.kill();
    await write(30, 50);
    await allHave(80);
    const before = fromKafka(topic, options);
    assert.equal((await before.toArray()).length, 80);
    const beside = { topicIds: before.topicIds(), leaderEpochs: before.leaderEpochs() };
    const saved = JSON.stringify({ position: before.position(), ...beside });
    const group = { ...options, topics: topic, groupId: bench.group(), stop: 'end' as const };
    for await (const mini of fromKafkaBatches(group)) await mini.commit();
    // One that begins at the end, and is given no row before it ends.
    const idle = {
      ...{ ...options, topics: topic, groupId: bench.group(), streamTimeout: 500 },
      configuration: { 'auto.offset.reset': 'latest' },
    };
    assert.deepEqual(await fromKafkaGroup(idle).toArray(), []);
    const checkpoint = localCheckpoints(await temporaryFolder(t));
    const training = () =>
      trainOnline({
        source: { ...options, topics: topic, groupId: bench.group(), stop: 'end' },
        model: new PlainRegression(1),
        decode: (record) => ({ xs: [numberOf(record)], ys: 1 }),
        checkpoint,
      });
    assert.equal((await training()).rows, 80);
    await newest.kill();
    await oldest.start();
    // A node that was killed is missed after three seconds.
    await until(async () => (await cluster.leaderOf(topic, 0)).id === oldest.id, 60_000);
    const isTold = (error: unknown): true => {
      assert.ok(error instanceof LogTruncatedError, String(error));
      assert.deepEqual([error.topic, error.offset, error.agreesUpTo], [topic, 80, 50]);
      return true;
    };
    const comeBack = async (): Promise<void> => {
      await assert.rejects(
        fromKafka(topic, { ...options, ...(JSON.parse(saved) as { position: Position }) }).toArray(),
        isTold,
      );
      await assert.rejects(fromKafkaGroup(group).toArray(), isTold);
      await assert.rejects(training(), isTold);
      await assert.rejects(fromKafkaGroup(idle).toArray(), isTold);
    };
    // The log grows to where the readers stood, with nothing to read, and beyond: by its offsets alone they would just go on.
    await write(30, 1_000);
    await comeBack();
    await write(30, 1_030);
    for (const outcome of await settled)
      assert.ok(outcome.status === 'rejected' && isTold(outcome.reason), 'nobody reads on');
    await comeBack();
    for (const rows of seen) assert.deepEqual(rows, range(80), 'and no row of the other log was handed over');
    const now = await fromKafka(topic, { ...options, position: { [topic]: { 0: 50 } } }).toArray();
    assert.deepEqual(now.map(numberOf), range(60, 1_000));
  },
);
