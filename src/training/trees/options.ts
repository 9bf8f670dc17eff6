/** Options of Hoeffding trees, with River's defaults; a forest's trees have them too. */
import { checkInteger, checkNumber, checkOneOf, invalidOption, type OptionNames } from '../../options.ts';
import type { State } from '../../state.ts';
import { StateMismatchError } from '../errors.ts';
import type { RowClassifierOptions } from '../learners/row-classifier.ts';
import { fittingRecord } from '../state-record.ts';
import { splitCriteria, type SplitCriterion } from './criteria.ts';

/** How a leaf predicts: by its majority class, by naive Bayes, or by whichever of the two was right more often there. */
export type LeafPrediction = 'mc' | 'nb' | 'nba';

/** Options of a tree; the names and defaults are River 0.23's. */
export interface TreeOptions extends RowClassifierOptions {
  /** Weight of rows that a leaf takes in between two attempts to split it (default 200). */
  gracePeriod?: number;
  /** Splits above a leaf, at most (default: no bound). */
  maxDepth?: number;
  /** How good a split is (default `'infoGain'`). */
  splitCriterion?: SplitCriterion;
  /** Chance that the best split so far is not the best one, for each attempt (default 1e-7). */
  delta?: number;
  /** Hoeffding bound below which two splits that are about as good count as equal, and the leaf is split (default 0.05). */
  tau?: number;
  /** How leaves predict (default `'nba'`). */
  leafPrediction?: LeafPrediction;
  /** With `'nb'`: weight of rows before a leaf predicts by naive Bayes (default 0). */
  nbThreshold?: number;
  /** Features (from 0) whose values are names, coded as numbers, and not sizes (default none). */
  nominalAttributes?: readonly number[];
  /** Points between a feature's least and greatest value at which a split is tried (default 10). */
  splitPoints?: number;
  /** Whether nominal features are split into two only (default false). */
  binarySplit?: boolean;
  /**
   * Two branches at least must have a larger share of the rows than this (default 0.01); no exception is made. (River splits by a
   * nominal feature all the same where no other split is allowed either.)
   */
  minBranchFraction?: number;
  /** A leaf in which one class has a larger share than this is not split (default 0.99). */
  maxShareToSplit?: number;
  /** The most memory of a tree, in MiB (default 100); at least that of one leaf, 700 bytes and 24 a class. */
  maxSize?: number;
  /** Whether a tree at its `maxSize` stops to grow, instead of growing where it promises most (default false). */
  stopMemManagement?: boolean;
  /** With `'mc'`: whether leaves forget features that are worse than the best by more than the bound (default false). */
  removePoorAttrs?: boolean;
  /** Whether not to split competes with the splits (default true). */
  meritPreprune?: boolean;
}

/** The names of all of them. */
export const treeOptionNames: OptionNames<TreeOptions> = {
  features: true,
  classes: true,
  gracePeriod: true,
  maxDepth: true,
  splitCriterion: true,
  delta: true,
  tau: true,
  leafPrediction: true,
  nbThreshold: true,
  nominalAttributes: true,
  splitPoints: true,
  binarySplit: true,
  minBranchFraction: true,
  maxShareToSplit: true,
  maxSize: true,
  stopMemManagement: true,
  removePoorAttrs: true,
  meritPreprune: true,
};

/** Every option, checked. */
export interface TreeSettings extends Required<Omit<TreeOptions, 'nominalAttributes'>> {
  /** For each feature whether it is nominal: 1 or 0. */
  readonly nominal: Uint8Array;
  /** Features that a leaf watches. */
  readonly watched: number;
}

/** Bytes of a leaf that is inactive. */
export const leafBytes = (classes: number): number => 700 + classes * 24;

/** Settings that may be others when training goes on. */
export type ChangeableSettings = Readonly<
  Pick<TreeSettings, 'gracePeriod' | 'delta' | 'tau' | 'maxDepth' | 'maxSize'> & Record<string, number>
>;

/**
 * The options with their defaults.
 *
 * @param name who takes them, for the messages
 * @param defaults where they differ from a single tree's
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function treeSettings(
  name: string,
  options: TreeOptions,
  defaults: Partial<TreeOptions> = {},
): TreeSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all = { ...riverDefaults, ...defaults, ...(given as unknown as TreeOptions) };
  const { nominalAttributes, ...settings } = all;
  checkInteger(`${name}.features`, settings.features, { least: 1 });
  checkNumber(`${name}.gracePeriod`, settings.gracePeriod, { above: 0 });
  if (settings.maxDepth !== Infinity) checkInteger(`${name}.maxDepth`, settings.maxDepth);
  checkOneOf(`${name}.splitCriterion`, settings.splitCriterion, splitCriteria);
  checkNumber(`${name}.delta`, settings.delta, { above: 0, most: 1 });
  checkNumber(`${name}.tau`, settings.tau, { least: 0 });
  checkOneOf(`${name}.leafPrediction`, settings.leafPrediction, ['mc', 'nb', 'nba']);
  checkNumber(`${name}.nbThreshold`, settings.nbThreshold, { least: 0 });
  checkInteger(`${name}.splitPoints`, settings.splitPoints, { least: 1, most: 10_000 });
  checkNumber(`${name}.minBranchFraction`, settings.minBranchFraction, { least: 0, most: 0.5 });
  checkNumber(`${name}.maxShareToSplit`, settings.maxShareToSplit, { least: 0, most: 1 });
  checkInteger(`${name}.classes`, settings.classes, { least: 2 });
  checkNumber(`${name}.maxSize`, settings.maxSize, { least: leafBytes(settings.classes) / 2 ** 20 });
  for (const flag of ['binarySplit', 'stopMemManagement', 'removePoorAttrs', 'meritPreprune'] as const)
    checkOneOf(`${name}.${flag}`, settings[flag], [true, false]);
  const nominal = nominalFlags(name, nominalAttributes, settings.features);
  return { ...settings, nominal, watched: settings.features };
}

const riverDefaults = {
  classes: 2,
  gracePeriod: 200,
  maxDepth: Infinity,
  splitCriterion: 'infoGain',
  delta: 1e-7,
  tau: 0.05,
  leafPrediction: 'nba',
  nbThreshold: 0,
  nominalAttributes: [],
  splitPoints: 10,
  binarySplit: false,
  minBranchFraction: 0.01,
  maxShareToSplit: 0.99,
  maxSize: 100,
  stopMemManagement: false,
  removePoorAttrs: false,
  meritPreprune: true,
} as const satisfies Omit<Required<TreeOptions>, 'features'>;

function nominalFlags(name: string, nominal: readonly number[], features: number): Uint8Array {
  const option = `${name}.nominalAttributes`;
  if (!Array.isArray(nominal)) throw invalidOption(option, nominal, 'a list of numbers of features');
  const flags = new Uint8Array(features);
  for (const feature of nominal)
    flags[checkInteger(`${option}[${nominal.indexOf(feature)}]`, feature, { most: features - 1 })] = 1;
  return flags;
}

/** What may change between two lives. */
export function changeable({ gracePeriod, delta, tau, maxDepth, maxSize }: TreeSettings): ChangeableSettings {
  return { gracePeriod, delta, tau, maxDepth, maxSize };
}

/**
 * They as a state has them.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function changeableOf(
  kind: string,
  like: ChangeableSettings,
  state: State | undefined,
): ChangeableSettings {
  // A tree may grow without a bound.
  const found = fittingRecord(kind, { ...like, maxDepth: Infinity }, state);
  for (const [name, value] of Object.entries(found))
    if (!(value >= 0)) throw new StateMismatchError({ kind, problem: `its ${name} is ${value}` });
  return found;
}

/** What may not, as a flat record of a state. */
export function fixedOptions(settings: TreeSettings) {
  const {
    gracePeriod: _1,
    delta: _2,
    tau: _3,
    maxDepth: _4,
    maxSize: _5,
    watched: _6,
    nominal,
    ...fixed
  } = settings;
  const nominalAttributes = [...nominal.keys()].filter((feature) => nominal[feature] === 1).join(',');
  return { ...fixed, nominalAttributes };
}

/** Options of a state as they were given: the reverse of {@link fixedOptions} and {@link changeable} together. */
export function optionsOfState<Options extends { nominalAttributes?: readonly number[] }>(
  options: object,
): Options {
  const { nominalAttributes } = options as { nominalAttributes?: unknown };
  const list =
    typeof nominalAttributes === 'string' && nominalAttributes !== '' ? nominalAttributes.split(',') : [];
  return { ...options, nominalAttributes: list.map(Number) } as unknown as Options;
}
