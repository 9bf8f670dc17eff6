/** A stream that is closed while it joins its group leaves nothing behind that keeps the program alive. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sharedBench } from '../../dataset-helpers.ts';
import { typescriptFlags } from '../../../helpers/typescript.ts';

const folder = fileURLToPath(new URL('../../../../src/kafka/dataset/', import.meta.url));
/** How long the program may live after its last stream has ended: far below the session's 45 s and the join's 300 s. */
const PATIENCE_MS = 10_000;

test('closed or aborted at any moment of joining, every stream ends, and so does the program', async () => {
  const bench = await sharedBench();
  const topic = await bench.topic({ partitions: 3 });
  await bench.write(topic, 3);
  const groups = Array.from({ length: 36 }, () => bench.group());
  const script = `
    import { fromKafkaGroup } from '${folder}group-dataset.ts';
    import { fromKafkaBatches } from '${folder}batch-dataset.ts';
    const options = { topics: '${topic}', brokers: ${JSON.stringify(bench.brokers)}, streamTimeout: -1 };
    async function one(groupId, kind, ms) {
      const abort = new AbortController();
      const name = kind === 'named' && { groupInstanceId: 'one' };
      const stream = kind === 'batches'
        ? fromKafkaBatches({ ...options, groupId })
        : fromKafkaGroup({ ...options, groupId, ...name, ...(kind === 'abort' && { signal: abort.signal }) });
      setTimeout(() => (kind === 'abort' ? abort.abort() : void stream.close()), ms);
      try { for await (const _ of stream); } catch (error) { if (error.name !== 'AbortError') throw error; }
    }
    const kinds = ['abort', 'close', 'batches', 'named'];
    const groups = ${JSON.stringify(groups)};
    for (let round = 0; round < 3; round++)
      await Promise.all(groups.slice(round * 12, round * 12 + 12).map((group, at) => one(group, kinds[at % 4], round * 20 + at * 5)));
    console.log('done');`;
  const child = spawn(process.execPath, [...typescriptFlags(), '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let late: NodeJS.Timeout | undefined;
  for (const pipe of [child.stdout, child.stderr])
    pipe.on('data', (text: Buffer) => {
      output += String(text);
      if (output.includes('done')) late ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    });
  const ended = await new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  clearTimeout(late);
  assert.deepEqual([ended, output], [{ code: 0, signal: null }, 'done\n']);
  const { groups: left } = await bench.admin.describeGroups(groups);
  const members = left.flatMap((group) => group.members);
  assert.deepEqual(members, [], 'all have left their groups');
});
