/** What onAssigned, onRevoked and onRemark throw comes out of the stream. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromKafkaGroup, type GroupDatasetOptions } from '../../../../src/kafka/dataset/group-dataset.ts';
import { numberOf, range, sharedBench, until, type Bench } from '../../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const own = new Error('the log file is full');
const throwing = {
  throws: (): void => {
    throw own;
  },
  rejects: async (): Promise<void> => {
    await sleep(20);
    throw own;
  },
};

/** A stream over ten rows, in a group of its own unless one is given. */
async function open(options: Partial<GroupDatasetOptions>) {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  const groupId = bench.group();
  const stream = fromKafkaGroup({
    topics: topic,
    groupId,
    brokers: bench.brokers,
    streamTimeout: -1,
    ...options,
  });
  return { topic, groupId, stream };
}

for (const [how, callback] of Object.entries(throwing)) {
  test(`an onAssigned that ${how} ends the stream with its error`, async () => {
    const { stream } = await open({ onAssigned: callback });
    await assert.rejects(stream.toArray(), own);
    // At the end of a stream it is not too late yet.
    const bounded = await open({ onAssigned: callback, maxRecords: 10 });
    await assert.rejects(bounded.stream.toArray(), own);
  });

  test(`an onRevoked that ${how} ends the stream with its error`, async () => {
    const configuration = ['heartbeat.interval.ms=50'];
    const { stream, ...source } = await open({ onRevoked: callback, configuration });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const record of stream) seen.push(numberOf(record));
    })();
    const ended = assert.rejects(reading, own);
    await until(() => seen.length === 10);
    const second = fromKafkaGroup({ topics: source.topic, groupId: source.groupId, brokers: bench.brokers });
    const joining = second[Symbol.asyncIterator]().next();
    await ended;
    await joining;
    await second.close();
  });

  test(`an onRemark that ${how} ends the stream with its error`, async () => {
    const topic = await bench.topic();
    const groupId = bench.group();
    await bench.write(topic, 10);
    const source = { topics: topic, groupId, brokers: bench.brokers, streamTimeout: -1 };
    const other = fromKafkaGroup({ ...source, groupInstanceId: 'other', maxRecords: 8 });
    await other.forEachAsync(() => other.commit());
    const stream = fromKafkaGroup({
      ...source,
      groupInstanceId: 'mine',
      position: { [topic]: { 0: 3 } },
      onRemark: callback,
    });
    await assert.rejects(stream.toArray(), own);
  });
}

test('an onAssigned that commits does not wait for itself', async () => {
  const { stream } = await open({ maxRecords: 10, onAssigned: () => stream.commit() });
  assert.deepEqual((await stream.toArray()).map(numberOf), range(10));
});

test('a callback that failed when nobody asked for more is a warning of the process', async (t) => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const failing = (): Promise<void> => Promise.reject(own);
  const { stream, groupId } = await open({ onAssigned: () => sleep(50).then(failing) });
  for await (const record of stream) {
    assert.equal(numberOf(record), 0);
    await sleep(200);
    break;
  }
  await until(() => warnings.length > 0);
  assert.ok(
    warnings.some((text) => text.includes(groupId) && text.includes(own.message)),
    warnings.join(),
  );
});
