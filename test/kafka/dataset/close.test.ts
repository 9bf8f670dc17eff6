/** Nothing keeps a program alive after reading, and Ctrl-C leaves the group. Each case is a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { range, sharedBench, until, type Bench } from '../dataset-helpers.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const folder = fileURLToPath(new URL('../../../src/kafka/dataset/', import.meta.url));

/** Runs a module that reads `topic` in a child process; `code` sees the datasets' functions. */
function run(topic: string, group: string, code: string) {
  const script = `
    import { fromKafka } from '${folder}partition-dataset.ts';
    import { fromKafkaGroup } from '${folder}group-dataset.ts';
    import { fromKafkaBatches } from '${folder}batch-dataset.ts';
    const topic = '${topic}', groupId = '${group}', brokers = ${JSON.stringify(bench.brokers)};
    const endless = { topics: [topic], groupId, brokers, streamTimeout: -1 };
    ${code}
    console.log('done');`;
  const child = spawn(process.execPath, [...typescriptFlags(), '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const pipe of [child.stdout, child.stderr])
    pipe.on('data', (text: Buffer) => (output += String(text)));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  return { child, ended, output: () => output };
}

test('a program ends by itself after reading to the end, after break, after close(), and with a pass abandoned', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 100);
  const { ended, output } = run(
    topic,
    group,
    `console.log((await fromKafka(topic, { brokers }).toArray()).length);
     for await (const r of fromKafka(topic, { brokers, stop: 'never' })) break;
     for await (const r of fromKafkaGroup(endless)) break;
     for await (const m of fromKafkaBatches({ ...endless, groupId: groupId + 'b' })) break;
     const waiting = fromKafka(topic, { brokers, offset: 'end', stop: 'never' });
     const next = waiting[Symbol.asyncIterator]().next();
     await waiting.close();
     console.log((await next).done);
     // A bounded pass that nobody finishes, as fitDataset leaves one when training is stopped early.
     await (await fromKafka(topic, { brokers }).iterator()).next();`,
  );
  assert.deepEqual(await ended, { code: 0, signal: null }, output());
  assert.match(output(), /^100\ntrue\ndone\n$/);
});

test('Ctrl-C in the middle of a read leaves the group at once and ends the program with the signal', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 1);
  const { child, ended, output } = run(
    topic,
    group,
    `for await (const r of fromKafkaGroup(endless)) console.log('row');`,
  );
  await until(() => output().includes('row'));
  const members = async () => (await bench.admin.describeGroups([group])).groups[0]?.members.length;
  assert.equal(await members(), 1);
  child.kill('SIGINT');
  assert.deepEqual(await ended, { code: null, signal: 'SIGINT' }, output());
  assert.equal(await members(), 0);
});

test('importing the datasets does not load TensorFlow', async () => {
  const { ended, output } = run(
    'none',
    'none',
    `import { createRequire } from 'node:module';
     const loaded = Object.keys(createRequire('${folder}x.js').cache).filter((file) => file.includes('tfjs'));
     console.log(loaded.length);`,
  );
  await ended;
  assert.match(output(), /^0\ndone/);
  assert.deepEqual(range(0), []);
});
