/** Generators of streams that drift on purpose: SEA, STAGGER and the moving hyperplane. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { streamOf, type RowStream } from './row-stream.ts';
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

const seaOptionNames: OptionNames<SeaOptions> = { variant: true, noise: true, seed: true };

const THRESHOLDS = [8, 9, 7, 9.5] as const;

/**
 * Rows of three features from 0 to 10; class 1 where the first two add up to more than the variant's threshold, the third
 * says nothing. Row for row those of River 0.23's `synth.SEA`.
 *
 * W. N. Street, Y. Kim: "A streaming ensemble algorithm (SEA) for large-scale classification", KDD 2001.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be
 * @example
 * ```ts
 * const drifting = conceptDrift(seaStream({ seed: 1 }), seaStream({ seed: 2, variant: 3 }), { position: 5000 });
 * ```
 */
export function seaStream(options: SeaOptions = {}): RowStream {
  refuseUnknownOptions('seaStream', options, seaOptionNames);
  const { variant = 0, noise = 0, seed = 0 } = options;
  checkInteger('seaStream.seed', seed);
  checkOneOf('seaStream.variant', variant, [0, 1, 2, 3]);
  checkNumber('seaStream.noise', noise, { least: 0, most: 1 });
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

/** Options of {@link staggerStream}. */
export interface StaggerOptions {
  /** Which rule (default 0): 0: small and red; 1: green or a circle; 2: medium or large. */
  rule?: 0 | 1 | 2;
  /** Give both classes in turn (default false). */
  balanced?: boolean;
  /** 0 to 2^53 - 1 (default 0). */
  seed?: number;
}

const staggerOptionNames: OptionNames<StaggerOptions> = { rule: true, balanced: true, seed: true };

const RULES: readonly ((size: number, colour: number, shape: number) => boolean)[] = [
  (size, colour) => size === 0 && colour === 0,
  (_size, colour, shape) => colour === 2 || shape === 0,
  (size) => size === 1 || size === 2,
];

/**
 * Rows of three features that are 0, 1 or 2: size (small, medium, large), colour (red, blue, green), shape (circle,
 * square, triangle). Row for row those of River 0.23's `synth.STAGGER`.
 *
 * J. C. Schlimmer, R. H. Granger: "Incremental learning from noisy data", Machine Learning 1, 1986.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be
 * @example
 * ```ts run
 * for (const { xs, ys } of takeRows(staggerStream({ seed: 1, rule: 2 }), 3)) console.log(xs, ys);
 * // Float64Array(3) [ 0, 2, 0 ] 0
 * // Float64Array(3) [ 1, 0, 1 ] 1
 * // Float64Array(3) [ 1, 1, 2 ] 1
 * ```
 */
export function staggerStream(options: StaggerOptions = {}): RowStream {
  refuseUnknownOptions('staggerStream', options, staggerOptionNames);
  const { rule = 0, balanced = false, seed = 0 } = options;
  checkInteger('staggerStream.seed', seed);
  checkOneOf('staggerStream.rule', rule, [0, 1, 2]);
  const belongs = RULES[rule]!;
  return streamOf(() => {
    const random = new PythonRandom(seed);
    let wanted = 1;
    return () => {
      for (;;) {
        const [size, colour, shape] = [random.below(3), random.below(3), random.below(3)] as const;
        const ys = belongs(size, colour, shape) ? 1 : 0;
        if (balanced && ys !== wanted) continue;
        wanted = 1 - wanted;
        return { xs: Float64Array.of(size, colour, shape), ys };
      }
    };
  });
}

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

const hyperplaneOptionNames: OptionNames<HyperplaneOptions> = {
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
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be
 * @example
 * ```ts
 * const rows = takeRows(hyperplaneStream({ seed: 1, change: 0.001 }), 10_000);
 * ```
 */
export function hyperplaneStream(options: HyperplaneOptions = {}): RowStream {
  refuseUnknownOptions('hyperplaneStream', options, hyperplaneOptionNames);
  const { features = 10, driftFeatures = 2, change = 0, noise = 0.05, turning = 0.1, seed = 0 } = options;
  checkInteger('hyperplaneStream.features', features, { least: 1 });
  checkInteger('hyperplaneStream.driftFeatures', driftFeatures, { most: features });
  for (const [name, share] of Object.entries({ change, noise, turning }))
    checkNumber(`hyperplaneStream.${name}`, share, { least: 0, most: 1 });
  checkInteger('hyperplaneStream.seed', seed);
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
