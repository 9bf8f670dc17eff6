/** What a group has committed: a partition whose offset cannot be told fails, and is not taken for one without a commit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BytesWriter } from '../../../src/kafka/protocol/bytes.ts';
import { readAnswer } from '../../../src/kafka/protocol/calls.ts';
import { kafkaTypeOf, mayRetry } from '../../../src/kafka/client/failures.ts';
import { committedCall } from '../../../src/kafka/protocol/classic-group.ts';
import { openKafka } from '../../../src/kafka/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName } from '../../helpers/topics.ts';

const broker = { versions: { 9: { minVersion: 0, maxVersion: 5 } } };

/** An answer to OffsetFetch, version 5, as in https://kafka.apache.org/protocol.html#The_Messages_OffsetFetch. */
function answer(
  partitions: readonly (readonly [offset: number, errorCode: number])[],
  errorCode = 0,
): Buffer {
  const body = new BytesWriter(64).int32(0);
  body.list(['rows'], (topic) => {
    body.string(topic).list([...partitions.entries()], ([partition, [offset, error]]) => {
      body
        .int32(partition)
        .int64(BigInt(offset))
        .int32(partition === 0 ? 7 : -1)
        .string('');
      body.int16(error);
    });
  });
  return body.int16(errorCode).written();
}

for (const partitions of [undefined, [{ topic: 'rows', partition: 0 }]])
  test(`an error of one partition fails the whole, asked of ${partitions ? 'some' : 'all'}`, async () => {
    const decode = (bytes: Buffer) => readAnswer(committedCall(broker, 'readers', partitions), bytes).answer;
    const offsets = decode(answer([[5, 0], [-1, 0]])); // prettier-ignore
    assert.deepEqual(offsets, [{ topic: 'rows', partition: 0, offset: 5, metadata: '', leaderEpoch: 7 }]);
    for (const [code, type, again] of [
      [29, 'TOPIC_AUTHORIZATION_FAILED', false],
      [14, 'GROUP_LOAD_IN_PROGRESS', true],
    ] as const)
      for (const broken of [
        answer([
          [5, 0],
          [-1, code],
        ]),
        answer([[5, 0]], code),
      ])
        await assert.rejects(
          async () => decode(broken),
          (error: unknown) => kafkaTypeOf(error) === type && mayRetry(error) === again,
        );
  });

test('offsets that were set are read back in order, and a deleted group has none', async () => {
  await using client = await openKafka({ brokers: await testBrokers() });
  const [topic, group] = [randomName(), randomName()];
  await client.topics.create({ topic, partitions: 12, replication: 1, config: {} });
  const offsets = new Map([[topic, new Map([[11, 3], [2, 7], [10, 1]])]]); // prettier-ignore
  await client.groups.setOffsets(group, offsets);
  const read = await client.groups.offsets(group);
  assert.deepEqual([...read.get(topic)!], [[2, 7], [10, 1], [11, 3]]); // prettier-ignore
  assert.deepEqual([await client.groups.delete(group), await client.groups.delete(group)], [true, false]);
  assert.equal((await client.groups.offsets(group)).size, 0);
});
