import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { adviceFor, logTail } from '../../src/broker/jvm.ts';
import { tempFolder } from '../install/helpers.ts';

test('the reason of a failed start is told, though other threads went on writing after it', async (t) => {
  const file = path.join(await tempFolder(t), 'kafka.log');
  const info = (what: string) => `2026-11-26 00:10:02,745 INFO ${what}: [controller-1]: Starting`;
  const lines = [
    ...[info('KafkaConfig values'), '\tadvertised.listeners = PLAINTEXT://127.0.0.1:1', ''],
    '2026-11-26 00:10:02,740 ERROR ProcessTerminatingFaultHandler: Encountered fatal fault: in raft thread',
    'java.io.IOException: No space left on device',
    '\tat java.base/sun.nio.ch.UnixFileDispatcherImpl.write0(Native Method)',
    ...Array.from({ length: 40 }, (_, index) => info(`Reaper-${index}`)),
  ];
  await fs.writeFile(file, lines.join('\n'));
  const tail = (await logTail(file)).split('\n');
  assert.deepEqual(tail.slice(0, 2), lines.slice(3, 5));
  assert.equal(tail.length, 22);
  for (const said of [tail.join('\n'), 'ENOSPC: no space left on device, write'])
    assert.match(adviceFor(said, '/data'), /The disk is full/);
});
