/** The embedded broker on a path with spaces and umlauts, with every listener it can have. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import {
  BrokerRunningError,
  PortTakenError,
  ensureBroker,
  startBroker,
  startFaultProxy,
} from '../../src/broker/index.ts';
import type { Broker, FaultProxy } from '../../src/broker/index.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import type { TestCertificates } from '../helpers/certificates.ts';

const PASSWORD = 'p"a\\ss, word';
let folder: string;
let certificates: TestCertificates;
let proxy: FaultProxy;
let broker: Broker;
const said: string[] = [];

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'stream train ü '));
  certificates = await makeCertificates();
  proxy = await startFaultProxy();
  broker = await startBroker({
    dataFolder: path.join(folder, 'kafka data'),
    config: { 'auto.create.topics.enable': true },
    security: { tls: certificates.server, sasl: 'SCRAM-SHA-256', users: { alice: PASSWORD } },
    proxy,
    log: (line) => said.push(line),
  });
});

after(async () => {
  await broker?.stop();
  await proxy?.close();
  await fs.rm(folder, { recursive: true, force: true });
});

test('is ready when it says so: a topic can be written and read at once', async () => {
  const kafka = client({ brokers: broker.brokers });
  await write(kafka, 'kept', ['first']);
  assert.deepEqual(await endOffsets(kafka, 'kept'), ['1']);
  assert.ok(broker.startedInMs > 100 && broker.startedInMs < 90_000, `${broker.startedInMs} ms`);
});

test('listens on the loopback address only', async () => {
  const outside = Object.values(os.networkInterfaces())
    .flat()
    .find((address) => address && address.family === 'IPv4' && !address.internal)?.address;
  assert.match(broker.brokers.join(), /^127\.0\.0\.1:\d+$/);
  if (outside === undefined) return; // a machine without a network is safe anyway
  const [, port] = (broker.brokers[0] ?? '').split(':');
  await assert.rejects(
    new Promise((resolve, reject) =>
      net.connect(Number(port), outside, () => resolve(undefined)).once('error', reject),
    ),
    /ECONNREFUSED/,
  );
});

test('lets a user with the right password in over TLS, and nobody else', async () => {
  const connect = async (ca: string, password: string) => {
    // A new sasl object each time: kafkajs writes an authenticator with its password into the one it is given.
    const sasl = { mechanism: 'scram-sha-256', username: 'alice', password } as const;
    const admin = client({ brokers: broker.secureBrokers, ssl: { ca: [ca] }, sasl }).admin();
    try {
      await admin.connect();
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };
  const { ca, otherCa } = certificates;
  assert.ok((await connect(ca, PASSWORD)).includes('kept'));
  await assert.rejects(connect(ca, 'wrong'), /SASL/);
  await assert.rejects(connect(otherCa, PASSWORD), /certificate/);
});

test('no command line shows a password', async () => {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(broker.pid)]);
  assert.match(stdout, /kafka\.Kafka server\.properties/);
  assert.doesNotMatch(stdout, /word|scram/i);
});

test('keeps the clients of a proxy behind it, and lets them come back after a cut', async () => {
  const kafka = client({ brokers: [proxy.address] });
  await write(kafka, 'through', ['1']);
  const passed = proxy.bytes;
  assert.ok(passed > 200, `only ${passed} bytes went through the proxy`);
  proxy.cut();
  await assert.rejects(
    write(client({ brokers: [proxy.address], retry: { retries: 0 } }), 'through', ['lost']),
  );
  proxy.resume();
  proxy.slice(7);
  await write(kafka, 'through', ['2']);
  proxy.resume();
  assert.deepEqual(await endOffsets(client({ brokers: broker.brokers }), 'through'), ['2']);
});

test('refuses a second broker on the same data, and names the first', async () => {
  await assert.rejects(startBroker({ dataFolder: broker.dataFolder }), (error) => {
    assert.ok(error instanceof BrokerRunningError);
    assert.deepEqual([error.pid, error.brokers], [broker.pid, broker.brokers]);
    return true;
  });
});

test('ensureBroker uses the one that runs, and leaves it running', async () => {
  const found = await ensureBroker({
    dataFolder: broker.dataFolder,
    env: { ...process.env, STREAMTRAIN_BROKERS: '' },
  });
  assert.deepEqual([found.source, found.brokers, found.pid], ['running', broker.brokers, broker.pid]);
  await found.close();
  assert.deepEqual(await endOffsets(client({ brokers: broker.brokers }), 'kept'), ['1']);
});

test('ensureBroker starts one, and starts it again at the same address after it was closed', async () => {
  const env = { ...process.env, STREAMTRAIN_BROKERS: '' };
  const dataFolder = path.join(folder, 'ensured');
  await using ensured = await ensureBroker({ dataFolder, env });
  assert.equal(ensured.source, 'started');
  await ensured.open();
  await ensured.close();
  await assert.rejects(endOffsets(client({ brokers: ensured.brokers, retry: { retries: 0 } }), 'kept'));
  await ensured.open();
  const found = await ensureBroker({ dataFolder, env });
  assert.deepEqual([found.source, found.brokers], ['running', ensured.brokers]);
});

test('comes back after a crash with its data, on the same ports', async () => {
  const before = { brokers: broker.brokers, secure: broker.secureBrokers, pid: broker.pid };
  await broker.kill();
  await assert.rejects(connectTo(broker), /ECONNREFUSED/);
  await broker.restart();
  assert.deepEqual(
    { brokers: broker.brokers, secure: broker.secureBrokers },
    { brokers: before.brokers, secure: before.secure },
  );
  assert.notEqual(broker.pid, before.pid);
  assert.deepEqual(await endOffsets(client({ brokers: broker.brokers }), 'kept'), ['1']);
});

test('remembers its port; finds another and says so when that is taken; insists when told to', async () => {
  const { dataFolder } = broker;
  const port = Number(broker.brokers[0]?.split(':')[1]);
  await broker.stop();
  await broker.stop();
  const occupier = net.createServer();
  await new Promise<void>((resolve) => occupier.listen(port, '127.0.0.1', resolve));
  try {
    await assert.rejects(startBroker({ dataFolder, port }), (error) => {
      assert.ok(error instanceof PortTakenError);
      assert.equal(error.port, port);
      if (process.platform === 'linux') assert.match(error.message, new RegExp(`process ${process.pid}\\b`));
      return true;
    });
    await using other = await startBroker({ dataFolder, log: (line) => said.push(line) });
    assert.notEqual(other.brokers[0], `127.0.0.1:${port}`);
    assert.match(
      said.join('\n'),
      new RegExp(`port ${port}, used last time, is taken by .*; using \\d+ from now on`),
    );
    assert.deepEqual(await endOffsets(client({ brokers: other.brokers }), 'kept'), ['1']);
  } finally {
    occupier.close();
  }
});

function client(settings: KafkaConfig): Kafka {
  return new Kafka({ logLevel: logLevel.NOTHING, retry: { retries: 8, initialRetryTime: 50 }, ...settings });
}

async function write(kafka: Kafka, topic: string, values: string[]): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: true, createPartitioner: () => () => 0 });
  try {
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
  } finally {
    await producer.disconnect();
  }
}

async function endOffsets(kafka: Kafka, topic: string): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.fetchTopicOffsets(topic)).map(({ high }) => high);
  } finally {
    await admin.disconnect();
  }
}

async function connectTo(target: Broker): Promise<void> {
  const [host = '', port] = (target.brokers[0] ?? '').split(':');
  await new Promise<void>((resolve, reject) => {
    const socket = net
      .connect(Number(port), host, () => resolve(void socket.destroy()))
      .once('error', reject);
  });
}
