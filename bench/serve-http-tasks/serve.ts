/** Answers requests of one row in a process of its own: `ours` or `plain` (node:http that calls model.predict). */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Tensor } from '@tensorflow/tfjs-node';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { startPredictionServer } from '../../src/serving/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

const [, , which] = process.argv;
const layers = buildClassifier({ inputs: 9, seed: 1 });
const url = which === 'ours' ? await ours() : await plain();
process.send!({ url });
process.once('disconnect', () => process.exit());

/** The article's model as a checkpoint would bring it: weights in a state. */
async function ours(): Promise<string> {
  const step = compileTrainStep(layers, { loss: 'binaryCrossentropy', optimizer: 'adam' });
  const parts = { model: { kind: step.kind, state: step.save() } };
  const checkpoint = { id: '1', place: 'here', created: new Date(), topics: [], position: {}, parts };
  const server = await startPredictionServer({ models: { model: checkpoint }, port: 0 });
  return server.url;
}

/** What one would write without a library: a request, a call of model.predict. */
async function plain(): Promise<string> {
  const tf = tensorflow();
  const server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { instances } = JSON.parse(Buffer.concat(pieces).toString()) as { instances: number[][] };
      const predictions = tf.tidy(() => (layers.predict(tf.tensor2d(instances)) as Tensor).arraySync());
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ predictions }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
