/** Talking to Kafka prints nothing on its own: no warning of timers in the past on Node 24. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { testBrokers } from '../../helpers/broker.ts';

test('a program that asks for the topics prints nothing else, on every Node', async () => {
  const brokers = JSON.stringify(await testBrokers());
  const program = `
    import { listTopics } from './src/kafka/index.ts';
    for (let i = 0; i < 3; i++) await listTopics({ brokers: ${brokers} });
    console.log('asked');`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepEqual({ stdout, stderr }, { stdout: 'asked\n', stderr: '' });
});
