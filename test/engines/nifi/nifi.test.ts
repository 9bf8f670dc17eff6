/** A real NiFi, with its page and without: 683 rows into a topic, 17 lines aside. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { engineParts, findChromium, nifiFlow, receiveLines, startNifi } from '../../../src/engines/index.ts';
import type { LineReceiver, NifiFlow, NifiProcessor } from '../../../src/engines/index.ts';
import { createTopic, fromKafka, KafkaWriter, openKafka } from '../../../src/kafka/index.ts';
import type { KafkaClient } from '../../../src/kafka/index.ts';
import { withLock } from '../../../src/process/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName } from '../../helpers/topics.ts';

const CSV = 'data/breast-cancer-wisconsin.csv';
const { isFetched, bytes } = await engineParts('nifi');
/** Named as not run where NiFi was not fetched. */
const skip = isFetched ? false : `NiFi was not fetched (${bytes} bytes): npx streamtrain engines fetch nifi`;

let folder: string;
let client: KafkaClient;
let topic: string;
let writer: KafkaWriter;
let receiver: LineReceiver;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'streamtrain-nifi-test-'));
  client = await openKafka({ brokers: await testBrokers() });
  topic = randomName();
  await createTopic(topic, { client, partitions: 1 });
  writer = await KafkaWriter.open(topic, { client });
  receiver = await receiveLines(async (lines) => {
    for (const value of lines) await writer.write({ value });
    await writer.flush();
  });
});
after(async () => {
  await receiver?.close();
  await writer?.close();
  await client?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** More than the ten that NiFi's own `GetFile` takes at a time. */
const MORE = 12;

/**
 * From a folder into the receiver; lines that are no whole row go into another folder: the flow of chapter 14. Of `more` files each
 * holds a row with a blank behind its label.
 */
function rowsFlow(
  name: string,
  { url, mostFiles = 10_000, more = 0 }: { url: string; mostFiles?: number; more?: number },
): NifiFlow {
  const folderOf = (kind: string) => {
    const place = path.join(folder, name, kind);
    fs.mkdirSync(place, { recursive: true });
    return place;
  };
  fs.copyFileSync(CSV, path.join(folderOf('in'), 'samples.csv'));
  for (let at = 0; at < more; at++)
    fs.writeFileSync(path.join(folderOf('in'), `more-${at}.csv`), `${whole()[at]} \n`);
  const processors: Record<string, NifiProcessor> = {
    read: {
      type: 'GetFile',
      properties: { 'Input Directory': folderOf('in'), 'Keep Source File': true },
      every: '1 hours',
    },
    route: {
      type: 'RouteText',
      properties: {
        'Routing Strategy': 'Route to each matching Property Name',
        'Matching Strategy': 'Matches Regular Expression',
        row: String.raw`(\d+,){10}[24]`,
        'Ignore Leading/Trailing Whitespace': false,
      },
      drops: ['original'],
    },
    split: {
      type: 'SplitText',
      properties: { 'Line Split Count': 100, 'Header Line Count': 0 },
      drops: ['original'],
    },
    send: {
      type: 'InvokeHTTP',
      // A picture may take longer than NiFi's own 15 s; then the first piece would go to the end of the queue.
      properties: { 'HTTP Method': 'POST', 'Remote URL': url, 'Read Timeout': '5 mins' },
      drops: ['Original', 'Response'],
    },
    aside: { type: 'PutFile', properties: { Directory: folderOf('aside') }, drops: ['success'] },
  };
  return nifiFlow({
    name,
    processors,
    connections: [
      { from: 'read', to: 'route', relationships: ['success'] },
      { from: 'route', to: 'split', relationships: ['row'] },
      { from: 'route', to: 'aside', relationships: ['unmatched'] },
      { from: 'split', to: 'send', relationships: ['splits'], mostFiles },
      ...['aside', 'split'].map((step) => ({ from: step, to: step, relationships: ['failure'] })),
      { from: 'send', to: 'send', relationships: ['Retry', 'No Retry', 'Failure'] },
    ],
  });
}

const linesAside = (name: string): string[] => {
  const aside = path.join(folder, name, 'aside');
  return fs
    .readdirSync(aside)
    .flatMap((file) => fs.readFileSync(path.join(aside, file), 'utf8').trim().split('\n'));
};

/** The whole rows of the file: 699 samples, 16 of them with a question mark. */
const whole = () =>
  fs
    .readFileSync(CSV, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .filter((line) => !line.includes('?'));

async function checkArrived(name: string, from: number, more = 0, keepsOrder = true): Promise<void> {
  const rows = (await fromKafka(topic, { client, partition: 0, offset: from }).toArray()).map(({ value }) =>
    String(value),
  );
  const [found, expected] = keepsOrder ? [rows, whole()] : [rows.toSorted(), whole().toSorted()];
  assert.deepEqual(found, expected, 'every whole row is there, once, in order');
  const aside = linesAside(name);
  assert.deepEqual(
    [aside.length, aside.filter((line) => line.includes('?')).length],
    [17 + more, 16],
    'header, 16 rows, and those with a blank',
  );
  assert.equal(rows.length + aside.length, 700 + more, 'no line is lost');
}

test(
  'Stateless: 683 rows arrive, 17 lines are put aside; a run that fails says so and loses nothing',
  { skip },
  async () => {
    const place = path.join(folder, 'wörk "here"');
    await using nifi = await startNifi({ stateless: true, folder: place });
    await nifi.runOnce(rowsFlow('stateless', { url: receiver.url, more: MORE }));
    // Of several files Stateless keeps the pieces in no order.
    await checkArrived('stateless', 0, MORE, false);
    await withLock(path.join(place, 'run.lock'), async () => {
      const signal = AbortSignal.timeout(400);
      const waiting = nifi.runOnce(rowsFlow('waiting', { url: receiver.url }), { signal });
      await assert.rejects(waiting, { name: 'TimeoutError' }, 'it waits while another program runs one here');
    });
    assert.equal(receiver.lines, 683, 'and has run nothing');
    const { processors, ...rest } = rowsFlow('nowhere', { url: new URL('/other', receiver.url).href });
    const failing = nifi.runOnce({ ...rest, processors });
    await assert.rejects(failing, {
      code: 'ST_ENGINES_NIFI_RUN',
      message: /"nowhere" did not end: .*InvokeHTTP.*failed/,
    });
    assert.deepEqual(
      fs.readdirSync(path.join(folder, 'nowhere', 'in')),
      ['samples.csv'],
      'the file is still there',
    );
    assert.equal(receiver.lines, 683);
    const read = { ...processors['read']!, properties: { 'Input Directory': 'in' } };
    const losing = nifi.runOnce({ ...rest, processors: { ...processors, read } });
    await assert.rejects(losing, { code: 'ST_ENGINES_NIFI_FLOW', message: /"read" would lose its files/ });
  },
);

test(
  'with its page: refuses a wrong flow, runs a right one, holds back what is not taken, and is seen',
  { skip },
  async (t) => {
    await assert.rejects(startNifi({ folder: path.join(folder, 'a, b') }), { code: 'ST_OPTION_INVALID' });
    await using nifi = await startNifi();
    assert.match(nifi.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const right = rowsFlow('page', { url: receiver.url, mostFiles: 2 });
    const send = { ...right.processors['send']!, properties: { 'HTTP Verb': 'POST' } };
    await assert.rejects(nifi.deploy({ ...right, processors: { ...right.processors, send } }), {
      code: 'ST_ENGINES_NIFI_FLOW',
      message: /"send": .*HTTP URL is required/,
    });
    const taken = receiver.lines;
    receiver.pause();
    await using deployed = await nifi.deploy(right);
    await assert.rejects(nifi.deploy(right), {
      code: 'ST_ENGINES_NIFI_FLOW',
      message: /of that name is in this NiFi already/,
    });
    await deployed.start();
    const between = async () =>
      (await deployed.status()).queues.find(({ to, from }) => from === 'split' && to === 'send')!;
    while (!(await between()).isFull) await new Promise((done) => setTimeout(done, 200));
    assert.equal(receiver.lines, taken, 'nothing is taken meanwhile');
    if (findChromium() === undefined) t.diagnostic('there is no Chromium here: the page was not looked at');
    else {
      const png = await deployed.picture();
      fs.writeFileSync(process.env['NIFI_PICTURE'] ?? path.join(folder, 'page.png'), png);
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1324, 1027]);
      assert.ok(png.length > 20_000, `${png.length} bytes show more than an empty page`);
    }
    receiver.resume();
    while (receiver.lines < taken + 683) await new Promise((done) => setTimeout(done, 200));
    await checkArrived('page', 683);
    assert.equal((await deployed.status()).steps['send']?.state, 'RUNNING');
    const gone = await nifi.deploy(rowsFlow('gone', { url: new URL('/other', receiver.url).href }));
    await assert.rejects(gone.runOnce({ signal: AbortSignal.timeout(1_000) }), { name: 'TimeoutError' });
    const states = Object.values((await gone.status()).steps).map(({ state }) => state);
    assert.deepEqual(new Set(states), new Set(['STOPPED']), 'one that is aborted stops');
    assert.ok((await nifi.removeFlow('gone')) > 0, 'files that waited are counted');
    assert.equal(await nifi.removeFlow('none'), 0);
    await assert.rejects(gone.start(), { code: 'ST_ENGINES_NIFI_REQUEST', status: 404 });
    const again = rowsFlow('once', { url: receiver.url, more: MORE });
    const once = await nifi.runOnce(again);
    assert.deepEqual([once.queued, once.steps['send']?.taken], [0, 7]);
    await checkArrived('once', 2 * 683, MORE);
    // What was put aside before has the same names: it waits, and is not dropped.
    await assert.rejects(nifi.runOnce(again, { timeoutMs: 2_000 }), {
      code: 'ST_ENGINES_NIFI_RUN',
      message: new RegExp(`${MORE + 1} from "aside" to "aside"`),
    });
    const settings = fs.readFileSync(path.join(nifi.folder, 'conf', 'nifi.properties'), 'utf8');
    assert.match(settings, /autoResumeState=false/, 'left in a folder, a flow does not go on by itself');
  },
);
