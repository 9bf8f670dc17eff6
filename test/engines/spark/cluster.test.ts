/** A master of Spark's own with two worker processes: driver and executor killed, and the same bytes. Minutes: STREAMTRAIN_LONG=1. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { EngineEndedError, startSpark, trainOnSpark } from '../../../src/engines/index.ts';
import { descendants } from '../../../src/process/index.ts';
import { localCheckpoints } from '../../../src/training/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { isLong } from '../../helpers/schedules.ts';
import { byHand, filled, made, ROWS, settings, skip, temporary, worker } from './rounds-by-hand.ts';

const leftOut = skip || (!isLong && 'not run: a cluster takes minutes (STREAMTRAIN_LONG=1)');

test(
  'driver and executor killed with SIGKILL: called again, training ends with the bytes of an unbroken one',
  { skip: leftOut },
  async (t) => {
    const topic = await filled(t);
    const brokers = await testBrokers();
    const expected = await byHand();
    const javas = (pid?: number): number[] =>
      descendants(pid)
        .filter(({ command }) => command === 'java')
        .map((seen) => seen.pid);
    // A Kafka of this process is one, too.
    const before = javas();
    await using spark = await startSpark({ workers: 2, cluster: true });
    // It would put a secret of its own in the place of the first one's.
    const second = startSpark({ workers: 1, cluster: true, folder: spark.folder });
    await assert.rejects(second, { code: 'ST_ENGINES_RUNNING', message: /start a second Apache Spark/ });
    const store = localCheckpoints(path.join(temporary(t), 'model'));
    const settled = { topic, brokers, spark, worker, ...settings, checkpoint: store };
    {
      // The round is kept, and Spark has not noted it: it hands the same batch out again.
      using model = made();
      const killsDriver = (): void => {
        const drivers = javas().filter(
          (pid) => !before.includes(pid) && !spark.pids.some((one) => [one, ...javas(one)].includes(pid)),
        );
        assert.equal(drivers.length, 1);
        process.kill(drivers[0]!, 'SIGKILL');
      };
      await assert.rejects(
        trainOnSpark({ ...settled, model, onProgress: killsDriver }),
        (error) => error instanceof EngineEndedError && /SIGKILL/.test(error.message),
      );
    }
    using model = made();
    let killed = 0;
    const result = await trainOnSpark({
      ...settled,
      model,
      onProgress: ({ rounds }) => {
        if (rounds !== 2) return;
        // A little later, when the next round is on its way.
        void pause(300).then(() => {
          for (const pid of javas(spark.pids[1]).slice(0, 1)) {
            process.kill(pid, 'SIGKILL');
            killed++;
          }
        });
      },
    });
    assert.equal(killed, 1);
    assert.notEqual(result.resumedFrom, undefined);
    assert.deepEqual([result.rounds, result.totalRows], [expected.rounds, ROWS]);
    assert.deepEqual(model.save(), expected.state);
  },
);
