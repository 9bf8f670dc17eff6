/** Options of an adaptive random forest, with River's defaults. */
import { checkInteger, checkNumber, checkOneOf, type OptionNames } from '../../options.ts';
import { treeOptionNames, type TreeOptions } from './options.ts';

/** Options of `AdaptiveRandomForest`; those of its trees too, of which some have other defaults there. */
export interface AdaptiveRandomForestOptions extends TreeOptions {
  /** Trees (default 10; up to 10,000). */
  models?: number;
  /**
   * Features that a leaf watches, drawn at random: so many, a share below 1 of all, their square root (the default,
   * `'sqrt'`), their logarithm to base 2, or all.
   */
  maxFeatures?: number | 'sqrt' | 'log2' | 'all';
  /** Mean of the Poisson distribution that says how often a tree learns a row (default 6). */
  lambda?: number;
  /** Whether trees that were right more often count for more (default true). */
  weightedVote?: boolean;
  /** `delta` of the `Adwin` that replaces a tree (default 0.001). */
  driftDelta?: number;
  /** `delta` of the `Adwin` that begins to grow a tree in the background (default 0.01). */
  warningDelta?: number;
  /** Fixes all that is drawn, 0 to 2^53 - 1 (default 0). */
  seed?: number;
  /** Weight of rows that a leaf takes in between two attempts to split it (default 50). */
  gracePeriod?: number;
  /** Chance that the best split so far is not the best one (default 0.01). */
  delta?: number;
}

/** The names of all of them. */
export const forestOptionNames: OptionNames<AdaptiveRandomForestOptions> = {
  ...treeOptionNames,
  models: true,
  maxFeatures: true,
  lambda: true,
  weightedVote: true,
  driftDelta: true,
  warningDelta: true,
  seed: true,
};

/** The forest's own options, every one. */
export type ForestSettings = Required<
  Pick<
    AdaptiveRandomForestOptions,
    'models' | 'maxFeatures' | 'lambda' | 'weightedVote' | 'driftDelta' | 'warningDelta' | 'seed'
  >
>;

/**
 * They with their defaults.
 *
 * @param name who takes them, for the messages
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function forestSettings(
  name: string,
  options: {
    [Name in keyof ForestSettings]: ForestSettings[Name] | undefined;
  },
): ForestSettings {
  const { models = 10, maxFeatures = 'sqrt', lambda = 6, weightedVote = true } = options;
  const { driftDelta = 0.001, warningDelta = 0.01, seed = 0 } = options;
  checkInteger(`${name}.models`, models, { least: 1, most: 10_000 });
  if (typeof maxFeatures !== 'number')
    checkOneOf(`${name}.maxFeatures`, maxFeatures, ['sqrt', 'log2', 'all']);
  else if (maxFeatures < 1) checkNumber(`${name}.maxFeatures`, maxFeatures, { above: 0 });
  else checkInteger(`${name}.maxFeatures`, maxFeatures, { least: 1 });
  // Its exponential must not be 0, or no draw would end.
  checkNumber(`${name}.lambda`, lambda, { above: 0, most: 700 });
  checkOneOf(`${name}.weightedVote`, weightedVote, [true, false]);
  checkNumber(`${name}.driftDelta`, driftDelta, { above: 0, most: 1 });
  checkNumber(`${name}.warningDelta`, warningDelta, { above: 0, most: 1 });
  checkInteger(`${name}.seed`, seed);
  return { models, maxFeatures, lambda, weightedVote, driftDelta, warningDelta, seed };
}

/** How many features a leaf watches. */
export function featuresWatched(maxFeatures: ForestSettings['maxFeatures'], features: number): number {
  if (maxFeatures === 'all') return features;
  if (maxFeatures === 'sqrt') return Math.max(1, Math.round(Math.sqrt(features)));
  if (maxFeatures === 'log2') return Math.max(1, Math.round(Math.log2(features)));
  if (maxFeatures < 1) return Math.max(1, Math.floor(maxFeatures * features));
  return Math.min(maxFeatures, features);
}
