/** The masks of a compiled step: shares, independence, rates at both ends. Seen as what rows of ones become in training. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileTrainStep } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

const tf = tensorflow();
const [ROWS, UNITS, STEPS] = [128, 64, 60];

/** The masks of `STEPS` steps: 1 where a unit stayed. The step learns at a rate of 0, so that ones come out as the mask. */
function masks(rate: number, seed = 3): Uint8Array[] {
  const model = tf.sequential({ layers: [tf.layers.dropout({ rate, inputShape: [UNITS] })] });
  const eye = tf.layers.dense({ units: UNITS, useBias: false, kernelInitializer: 'identity' });
  model.add(eye);
  using step = compileTrainStep(model, { loss: 'mse', optimizer: 'sgd', learningRate: 0, seed });
  model.dispose();
  const batch = {
    rows: ROWS,
    xs: new Float32Array(ROWS * UNITS).fill(1),
    ys: new Float32Array(ROWS * UNITS),
  };
  return Array.from({ length: STEPS }, () => {
    const { predictions } = step.learn(batch);
    return Uint8Array.from(predictions, (value) => {
      assert.ok(value === 0 || Math.abs(value * (1 - rate) - 1) < 1e-6, `a unit came out as ${value}`);
      return Number(value !== 0);
    });
  });
}

/** How many standard deviations `stayed` of `n` is away from the share `1 - rate`. */
const deviation = (stayed: number, n: number, rate: number) =>
  Math.abs(stayed - n * (1 - rate)) / Math.sqrt(n * rate * (1 - rate));

describe('dropout of a compiled step', () => {
  for (const rate of [0.001, 0.1, 0.2, 1 / 3, 0.4, 0.5, 0.9, 0.999]) {
    it(`leaves out the share ${rate.toFixed(3)} of all units, of each column and of each row`, () => {
      const all = masks(rate);
      const total = all.reduce((sum, mask) => sum + mask.reduce((a, b) => a + b, 0), 0);
      assert.ok(deviation(total, STEPS * ROWS * UNITS, rate) < 4.5, `${total} stayed`);
      for (const [name, count, of] of [
        ['column', UNITS, (at: number) => at % UNITS],
        ['row', ROWS, (at: number) => Math.floor(at / UNITS)],
      ] as const) {
        const stayed = new Array<number>(count).fill(0);
        for (const mask of all) for (const [at, stays] of mask.entries()) stayed[of(at)]! += stays;
        const n = (STEPS * ROWS * UNITS) / count;
        // Chi-squared, as far above its mean as 5 standard deviations; too few are expected at the ends to be normal.
        if (n * Math.min(rate, 1 - rate) < 20) continue;
        const chi = stayed.reduce((sum, s) => sum + deviation(s, n, rate) ** 2, 0);
        assert.ok(chi < count + 5 * Math.sqrt(2 * count), `${name}s: chi-squared ${chi} at ${count}`);
      }
    });
  }

  it('draws units, rows and steps that do not depend on each other', () => {
    const rate = 0.4;
    const all = masks(rate);
    const centred = all.map((mask) => Float64Array.from(mask, (stays) => stays - (1 - rate)));
    const correlate = (pairs: Iterable<readonly [number, number]>) => {
      let [sum, n] = [0, 0];
      for (const [a, b] of pairs) {
        sum += a * b;
        n++;
      }
      return Math.abs(sum) / (rate * (1 - rate)) / Math.sqrt(1 / n) / n;
    };
    const apart = (distance: number) =>
      correlate(
        centred.flatMap((mask) => Array.from(mask.subarray(distance), (a, at) => [a, mask[at]!] as const)),
      );
    for (const distance of [1, 2, 3, 4, 5, 8, UNITS - 1, UNITS, UNITS + 1, 2 * UNITS])
      assert.ok(apart(distance) < 4.5, `${apart(distance)} standard deviations at a distance of ${distance}`);
    const nextStep = correlate(
      centred.slice(1).flatMap((mask, i) => Array.from(mask, (a, at) => [a, centred[i]![at]!] as const)),
    );
    assert.ok(nextStep < 4.5, `${nextStep} standard deviations from step to step`);
    const other = masks(rate, 4);
    const seeds = correlate(
      other.flatMap((mask, i) => Array.from(mask, (a, at) => [a - (1 - rate), centred[i]![at]!] as const)),
    );
    assert.ok(seeds < 4.5, `${seeds} standard deviations from seed to seed`);
  });

  it('is fixed by seed, step and number of rows', () => {
    assert.deepEqual(masks(0.3), masks(0.3));
    assert.notDeepEqual(masks(0.3)[0], masks(0.3)[1]);
    assert.notDeepEqual(masks(0.3, 4)[0], masks(0.3)[0]);
  });
});
