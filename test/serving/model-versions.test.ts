/** Which version serves: after a trial that was lost, and where another training writes under the same names. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Guard, type Trial } from '../../src/serving/guard.ts';
import type { ModelSwap } from '../../src/serving/predictor.ts';
import { pause } from '../../src/process/index.ts';
import { ModelVersions } from '../../src/serving/model-versions.ts';
import { TrainedPredictor } from '../../src/serving/trained-predictor.ts';
import type { CheckpointStore } from '../../src/training/index.ts';
import { FEATURES, modelOf, saveVersion, versionsOf } from './helpers.ts';

/** Versions of a store, each look and each batch of which is the test's own; `swaps` takes what took over. */
function watched(
  t: TestContext,
  store: CheckpointStore,
  trial?: Trial,
  swaps: ModelSwap[] = [],
): ModelVersions {
  const predictors = [modelOf(0), modelOf(0)].map((model) => new TrainedPredictor(model, [], 0.5));
  const versions = new ModelVersions({
    ...{ predictors, store, every: 1000, trial, adopt: async () => undefined },
    ...{ onRemark: () => {}, onSwap: (swap) => void swaps.push(swap) },
  });
  t.after(() => versions.dispose());
  return versions;
}

const row = { records: [{ key: null }], xs: Float64Array.of(1, -1, 0.5), ys: Float32Array.of(0) };
assert.equal(row.xs.length, FEATURES);

/** What the version predicts that serves the next batch. */
async function predicted(versions: ModelVersions): Promise<number> {
  const { predictor, version } = versions.next()!;
  return (await predictor.predict(row as never, version, [])).scored.scores[0]!;
}

/** Has the candidate judged on a row. */
async function judged(versions: ModelVersions, guard: Guard): Promise<void> {
  const { predictor, version } = versions.active!;
  const { scored } = await predictor.predict(row as never, version, []);
  guard.count((await guard.shadow(row as never, scored, versions.candidate))!);
  await predicted(versions);
}

const scoreOf = (n: number): number => modelOf(n).predict(row.xs, 1)[0]!;

test('a version that lost its trial, and is then pinned and left again, has no second trial', async (t) => {
  const { store } = await versionsOf(t);
  const guard = new Guard({ rows: 1, bound: 0 }, modelOf(0), 0.5, assert.fail);
  const versions = watched(t, store, guard);
  // The label is 0: of two versions the better one has the lower score.
  const [better, worse] = scoreOf(1) < scoreOf(4) ? [1, 4] : [4, 1];
  const good = await saveVersion(store, { model: modelOf(better) });
  await versions.look();
  await predicted(versions);
  const lost = await saveVersion(store, { model: modelOf(worse) });
  await versions.look();
  assert.equal(versions.candidate?.version, lost);
  await judged(versions, guard);
  assert.match(versions.refused.get(lost) ?? '', /its logLoss was/);

  await versions.pin(lost);
  assert.equal(await predicted(versions), scoreOf(worse));
  await versions.pin(good);
  assert.equal(await predicted(versions), scoreOf(better));
  for (let look = 0; look < 12; look++) await versions.follow();
  assert.equal(versions.candidate, undefined);
  assert.deepEqual([...versions.refused.keys()], [lost]);
});

test('a training that starts over is followed also where its newest version has the name of the one that serves', async (t) => {
  const { store, folder } = await versionsOf(t);
  const swaps: ModelSwap[] = [];
  const versions = watched(t, store, undefined, swaps);
  const first = await saveVersion(store, { model: modelOf(1) });
  await versions.look();
  assert.equal(await predicted(versions), scoreOf(1));
  await fs.rm(path.join(folder, first), { recursive: true });
  await versions.look();
  assert.equal(await predicted(versions), scoreOf(1), 'what serves goes on');
  assert.equal(await saveVersion(store, { model: modelOf(4) }), first);
  await versions.look();
  assert.equal(await predicted(versions), scoreOf(4));
  assert.deepEqual(
    swaps.map(({ from, to }) => [from, to]),
    [
      [undefined, first],
      [first, first],
    ],
  );
});

test('so it is where a version before that one lost its trial', async (t) => {
  const { store, folder } = await versionsOf(t);
  const guard = new Guard({ rows: 1, bound: 0 }, modelOf(0), 0.5, assert.fail);
  const versions = watched(t, store, guard);
  const [best, middle, worst] = [1, 4, 7].toSorted((a, b) => scoreOf(a) - scoreOf(b)) as [
    number,
    number,
    number,
  ];
  const [first, second] = [
    await saveVersion(store, { model: modelOf(0) }),
    await saveVersion(store, { model: modelOf(middle) }),
  ];
  await versions.look();
  assert.equal(await predicted(versions), scoreOf(middle));
  for (const id of [first, second]) await fs.rm(path.join(folder, id), { recursive: true });
  await versions.look();
  // It counts as newer by the clock alone.
  await pause(5);
  assert.equal(await saveVersion(store, { model: modelOf(worst) }), first);
  await versions.look();
  await judged(versions, guard);
  assert.deepEqual([...versions.refused.keys()], [first]);
  assert.equal(await saveVersion(store, { model: modelOf(best) }), second);
  await versions.look();
  await judged(versions, guard);
  assert.equal(await predicted(versions), scoreOf(best));
  await versions.look();
  assert.equal(versions.candidate, undefined, 'it is loaded once');
});
