/** Online training while its broker dies and comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../../../src/broker/index.ts';
import { csvCodec, describeGroup } from '../../../src/kafka/index.ts';
import { localCheckpoints } from '../../../src/training/index.ts';
import { trainOnline } from '../../../src/training/index.ts';
import { benchOn } from '../../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { PlainRegression, RowLedger, writeRows } from './helpers.ts';

test('a broker killed and restarted during training: waits, goes on, ends as if nothing had happened', async (t) => {
  const broker = await startBroker({ temporary: true });
  t.after(() => broker.stop());
  const bench = await benchOn(broker.brokers);
  t.after(() => bench.close());
  const [topic, rows] = [await bench.topic(), 8_000];
  await writeRows(bench, topic, rows);
  const folder = await temporaryFolder(t);

  const train = async (restarts: readonly number[]) => {
    const [model, ledger] = [new PlainRegression(3), new RowLedger()];
    const remarks: string[] = [];
    const groupId = bench.group();
    let restarting: Promise<void> | undefined;
    const result = await trainOnline({
      source: {
        topics: topic,
        groupId,
        brokers: broker.brokers,
        stop: 'end',
        maxRecords: 500,
        // Little is fetched ahead, so that the broker is needed all the time.
        bufferRecords: 1000,
        configuration: { 'max.partition.fetch.bytes': 5000 },
      },
      model,
      decode: csvCodec({ columns: 3 }),
      extras: { ledger },
      checkpoint: localCheckpoints(`${folder}/${restarts.length}`),
      onLearnt: (mini) => ledger.add(mini),
      onRemark: (text) => remarks.push(text),
      onProgress: ({ miniDatasets }) => {
        if (restarts.includes(miniDatasets)) restarting = broker.kill().then(() => broker.restart());
      },
    });
    await restarting;
    return { result, model, ledger, remarks, groupId };
  };

  const undisturbed = await train([]);
  const disturbed = await train([6]);
  assert.deepEqual(disturbed.ledger.faults({ 0: rows }), []);
  assert.deepEqual(disturbed.model.save(), undisturbed.model.save());
  assert.deepEqual([disturbed.result.ended, disturbed.result.rows], ['source', rows]);
  t.diagnostic(
    `remarks: ${disturbed.remarks.length}, waiting share ${disturbed.result.waitingShare.toFixed(2)}`,
  );
  const { partitions } = await describeGroup(disturbed.groupId, { brokers: broker.brokers });
  assert.equal(partitions[0]?.currentOffset, rows);
});
