/** One learner's program: chapter 5 in short, with chapter 5's names, which are the same for everybody. */
import {
  createTopic,
  csvCodec,
  deleteTopic,
  fromKafkaGroup,
  listGroups,
  listTopics,
  openKafka,
  writeToKafka,
} from '../../src/kafka/index.ts';
import { LogisticRegression, trainOnline } from '../../src/training/index.ts';

const who = Number(process.argv[2]);
const rows = Array.from({ length: 600 }, (_, row) => ({ key: String(row % 2), value: `${who},${row % 2}` }));
const topic = 'ch5-samples';
// Where Kafka is, and the prefix, come from the environment.
const client = await openKafka();
await createTopic(topic, { partitions: 1, client });
await writeToKafka(topic, rows, { client, rowsPerSecond: 400 });
const trained = await trainOnline({
  model: new LogisticRegression({ features: 2 }),
  decode: csvCodec({ columns: 2 }),
  source: { topics: topic, groupId: 'ch5-online', maxRecords: 32, stop: 'end', client },
});
const read = fromKafkaGroup({ topics: topic, groupId: 'ch5-look', stop: 'end', commit: 'auto', client });
const authors = new Set<string>();
for await (const { value } of read) authors.add(String(value).split(',')[0] ?? '');
const seen = { topics: await listTopics({ client }), groups: await listGroups({ client }) };
await deleteTopic(topic, { client });
for (const group of seen.groups) await client.groups.delete(group);
const left = [...(await listTopics({ client })), ...(await listGroups({ client }))];
await client.close();
console.log(JSON.stringify({ learnt: trained.rows, authors: [...authors], ...seen, left }));
