/** A member that the group takes out while it joins again, and one whose brokers stay away meanwhile. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemberIdentity } from '../../../../src/kafka/protocol/group-member.ts';
import { kafkajsReader } from '../../../../src/kafka/client/log-client.ts';
import { fromKafkaGroup } from '../../../../src/kafka/dataset/group-dataset.ts';
import { ReadFailedError } from '../../../../src/kafka/read-errors.ts';
import { KafkaConnectionError } from '../../../../src/kafka/errors.ts';
import { kafkaSettings } from '../../../../src/kafka/settings/settings.ts';
import { numberOf, range, sharedBench, until, type Bench } from '../../dataset-helpers.ts';
import { clientAround } from '../../client-around.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

test('cooperative-sticky: taken out while it joins again, a member never commits what others may have had meanwhile', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
  for (const partition of [0, 1]) await bench.write(topic, 10, { partition, from: partition * 10 });
  const consumer = { heartbeatInterval: 50, partitionAssignmentStrategy: ['cooperative-sticky' as const] };
  const told: string[] = [];
  const commits: Promise<string>[] = [];
  let joins = 0;
  let isTakenOut = false;
  const client = clientAround({ brokers: bench.brokers, consumer }, (real) => ({
    join: async (wish) => {
      if (++joins === 2) {
        // Its name is signed off while it asks to join again under it.
        const another = kafkajsReader(kafkaSettings({ brokers: bench.brokers })).open();
        const identity: MemberIdentity = { groupId, memberId: wish.memberId, generation: -1 };
        await another.leave(identity);
        await another.close();
        isTakenOut = true;
      }
      const joined = await real.join(wish);
      // In each step after the answer: is there one in which all seems well?
      if (isTakenOut)
        void (async () => {
          for (let step = 0; step < 30; step++) {
            commits.push(
              first.commit().then(
                () => 'done',
                (error: { code: string }) => error.code,
              ),
            );
            await Promise.resolve();
          }
        })();
      return joined;
    },
    commit: (identity, offsets) => {
      if (isTakenOut) told.push(offsets.map(({ partition, offset }) => `${partition}: ${offset}`).join());
      return real.commit(identity, offsets);
    },
  }));
  const first = fromKafkaGroup({ topics: topic, groupId, client, streamTimeout: -1 });
  const gates = [15, 16].map((at) => {
    let open = (): void => {};
    const isOpen = new Promise<void>((resolve) => (open = resolve));
    return { at, open, isOpen };
  });
  let seen = 0;
  const reading = (async () => {
    for await (const _ of first) {
      seen++;
      await gates.find(({ at }) => at === seen)?.isOpen;
    }
  })();
  await until(() => seen === 15);
  // A newcomer makes it join again: when its caller asks for the next row, with which the caller then goes away.
  const source = { topics: topic, groupId, brokers: bench.brokers, streamTimeout: -1, consumer };
  const second = fromKafkaGroup(source);
  const other = (async () => {
    for await (const _ of second);
  })();
  await until(async () => {
    const { groups } = await bench.admin.describeGroups([groupId]);
    return groups[0]?.state === 'PreparingRebalance';
  });
  await sleep(200);
  gates[0]!.open();
  await until(() => commits.length === 30);
  const outcomes = await Promise.all(commits);
  assert.ok(joins >= 3, `${joins} joins`);
  assert.deepEqual(told, [], 'nothing was told to the broker');
  assert.deepEqual(new Set(outcomes), new Set(['ST_KAFKA_COMMIT_REFUSED']));
  gates[1]!.open();
  await Promise.all([first.close(), second.close()]);
  await Promise.all([reading, other]);
});

for (const strategy of ['range', 'cooperative-sticky'] as const)
  test(`${strategy}: brokers that stay away while a member joins again are told with what was left unread, after retryForMs`, async () => {
    const [topic, groupId] = [await bench.topic(), bench.group()];
    await bench.write(topic, 100);
    const consumer = { heartbeatInterval: 50, partitionAssignmentStrategy: [strategy] };
    let joins = 0;
    const client = clientAround({ brokers: bench.brokers, consumer }, (real) => ({
      join: (wish) =>
        ++joins === 1
          ? real.join(wish)
          : Promise.reject(new KafkaConnectionError({ brokers: bench.brokers, problem: 'away' })),
    }));
    const first = fromKafkaGroup({ topics: topic, groupId, client, streamTimeout: -1, retryForMs: 400 });
    const rows = first[Symbol.asyncIterator]();
    const seen = [];
    while (seen.length < 10) seen.push(numberOf((await rows.next()).value!));
    assert.deepEqual(seen, range(10));
    const second = fromKafkaGroup({ topics: topic, groupId, brokers: bench.brokers, consumer });
    const joining = second[Symbol.asyncIterator]().next();
    await until(async () => {
      const { groups } = await bench.admin.describeGroups([groupId]);
      return groups[0]?.state === 'PreparingRebalance';
    });
    const since = performance.now();
    let read = 10;
    await assert.rejects(
      async () => {
        for (;;) {
          await rows.next();
          read++;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      (error: unknown) => {
        assert.ok(error instanceof ReadFailedError, String(error));
        assert.match(error.message, /Joining group/);
        assert.equal(error.lag, 100 - read);
        return true;
      },
    );
    assert.ok(joins > 2 && performance.now() - since < 15_000, `${joins} joins`);
    await first.close();
    await joining;
    await second.close();
  });
