/** What a member does while its group is rearranged: commits are waited for, new partitions are noticed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addPartitions } from '../../../../src/kafka/admin/topics.ts';
import type { KafkaReader, LogClient } from '../../../../src/kafka/client/client.ts';
import { kafkajsReader } from '../../../../src/kafka/client/log-client.ts';
import { fromKafkaBatches } from '../../../../src/kafka/dataset/batch-dataset.ts';
import { fromKafkaGroup } from '../../../../src/kafka/dataset/group-dataset.ts';
import { KafkaConnectionError, KafkaProtocolError } from '../../../../src/kafka/errors.ts';
import { fromKafka } from '../../../../src/kafka/dataset/partition-dataset.ts';
import { writeToKafka } from '../../../../src/kafka/writer/run.ts';
import { kafkaSettings } from '../../../../src/kafka/settings/settings.ts';
import { clientAround } from '../../client-around.ts';
import { numberOf, range, sharedBench, sorted, until, type Bench } from '../../dataset-helpers.ts';
import { typescriptFlags } from '../../../helpers/typescript.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** A real client whose commits take their time, and that writes down what it asks of the group. */
function slowCommits(ms: number, calls: string[]) {
  const settings = kafkaSettings({ brokers: bench.brokers, consumer: { heartbeatInterval: 50 } });
  const around = (client: LogClient): LogClient => ({
    ...client,
    join: (wish) => {
      calls.push('join');
      return client.join(wish);
    },
    commit: async (identity, offsets) => {
      calls.push('commit');
      await sleep(ms);
      await client.commit(identity, offsets);
      calls.push('committed');
    },
  });
  const reader = (): KafkaReader => {
    const real = kafkajsReader(settings);
    return { open: () => around(real.open()), close: () => real.close() };
  };
  return { settings, reader };
}

for (const strategy of ['range', 'cooperative-sticky'])
  test(`${strategy}: a commit under way is waited for before partitions are given up, so that none of its rows come twice`, async () => {
    const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
    for (const partition of [0, 1]) await bench.write(topic, 100, { partition, from: partition * 100 });
    const calls: string[] = [];
    const configuration = ['heartbeat.interval.ms=50', `partition.assignment.strategy=${strategy}`];
    const source = { topics: topic, groupId, maxRecords: 20, configuration };
    const first = fromKafkaBatches({ ...source, client: slowCommits(600, calls), streamTimeout: 900 });
    const seen: number[] = [];
    const commits: Promise<void>[] = [];
    const reading = (async () => {
      for await (const mini of first) {
        seen.push(...mini.records.map(numberOf));
        // Not waited for, as a training does that goes on meanwhile.
        commits.push(mini.commit());
        await sleep(50);
      }
    })();
    await until(() => seen.length > 0);
    const second = fromKafkaBatches({ ...source, brokers: bench.brokers, streamTimeout: 900 });
    for await (const mini of second) {
      seen.push(...mini.records.map(numberOf));
      await mini.commit();
    }
    await reading;
    await Promise.allSettled(commits);
    assert.deepEqual(sorted(seen), range(200), 'every row once');
    const again = calls.indexOf('join', 1);
    assert.ok(again > 0, 'it joined again');
    if (strategy === 'range') {
      const before = calls.slice(0, again);
      const count = (what: string) => before.filter((call) => call === what).length;
      assert.equal(
        count('commit'),
        count('committed'),
        `none was under way when it joined again: ${calls.join(' ')}`,
      );
    }
  });

test('a commit that waits while the group is rearranged leaves out what went to another member', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
  for (const partition of [0, 1]) await bench.write(topic, 10, { partition, from: partition * 10 });
  const settings = kafkaSettings({ brokers: bench.brokers, consumer: { heartbeatInterval: 50 } });
  const told: string[] = [];
  let joins = 0;
  let late: Promise<void> | undefined;
  const around = (client: LogClient): LogClient => ({
    ...client,
    join: async (wish) => {
      // Asked for by the caller in the middle of the second join.
      if (++joins === 2) late = first.commit();
      return client.join(wish);
    },
    commit: (identity, offsets) => {
      told.push(`${joins}: ${offsets.map(({ partition }) => partition).join()}`);
      return client.commit(identity, offsets);
    },
  });
  const reader = (): KafkaReader => {
    const real = kafkajsReader(settings);
    return { open: () => around(real.open()), close: () => real.close() };
  };
  const source = { topics: topic, groupId, streamTimeout: -1 };
  const first = fromKafkaGroup({ ...source, client: { settings, reader } });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const record of first) seen.push(numberOf(record));
  })();
  await until(() => seen.length === 20);
  const second = fromKafkaGroup({ ...source, brokers: bench.brokers });
  const other = (async () => {
    for await (const record of second) seen.push(numberOf(record));
  })();
  await until(() => late !== undefined);
  await late;
  await Promise.all([first.close(), second.close()]);
  await Promise.all([reading, other]);
  assert.match(told.join('; '), /^2: [01]$/, 'one of two partitions');
});

test('what is due is committed in onRevoked, before others get the partitions', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
  for (const partition of [0, 1]) await bench.write(topic, 100, { partition, from: partition * 100 });
  const options = { topics: topic, groupId, brokers: bench.brokers, streamTimeout: 700 };
  const configuration = ['heartbeat.interval.ms=50'];
  const revoked: string[] = [];
  const first = fromKafkaGroup({
    ...options,
    configuration,
    onRevoked: async (assignment) => {
      revoked.push((assignment[topic] ?? []).join());
      await first.commit();
    },
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const record of first) {
      seen.push(numberOf(record));
      await sleep(5);
    }
  })();
  await until(() => seen.length > 10);
  const second = fromKafkaGroup({ ...options, configuration, commit: 'auto' });
  for await (const record of second) seen.push(numberOf(record));
  await reading;
  assert.deepEqual(sorted(seen), range(200));
  assert.equal(revoked[0], '0,1');
});

test('partitions that are added are read: before the first heartbeat, and later', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 1);
  const numbers: number[] = [];
  const life = fromKafkaGroup({
    topics: topic,
    groupId,
    brokers: bench.brokers,
    streamTimeout: -1,
    configuration: { 'heartbeat.interval.ms': 200, 'metadata.max.age.ms': 400 },
  });
  const reading = (async () => {
    for await (const record of life) numbers.push(numberOf(record));
  })();
  await until(() => numbers.length === 1);
  for (const [partition, count] of [
    [1, 2],
    [2, 3],
  ] as const) {
    await addPartitions(topic, count, { brokers: bench.brokers });
    const rows = range(5, partition * 5).map((row) => ({ value: String(row), partition }));
    await writeToKafka(topic, rows, { brokers: bench.brokers, log: false });
    await until(() => numbers.length === 1 + partition * 5);
    await sleep(500);
  }
  assert.deepEqual(sorted(numbers), [0, ...range(10, 5)]);
  await life.close();
  await reading;
});

test('with latest, rows of an added partition that were written before it was noticed are read', async () => {
  const [topic, brokers] = [await bench.topic(), bench.brokers];
  const numbers: number[] = [];
  let isAssigned = false;
  const life = fromKafkaGroup({
    ...{ topics: topic, groupId: bench.group(), brokers, streamTimeout: -1 },
    configuration: {
      'auto.offset.reset': 'latest',
      'heartbeat.interval.ms': 200,
      'metadata.max.age.ms': 400,
    },
    onAssigned: () => (isAssigned = true),
  });
  await bench.write(topic, 1);
  const reading = (async () => {
    for await (const record of life) numbers.push(numberOf(record));
  })();
  await until(() => isAssigned);
  await addPartitions(topic, 2, { brokers });
  await writeToKafka(topic, [{ value: '7', partition: 1 }], { brokers, log: false });
  await until(() => numbers.length === 1);
  assert.deepEqual(numbers, [7]);
  await life.close();
  await reading;
});

test('with latest, rows of a partition that was added while nobody read are read from the saved position on', async () => {
  const [topic, brokers] = [await bench.topic(), bench.brokers];
  await bench.write(topic, 5);
  const position = { [topic]: { 0: 5 } };
  await addPartitions(topic, 2, { brokers });
  await writeToKafka(topic, [{ value: '7', partition: 1 }], { brokers, log: false });
  const remarks: string[] = [];
  const latest = { configuration: ['auto.offset.reset=latest'], stop: 'end' as const, brokers };
  const inGroup = () => ({
    ...{ ...latest, topics: topic, groupId: bench.group() },
    onRemark: (text: string) => remarks.push(text),
  });
  assert.deepEqual((await fromKafkaGroup({ ...inGroup(), position }).toArray()).map(numberOf), [7]);
  assert.match(remarks.join(), /\[1\] .* counts as added since then and is read from its beginning/);
  assert.deepEqual(await fromKafkaGroup(inGroup()).toArray(), [], 'without a position all were there');
  // A partition below those that are named was there: another reader had it.
  const other = { [topic]: { 1: 1 } };
  assert.deepEqual(await fromKafkaGroup({ ...inGroup(), position: other }).toArray(), []);
  const rows = await fromKafka(topic, { brokers, offset: 'end', position }).toArray();
  assert.deepEqual(rows.map(numberOf), [7]);
});

test('cooperative-sticky: a member keeps reading what it keeps while the group waits for a slow one', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 6 }), bench.group()];
  let written = 0;
  const more = async () => {
    for (const partition of range(6))
      await bench.write(topic, 10, { partition, from: written + partition * 10 });
    written += 60;
  };
  const assignments: Record<string, string[]> = { slow: [], quick: [], new: [] };
  const open = (who: string) =>
    fromKafkaGroup({
      topics: topic,
      groupId,
      brokers: bench.brokers,
      streamTimeout: -1,
      commit: 'auto',
      consumer: {
        heartbeatInterval: 50,
        autoCommitInterval: 20,
        partitionAssignmentStrategy: ['cooperative-sticky'],
      },
      onAssigned: (now) => assignments[who]!.push((now[topic] ?? []).join()),
    });
  const numbers: number[] = [];
  const gate: { shut?: Promise<void> } = {};
  const run = async (stream: ReturnType<typeof open>, isSlow: boolean) => {
    for await (const record of stream) {
      numbers.push(numberOf(record));
      if (isSlow) await gate.shut;
    }
  };
  const [slow, quick, late] = [open('slow'), open('quick'), open('new')];
  const runs = [run(slow, true)];
  await more();
  await until(() => numbers.length === written);
  runs.push(run(quick, false));
  await until(() => assignments['quick']!.at(-1)?.length === 5 && assignments['slow']!.at(-1)?.length === 5);
  // The slow one is busy with a record, so the group cannot take its new shape.
  let goOn = () => {};
  gate.shut = new Promise((resolve) => (goOn = resolve));
  const [before] = [numbers.length];
  await more();
  await until(() => numbers.length >= before + 31);
  runs.push(run(late, false));
  while ((await bench.admin.describeGroups([groupId])).groups[0]?.state !== 'PreparingRebalance')
    await sleep(20);
  const during = numbers.length;
  await more();
  await until(() => numbers.length >= during + 30);
  assert.equal(assignments['new']!.length, 0, 'the group has still not formed');
  goOn();
  await until(() => numbers.length === written && assignments['new']!.at(-1)?.length === 3);
  await more();
  await until(() => numbers.length === written);
  assert.deepEqual(sorted(numbers), range(written), 'every row once');
  await Promise.all([slow.close(), quick.close(), late.close()]);
  await Promise.all(runs);
});

test('a process that stood still for longer than its session hands over nothing that another has read meanwhile', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 100);
  const options = { topics: topic, groupId, brokers: bench.brokers, streamTimeout: 1500 };
  const stream = fromKafkaGroup({
    ...options,
    configuration: { 'session.timeout.ms': 1000, 'heartbeat.interval.ms': 100 },
  });
  const seen: number[] = [];
  let other: string[] = [];
  for await (const record of stream) {
    seen.push(numberOf(record));
    if (seen.length !== 10) continue;
    await stream.commit();
    // Nothing runs here while another process becomes a member, reads the rest, commits and leaves.
    const script = `
      import { fromKafkaGroup } from '${new URL('../../../../src/kafka/dataset/group-dataset.ts', import.meta.url).pathname}';
      const stream = fromKafkaGroup({ ...${JSON.stringify(options)}, stop: 'end', commit: 'auto' });
      for await (const record of stream) console.log(String(record.value));`;
    const args = [...typescriptFlags(), '--input-type=module', '-e', script];
    other = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
  }
  assert.deepEqual([seen, other.map(Number)], [range(10), range(90, 10)]);
  assert.deepEqual(stream.position(), { [topic]: { 0: 100 } });
});

test('commit: auto ends the stream when the broker refuses commits for good, and goes on when it is away for a moment', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  for (const isForGood of [true, false]) {
    let commits = 0;
    const refused = { type: 'GROUP_AUTHORIZATION_FAILED', answer: 'no right to', canRetry: false };
    const client = clientAround({ brokers: bench.brokers, consumer: { autoCommitInterval: 0 } }, (real) => ({
      commit: (identity, offsets) => {
        if (++commits > 2) return real.commit(identity, offsets);
        return Promise.reject(
          isForGood
            ? new KafkaProtocolError({ what: 'committing', ...refused })
            : new KafkaConnectionError({ brokers: bench.brokers, problem: 'away for a moment' }),
        );
      },
    }));
    const options = { topics: topic, groupId: bench.group(), client, commit: 'auto', stop: 'end' } as const;
    const reading = fromKafkaGroup(options).toArray();
    if (isForGood) {
      const code = 'ST_KAFKA_COMMIT_REFUSED';
      await assert.rejects(reading, { code, message: /GROUP_AUTHORIZATION_FAILED|no right to/ });
      continue;
    }
    assert.equal((await reading).length, 10);
    assert.equal(await fromKafkaGroup(options).count(), 0, 'committed in the end');
  }
});
