/** SEA: a class decided by whether two of three features together pass a threshold. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { checkOneOf, checkSeed, checkShare } from './options.ts';
import { streamOf, type RowStream } from './labelled-row.ts';
import { PythonRandom } from './python-random.ts';

/** Options of {@link seaStream}. */
export interface SeaOptions {
  /** Which threshold: 8, 9, 7 or 9.5 (default 0). */
  variant?: 0 | 1 | 2 | 3;
  /** Share of labels that are turned round, 0 to 1 (default 0). */
  noise?: number;
  /** 0 to 2^53 - 1 (default 0). */
  seed?: number;
}

const optionNames: OptionNames<SeaOptions> = { variant: true, noise: true, seed: true };

const THRESHOLDS = [8, 9, 7, 9.5] as const;

/**
 * Rows of three features from 0 to 10; class 1 where the first two add up to more than the variant's threshold, the third
 * says nothing. Row for row those of River 0.23's `synth.SEA`.
 *
 * W. N. Street, Y. Kim: "A streaming ensemble algorithm (SEA) for large-scale classification", KDD 2001.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be
 * @example
 * ```ts
 * const drifting = conceptDrift(seaStream({ seed: 1 }), seaStream({ seed: 2, variant: 3 }), { position: 5000 });
 * ```
 */
export function seaStream(options: SeaOptions = {}): RowStream {
  refuseUnknownOptions('seaStream', options, optionNames);
  const { variant = 0, noise = 0, seed = 0 } = options;
  checkSeed('seaStream', seed);
  checkOneOf('seaStream', 'variant', variant, [0, 1, 2, 3]);
  checkShare('seaStream', 'noise', noise);
  const threshold = THRESHOLDS[variant];
  return streamOf(() => {
    const random = new PythonRandom(seed);
    return () => {
      const xs = Float64Array.of(random.uniform(0, 10), random.uniform(0, 10), random.uniform(0, 10));
      const above = xs[0]! + xs[1]! > threshold;
      const turned = noise > 0 && random.random() < noise;
      return { xs, ys: above === turned ? 0 : 1 };
    };
  });
}
