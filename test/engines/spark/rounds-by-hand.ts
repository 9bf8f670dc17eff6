/** Rows, a model, and the rounds that Spark is to come to, learnt within this process: what the tests of Spark share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { engineParts } from '../../../src/engines/index.ts';
import { writeToKafka } from '../../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep, type TrainStep } from '../../../src/model/index.ts';
import { mixSeeds, mulberry32 } from '../../../src/random.ts';
import type { State } from '../../../src/state.ts';
import { learnEpoch } from '../../../src/training/rows/epoch.ts';
import { averageStates } from '../../../src/worker/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomTopic } from '../../helpers/topics.ts';
import { typescriptProgram } from '../../helpers/typescript.ts';

// As the workers, so that sums are the same to the last bit.
process.env['TF_NUM_INTRAOP_THREADS'] = '1';

const { isFetched, bytes } = await engineParts('spark');
export const skip =
  !isFetched &&
  `not run: Spark is not here (npx streamtrain engines fetch spark: ${Math.round(bytes / 1e6)} MB)`;

export const at = (place: string) => fileURLToPath(new URL(place, import.meta.url));
const cli = [process.execPath, ...typescriptProgram(at('../../../src/cli/main.ts'))];
export const worker = [...cli, 'worker', '--stdin'];

const FEATURES = 5;
export const ROWS = 1200;

interface Row {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
  readonly partition: number;
}

/** Rows whose label shows in two of their features, one a second, the same in every run; two partitions of different length. */
export function someRows(count = ROWS): Row[] {
  const random = mulberry32(3);
  return Array.from({ length: count }, (_, at) => {
    const xs = Array.from({ length: FEATURES }, () => Math.round(random() * 2000 - 1000) / 1000);
    const timestamp = Date.UTC(2026, 0, 1) + at * 1000;
    return {
      key: xs[0]! + xs[1]! > 0 ? '1' : '0',
      value: xs.join(','),
      timestamp,
      partition: at % 3 === 0 ? 1 : 0,
    };
  });
}

export async function filled(t: TestContext): Promise<string> {
  const topic = await randomTopic(t, { partitions: 2 });
  await writeToKafka(topic, someRows(), { brokers: await testBrokers() });
  return topic;
}

export function made(): TrainStep {
  const layers = buildClassifier({ inputs: FEATURES, seed: 1 });
  const step = compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 2 });
  layers.dispose();
  return step;
}

export const settings = { rowsPerRound: 400, epochsPerRound: 2, batchSize: 25, seed: 7 } as const;

/** The same rounds within this process, without Spark and without workers: what has to come out. */
export async function byHand(): Promise<{ state: State; rounds: number }> {
  using step = made();
  let state = step.save();
  const parts = [0, 1].map((partition) => someRows().filter((row) => row.partition === partition));
  const learnt = [0, 0];
  let rounds = 0;
  for (; learnt[0]! < parts[0]!.length; rounds++) {
    const left = parts.map(({ length }, partition) => length - learnt[partition]!);
    const total = left[0]! + left[1]!;
    const answers = [];
    for (const [partition, rows] of parts.entries()) {
      // As Spark cuts, of two rows more than were asked for.
      const share = Math.min(
        left[partition]!,
        Math.floor((settings.rowsPerRound + 2) * (left[partition]! / total)),
      );
      const taken = rows.slice(learnt[partition], learnt[partition]! + share);
      learnt[partition]! += share;
      const seed = mixSeeds(mixSeeds(settings.seed, rounds), partition);
      step.restore({ ...(state as object), seed });
      const data = {
        rows: share,
        xs: Float32Array.from(taken.flatMap(({ value }) => value.split(',').map(Number))),
        ys: Float32Array.from(taken.map(({ key }) => Number(key))),
      };
      for (let epoch = 0; epoch < settings.epochsPerRound; epoch++)
        await learnEpoch(step, data, { batchSize: settings.batchSize, shuffleSeed: seed });
      answers.push({ rows: share, state: { ...(step.save() as object), seed: 2 } as State });
    }
    state = averageStates(answers);
  }
  return { state, rounds };
}

export function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'streamtrain-spark-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
