/** Chapter 2 shows Kafka at work: order per key, lag, a rebalance, and rows that come twice. */
import assert from 'node:assert/strict';
import { printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('02-kafka-seen-working', 'ch2-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  const byPatient = printed('order-patients').trim().split('\n');
  assert.deepEqual(
    byPatient,
    ['ada', 'ben', 'cem', 'dua', 'eve'].map((patient) => `${patient} 1 2 3 4 5 6`),
  );
  assert.match(printed('offsets-end'), /visit 6\n.*visit 6/);
  assert.match(printed('group-lag'), /lag of the group: 20/);
  assert.match(printed('group-rest'), /^20 more; lag of the group: 0/);
  const lags = numbersAfter(printed('lag-watch'), /lag (\d+)/g);
  assert.equal(lags.at(-1), 0);
  assert.ok(Math.max(...lags) > lags[0]!, `the lag rises before it falls: ${lags.join(', ')}`);
  assert.match(printed('rebalance-run'), /^anna reads partitions \[ 0, 1, 2 \]\n/);
  assert.match(printed('rebalance-run'), /bert reads partitions \[ \d/);
  assert.match(printed('rebalance-leave'), /^now bert has \[ 0, 1, 2 \]$/m);
  assert.match(printed('retention-read'), /got 20 messages from offset 60/);
  const lives = printed('once-twice').trim().split('\n');
  const [first, second] = lives.map((life) => life.split(':')[1]!.trim());
  assert.equal(first, second);
});
