/** A plane through the unit cube that turns slowly: the classic stream of gradual drift. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import { checkSeed, checkShare } from './options.ts';
import { streamOf, type RowStream } from './labelled-row.ts';
import { PythonRandom } from './python-random.ts';

/** Options of {@link hyperplaneStream}. */
export interface HyperplaneOptions {
  /** Values in a row (default 10). */
  features?: number;
  /** So many of the plane's weights change (default 2). */
  driftFeatures?: number;
  /** By how much they change at each row, 0 to 1 (default 0: the plane stands still). */
  change?: number;
  /** Share of labels that are turned round, 0 to 1 (default 0.05). */
  noise?: number;
  /** How likely a weight changes its direction at a row, 0 to 1 (default 0.1). */
  turning?: number;
  /** 0 to 2^53 - 1 (default 0). */
  seed?: number;
}

const optionNames: OptionNames<HyperplaneOptions> = {
  features: true,
  driftFeatures: true,
  change: true,
  noise: true,
  turning: true,
  seed: true,
};

/**
 * Rows of features from 0 to 1; class 1 on one side of the plane. With `change` above 0 it drifts gradually; for an
 * abrupt drift join two of different seeds with {@link conceptDrift}. Row for row those of River 0.23's
 * `synth.Hyperplane`.
 *
 * G. Hulten, L. Spencer, P. Domingos: "Mining time-changing data streams", KDD 2001.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be
 * @example
 * ```ts
 * const rows = takeRows(hyperplaneStream({ seed: 1, change: 0.001 }), 10_000);
 * ```
 */
export function hyperplaneStream(options: HyperplaneOptions = {}): RowStream {
  refuseUnknownOptions('hyperplaneStream', options, optionNames);
  const { features = 10, driftFeatures = 2, change = 0, noise = 0.05, turning = 0.1, seed = 0 } = options;
  const whole = Number.isSafeInteger(features) && Number.isSafeInteger(driftFeatures);
  if (!whole || features < 1 || driftFeatures < 0 || driftFeatures > features) {
    const given = `${features} and ${driftFeatures}`;
    throw new LearnerInputError(
      'hyperplaneStream',
      'features and driftFeatures',
      given,
      'at least 1, and no more',
    );
  }
  for (const [name, share] of Object.entries({ change, noise, turning }))
    checkShare('hyperplaneStream', name, share);
  checkSeed('hyperplaneStream', seed);
  return streamOf(() => {
    const random = new PythonRandom(seed);
    const weights = Float64Array.from({ length: features }, () => random.random());
    const directions = new Float64Array(driftFeatures).fill(1);
    return () => {
      const middle = weights.reduce((sum, weight) => sum + weight, 0) * 0.5;
      const xs = new Float64Array(features);
      let sum = 0;
      for (let i = 0; i < features; i++) {
        xs[i] = random.random();
        sum += weights[i]! * xs[i]!;
      }
      let ys = sum >= middle ? 1 : 0;
      if (0.01 + random.random() <= noise) ys = 1 - ys;
      for (let i = 0; i < driftFeatures; i++) {
        weights[i]! += directions[i]! * change;
        if (0.01 + random.random() <= turning) directions[i]! *= -1;
      }
      return { xs, ys };
    };
  });
}
