/** A reader in a process of its own, for tests that suspend or block it: prints the number of every row it is handed. */
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';

const { BROKERS = '', TOPIC = '', SILENCE = '0', BLOCK = '0' } = process.env;
const stream = fromKafkaGroup({
  brokers: BROKERS,
  topics: TOPIC,
  groupId: `suspended-${TOPIC}`,
  streamTimeout: Number(SILENCE),
});
let rows = 0;
for await (const record of stream.prefetch(1)) {
  process.stdout.write(`${String(record.value)}\n`);
  // Work that gives the event loop no turn.
  if (++rows % 50 === 0) for (const end = performance.now() + Number(BLOCK); performance.now() < end;);
}
