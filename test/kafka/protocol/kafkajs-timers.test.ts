/** kafkajs sets its timers neither in the past, which Node 24 warns of, nor by a clock that jumps. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { cureTimers } from '../../../src/kafka/protocol/kafkajs-timers.ts';
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

test('a clock that is set back neither throttles for long nor hides a broker that does not answer', async (t) => {
  const require = createRequire(import.meta.url);
  const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => TestQueue;
  cureTimers(Queue);
  const none = { debug: () => undefined };
  const queue = new Queue({
    requestTimeout: 200,
    enforceRequestTimeout: true,
    logger: none,
    maxInFlightRequests: null,
  });
  t.after(() => queue.destroy());
  queue.scheduleRequestTimeoutCheck();
  queue.maybeThrottle(100);
  assert.equal(queue.canSendSocketRequestImmediately(), false);
  const real = Date.now;
  t.after(() => (Date.now = real));
  Date.now = () => real() - 3_600_000;
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(queue.canSendSocketRequestImmediately(), true);
  const answer = new Promise((resolve, reject) => {
    const entry = { apiName: 'Metadata', apiKey: 3, apiVersion: 6, correlationId: 1, resolve, reject };
    queue.push({ entry, expectResponse: true, sendRequest: () => undefined });
  });
  await assert.rejects(answer, /timed out/);
});

interface TestQueue {
  scheduleRequestTimeoutCheck(): void;
  maybeThrottle(ms: number): void;
  canSendSocketRequestImmediately(): boolean;
  push(request: object): void;
  destroy(): void;
}
