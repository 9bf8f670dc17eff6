/** Labels that come later than their rows, in a topic of their own: joined by key within a time, the rest counted. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import {
  avroCodec,
  createTopic,
  openKafka,
  schemaRegistry,
  startSchemaRegistry,
  writeToKafka,
  type KafkaClient,
} from '../../src/kafka/index.ts';
import { checkLabels, Labels } from '../../src/serving/labels.ts';
import { LabelJoin, type AwaitingRow, type LabelCounts } from '../../src/serving/label-join.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName, randomTopic } from '../helpers/topics.ts';
import {
  assertOnePerRow,
  drawnRows,
  endsOf,
  eventually,
  predictionsIn,
  saveVersion,
  serveRows,
  topicsOf,
  versionsOf,
} from './helpers.ts';

const none = { joined: 0, late: 0, missing: 0, doubled: 0, unmatched: 0, bad: 0, forgotten: 0, waiting: 0 };

/** A join whose clock stands still until it is moved. */
function joinOf(most = 100) {
  const clock = { now: 0 };
  const [joined, remarks]: [string[], string[]] = [[], []];
  const join = new LabelJoin<AwaitingRow>({
    ...{ within: 1000, most, now: () => clock.now },
    onJoined: ({ key }, label) => joined.push(`${key}=${label}`),
    onRemark: (text) => remarks.push(text),
  });
  const counts = (expected: Partial<LabelCounts>) => assert.deepEqual(join.counts, { ...none, ...expected });
  return { join, clock, joined, remarks, counts };
}

test('a label finds its row whichever comes first; a second one is counted, and changes nothing', () => {
  const { join, joined, counts } = joinOf();
  join.addRow({ key: 'a', time: 5000 });
  join.addLabel('b', 0, 5100);
  counts({ waiting: 1 });
  join.addLabel('a', 1, 6000);
  join.addRow({ key: 'b', time: 5200 });
  assert.deepEqual(joined, ['a=1', 'b=0']);
  join.addLabel('a', 0, 5500);
  assert.deepEqual(joined, ['a=1', 'b=0']);
  counts({ joined: 2, doubled: 1 });
});

test('a label by whose time its row is too old, or that is read too late, is late, and the row missing', () => {
  const { join, clock, joined, remarks, counts } = joinOf();
  join.addRow({ key: 'a', time: 5000 });
  join.addLabel('a', 1, 6001);
  counts({ late: 1, missing: 1 });
  join.addRow({ key: 'b', time: 5000 });
  clock.now = 1000;
  counts({ late: 1, missing: 2 });
  join.addLabel('b', 1, 5001);
  counts({ late: 2, missing: 2 });
  assert.deepEqual([joined, remarks.length], [[], 2]);
  assert.match(remarks[0]!, /got no label within 1000 ms/);
  assert.match(remarks[1]!, /too late: 1001 ms behind its row.*1000 ms are allowed/);
  assert.match(join.summary()!, /^Labels: 0 joined, 2 late, 2 missing\.$/);
});

test('a key that comes again names the newer row; labels of no row, and rows without a key, are counted', () => {
  const { join, clock, joined, counts } = joinOf();
  join.addRow({ key: 'a', time: 5000 });
  join.addRow({ key: 'a', time: 5500 });
  counts({ missing: 1, waiting: 1 });
  join.addLabel('a', 1, 5600);
  join.addLabel('other', 1, 5600);
  join.addKeyless();
  clock.now = 1000;
  assert.deepEqual(joined, ['a=1']);
  counts({ joined: 1, missing: 2, unmatched: 1 });
});

test('where a key recurs, each of its labels is for the row of its time, and an older row waits no more', () => {
  const { join, clock, joined, remarks, counts } = joinOf();
  join.addLabel('a', 0, 1000);
  join.addLabel('a', 1, 9000);
  counts({ unmatched: 1 });
  assert.match(remarks[0]!, /found no row/);
  join.addRow({ key: 'a', time: 9000 });
  counts({ unmatched: 1, joined: 1 });
  join.addRow({ key: 'b', time: 9000 });
  join.addLabel('b', 0, 1000);
  join.addRow({ key: 'b', time: 1500 });
  counts({ unmatched: 1, joined: 2, missing: 1 });
  clock.now = 1000;
  assert.deepEqual(joined, ['a=1', 'b=0']);
  counts({ unmatched: 1, joined: 2, missing: 1 });
});

test('what waits is bounded: the oldest make room, which is counted and said once', () => {
  const { join, remarks, counts } = joinOf(3);
  for (let n = 0; n < 10; n++) join.addRow({ key: `r${n}`, time: 5000 });
  counts({ forgotten: 7, waiting: 3 });
  for (let n = 0; n < 10; n++) join.addLabel(`l${n}`, 1, 5000);
  counts({ forgotten: 14, waiting: 3 });
  assert.equal(remarks.length, 1);
});

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

const { draw, labelOf, learnt } = drawnRows(11);

/** Rows without labels, by keys that are unique, and their labels. */
function drawn(from: number, count: number) {
  const rows = Array.from({ length: count }, draw);
  const timestamp = Date.now();
  const at = (n: number) => ({ key: `row-${from + n}`, timestamp });
  return {
    rows: rows.map((row, n) => ({ ...at(n), value: row.join(',') })),
    labels: rows.map((row, n) => ({ ...at(n), value: String(labelOf(row)) })),
  };
}

async function joining(t: TestContext, within: number) {
  const topics = await topicsOf(t, client, 1);
  const labels = randomName('labels');
  await createTopic(labels, { client, partitions: 3 });
  t.after(() => client.topics.delete(labels));
  const { store } = await versionsOf(t);
  const remarks: string[] = [];
  const first = await saveVersion(store, { model: learnt(0) });
  const server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20, shadow: true, labels: { topic: labels, within } },
    onRemark: (text) => remarks.push(text),
  });
  t.after(() => server.stop());
  return { topics, labels, store, server, remarks, first };
}

test('a better version takes over by labels from a topic with other partitions; those that do not fit are counted', async (t) => {
  const { topics, labels, store, server, remarks, first } = await joining(t, 1_800_000);
  const better = await saveVersion(store, { model: learnt(4000) });
  await eventually(() => server.progress.candidate === better);
  const one = drawn(0, 1500);
  await writeToKafka(topics.rows, one.rows, { client });
  await eventually(() => server.labels!.waiting === 1500);
  assert.equal(server.quality.get(first), undefined, 'rows without a label do not count');
  // Some twice, one for no row, one that is none, and one by whose time its row is too old.
  const odd = [
    ...one.labels.slice(0, 5),
    { key: 'nobody', value: '1' },
    { key: 'row-7', value: 'seven' },
    { value: '1' },
  ];
  await writeToKafka(labels, one.labels.slice(0, 1499), { client });
  await eventually(() => server.labels!.joined === 1499);
  await writeToKafka(labels, odd, { client });
  await writeToKafka(labels, [{ ...one.labels[1499]!, timestamp: Date.now() + 3_000_000 }], { client });
  await eventually(
    () => server.labels!.late === 1 && server.labels!.bad === 2 && server.labels!.doubled === 5,
  );
  assert.equal(server.quality.get(first)!.labelledRows, 1499);
  // The next batch is where another version might take over.
  await writeToKafka(topics.rows, [{ ...drawn(0, 1).rows[0]!, key: 'next' }], { client });
  await eventually(() => server.progress.rows === 1501);
  assert.equal(server.progress.version, first, 'too few rows');
  // Labels that are there before their rows.
  const two = drawn(1500, 600);
  await writeToKafka(labels, two.labels, { client });
  await writeToKafka(topics.rows, two.rows, { client });
  await eventually(() => server.labels!.joined === 2099);
  await writeToKafka(topics.rows, drawn(2100, 1).rows, { client });
  await eventually(() => server.progress.version === better);
  await eventually(() => server.progress.rows === 2102);
  assert.deepEqual(server.labels, {
    ...{ joined: 2099, late: 1, missing: 1, doubled: 5, unmatched: 0, bad: 2, forgotten: 0, waiting: 2 },
  });
  await server.stop();
  assert.match(remarks.at(-1)!, /^Labels: 2099 joined, 1 late, 1 missing, 5 doubled, 2 bad, 2 waiting\.$/);
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

/** A way to a registry that is shut until it is opened. */
async function gateTo(t: TestContext, url: string) {
  const gate = { isOpen: false, asked: 0, url: '' };
  const server = http.createServer((request, response) => {
    gate.asked++;
    if (!gate.isOpen) return void response.writeHead(503).end('shut');
    void fetch(`${url}${request.url}`)
      .then((answer) => answer.text())
      .then((text) => response.end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gate;
}

test('a registry that is away for longer than it is asked for loses no label', async (t) => {
  const topic = await randomTopic(t, { client, partitions: 1 });
  const said = ['size', 'label'].map((name) => ({ name, type: 'int' }));
  const schema = { type: 'record', name: 'Label', fields: said };
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const gate = await gateTo(t, local.url);
  const codecAt = (url: string) =>
    avroCodec({ registry: schemaRegistry({ url, retryForMs: 0 }), schema, fields: ['size'], label: 'label' });
  const writer = codecAt(local.url);
  await writer.register(topic);
  const keys = ['a', 'b', 'c'];
  const time = Date.now();
  const values = keys.map((key, n) => ({
    key,
    timestamp: time,
    value: writer.encode({ xs: Float32Array.of(7), ys: n }),
  }));
  await writeToKafka(topic, values, { client });

  const reader = codecAt(gate.url);
  const [joined, remarks]: [string[], string[]] = [[], []];
  const labels = new Labels<AwaitingRow>(
    checkLabels({ topic, decode: (record) => Number(reader.decode(record).ys) }),
    {
      client,
      isLabel: (value) => value >= 0,
      onJoined: ({ key }, label) => joined.push(`${key}=${label}`),
      onRemark: (text) => remarks.push(text),
    },
  );
  t.after(() => labels.close());
  const rows = keys.map((key) => ({ key, time }));
  labels.add(rows, 0);
  await eventually(() => remarks.length === 1);
  assert.match(remarks[0]!, /cannot be read: .*registry.* It is tried again\.$/i);
  const asked = gate.asked;
  await eventually(() => gate.asked > asked);
  gate.isOpen = true;
  await eventually(() => labels.counts.joined === 3);
  assert.deepEqual([joined, labels.counts.bad], [['a=0', 'b=1', 'c=2'], 0]);
  assert.deepEqual(remarks.slice(1), [], 'the same trouble is said once');
});

test('it is closed at once while a schema is waited for', async (t) => {
  const topic = await randomTopic(t, { client, partitions: 1 });
  const gone = await startSchemaRegistry();
  await gone.close();
  const registry = schemaRegistry({ url: gone.url, retryForMs: 10_000 });
  let asked = 0;
  const options = checkLabels({
    topic,
    decode: () => {
      asked++;
      return registry.known(1) === undefined ? 0 : 1;
    },
  });
  const parts = { client, isLabel: () => true, onJoined: () => undefined, onRemark: () => undefined };
  const labels = new Labels<AwaitingRow>(options, parts);
  const time = Date.now();
  await writeToKafka(topic, [{ key: 'a', value: '1', timestamp: time }], { client });
  labels.add([{ key: 'a', time }], 0);
  await eventually(() => asked === 1);
  await labels.close();
  assert.deepEqual([asked, labels.counts.waiting], [1, 1]);
});

test('labels without shadow, of a topic that is not there, or of the predictions are refused', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  const refused = (options: Parameters<typeof serveRows>[2], code: string) =>
    assert.rejects(serveRows(client, topics, { models: store, ...options }), { code });
  await refused({ labels: { topic: 'labels' } }, 'ST_OPTION_INVALID');
  await refused({ shadow: true, labels: { topic: topics.to } }, 'ST_OPTION_INVALID');
  await refused({ shadow: true, labels: { topic: 'labels', within: 0 } }, 'ST_OPTION_INVALID');
  await refused({ shadow: true, labels: { topic: randomName('nowhere') } }, 'ST_KAFKA_UNKNOWN_TOPIC');
});
