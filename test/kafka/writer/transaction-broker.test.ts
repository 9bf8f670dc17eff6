/** Transactions on a broker that falls silent at the commit, and on one whose cluster speaks an earlier version of them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { prepareBroker } from '../../../src/broker/index.ts';
import { createTopic, fromKafka, openKafka, openTransactions } from '../../../src/kafka/index.ts';
import { startProxiedBroker } from '../../helpers/proxy.ts';
import { randomName } from '../../helpers/topics.ts';

/** Ids that are not used are forgotten after a second, not after a week. */
const FORGETFUL = {
  'transactional.id.expiration.ms': 1000,
  'transaction.remove.expired.transaction.cleanup.interval.ms': 200,
};
const FORGOTTEN_MS = 2000;

test('a commit without an answer is said to be of unknown fate; opening again settles it. A forgotten id is taken back. Version 1 is refused', async (t) => {
  await using kafka = await startProxiedBroker({ config: FORGETFUL });
  await using direct = await openKafka({ brokers: kafka.broker.brokers.join() });
  const [topic, transactionalId] = [randomName(), randomName('transactions')];
  await createTopic(topic, { client: direct, partitions: 1 });

  await t.test('the broker falls silent at the commit', async () => {
    const brokers = kafka.brokers.join();
    const silent = await openTransactions({ brokers, transactionalId, deliveryTimeout: 1_500 });
    const transaction = await silent.begin();
    await transaction.send(topic, { value: 'sent' });
    kafka.proxy.freeze('answers');
    const unknown = { code: 'ST_KAFKA_TRANSACTION_UNKNOWN' };
    await assert.rejects(transaction.commit(), unknown);
    await assert.rejects(silent.begin(), unknown);
    kafka.proxy.resume();
    await silent.close();
    await using next = await openTransactions({ client: direct, transactionalId });
    await using last = await next.begin();
    await last.send(topic, { value: 'last' });
    await last.commit();
    const values: string[] = [];
    for await (const { value } of fromKafka(topic, { client: direct })) values.push(String(value));
    // The request had arrived; only its answer had not.
    assert.deepEqual(values, ['sent', 'last']);
  });

  await t.test(
    'an id that the broker has forgotten is taken back, unless another producer has it by now',
    async () => {
      const id = randomName('transactions');
      await using first = await openTransactions({ client: direct, transactionalId: id });
      const write = async (value: string): Promise<void> => {
        await using transaction = await first.begin();
        void transaction.send(topic, { value });
        await transaction.commit();
      };
      await write('one');
      await sleep(FORGOTTEN_MS);
      await assert.rejects(write('lost'), { code: 'ST_KAFKA_TRANSACTION_ABORTED' });
      await write('two');
      await sleep(FORGOTTEN_MS);
      await using second = await openTransactions({ client: direct, transactionalId: id });
      await assert.rejects(write('late'), { code: 'ST_KAFKA_PRODUCER_FENCED' });
      await using transaction = await second.begin();
      await transaction.send(topic, { value: 'three' });
      await transaction.commit();
      const rows = await fromKafka(topic, { client: direct }).toArray();
      assert.deepEqual(rows.map(({ value }) => String(value)).slice(-3), ['one', 'two', 'three']);
    },
  );

  await t.test('the cluster has agreed on the first version only', async () => {
    const { java, jars } = await prepareBroker();
    const quick = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF'];
    const main = ['-cp', jars.files.join(path.delimiter), 'org.apache.kafka.tools.FeatureCommand'];
    const what = ['downgrade', '--feature', 'transaction.version=1'];
    const where = ['--bootstrap-server', kafka.broker.brokers.join()];
    await promisify(execFile)(java.program, [...quick, ...main, ...where, ...what]);
    await assert.rejects(openTransactions({ client: direct, transactionalId }), {
      code: 'ST_KAFKA_TRANSACTION_VERSION',
      message: /this one has agreed on 1\. .*kafka-features\.sh upgrade --feature transaction\.version=2/s,
    });
  });
});
