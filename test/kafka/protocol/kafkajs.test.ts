/** The internal parts of kafkajs: other ones are refused, and timers are neither in the past nor on a clock that jumps. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkedModules, patchRequestQueueTimers } from '../../../src/kafka/protocol/kafkajs.ts';
import { KAFKAJS_VERSION } from '../../../src/kafka/protocol/kafkajs-parts.ts';
import type * as kafkajs from 'kafkajs';
import { listTopics } from '../../../src/kafka/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

const require = createRequire(import.meta.url);

/** A copy of the installed kafkajs in which `from` of one file reads `to`; gives the `require` that finds it. */
async function changedKafkaJs(
  t: TestContext,
  file: string,
  from: RegExp,
  to: string,
): Promise<NodeJS.Require> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'kafkajs-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const copy = path.join(folder, 'node_modules', 'kafkajs');
  await fs.cp(path.dirname(require.resolve('kafkajs/package.json')), copy, { recursive: true });
  const text = await fs.readFile(path.join(copy, file), 'utf8');
  assert.match(text, from);
  await fs.writeFile(path.join(copy, file), text.replace(from, to));
  return createRequire(path.join(folder, 'program.js'));
}

test('the installed kafkajs is the one whose parts are known', () => {
  assert.equal((require('kafkajs/package.json') as { version: string }).version, KAFKAJS_VERSION);
  assert.equal(typeof checkedModules(require).Broker, 'function');
});

test('another version of kafkajs is refused, with what to do', async (t) => {
  const other = await changedKafkaJs(t, 'package.json', /"version": "2\.2\.4"/, '"version": "2.3.0"');
  assert.throws(() => checkedModules(other), {
    code: 'ST_KAFKA_JS_VERSION',
    found: '2.3.0',
    differences: [],
    message: /^kafkajs 2\.3\.0 is installed, .* 2\.2\.4\. Install it: npm install kafkajs@2\.2\.4$/,
  });
});

test('kafkajs with other parts is refused, and each part is named, also under the same version', async (t) => {
  const changes = [
    [
      'src/network/requestQueue/index.js',
      /scheduleCheckPendingRequests\(\) \{/,
      'scheduleChecks() {',
      'RequestQueue',
    ],
    ['src/broker/index.js', /async describeGroups\(/, 'async describeGroup(', 'Broker'],
    ['src/network/connectionPool.js', /new Array\(2\)/, 'new Array(3)', 'a pool'],
    ['src/protocol/error.js', /createErrorFromCode,\n/, '', 'codes'],
  ] as const;
  for (const [file, from, to, part] of changes) {
    const other = await changedKafkaJs(t, file, from, to);
    assert.throws(
      () => checkedModules(other),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ST_KAFKA_JS_VERSION');
        assert.match(error.message, new RegExp(`different are: .*${part}`));
        return true;
      },
    );
  }
});

test('a Kafka with other parts is refused, not misread', async (t) => {
  const other = await changedKafkaJs(
    t,
    'src/cluster/index.js',
    /this\.connectionPoolBuilder = /,
    'this.poolBuilder = ',
  );
  const { Kafka } = other('kafkajs') as typeof kafkajs;
  await assert.rejects(listTopics({ client: new Kafka({ brokers: ['127.0.0.1:9'] }) }), {
    code: 'ST_KAFKA_JS_VERSION',
    message: /different are: the connections of a Kafka/,
  });
});

test('a program that asks for the topics prints nothing else, on every Node', async () => {
  const brokers = JSON.stringify(await testBrokers());
  const program = `
    import { listTopics } from './src/kafka/index.ts';
    for (let i = 0; i < 3; i++) await listTopics({ brokers: ${brokers} });
    console.log('asked');`;
  const args = [...typescriptFlags(), '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepEqual({ stdout, stderr }, { stdout: 'asked\n', stderr: '' });
});

test('a clock that is set back neither throttles for long nor hides a broker that does not answer', async (t) => {
  const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => TestQueue;
  patchRequestQueueTimers(Queue);
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
