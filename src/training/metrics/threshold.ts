/** Choosing the threshold of a binary classifier by what its errors cost. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { MetricInputError } from '../errors.ts';
import { confusionMatrix, type ConfusionMatrix } from './binary-scores.ts';

/** What the two kinds of error cost, in any unit; finite and above 0. */
export interface ErrorCosts {
  /** A row of class 1 that was taken for class 0. */
  missed: number;
  /** A row of class 0 that was taken for class 1. Default 1. */
  falseAlarm?: number;
}

const costNames: OptionNames<ErrorCosts> = { missed: true, falseAlarm: true };

/** What {@link cheapestThreshold} found. */
export interface CheapestThreshold {
  /** A score above it counts as class 1. */
  readonly threshold: number;
  /** What the errors on the given rows cost there. */
  readonly cost: number;
}

/**
 * What the errors in a confusion matrix cost together.
 *
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) for costs that are not finite and above 0;
 *   UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * errorCost([[178, 5], [3, 94]], { missed: 20 }); // 65
 * ```
 */
export function errorCost([[, alarms], [missed]]: ConfusionMatrix, costs: ErrorCosts): number {
  const { missed: ofMiss, falseAlarm } = checkedCosts('errorCost', costs);
  return falseAlarm * alarms + ofMiss * missed;
}

/**
 * Finds the threshold at which the errors on the given rows cost least. Give it rows that the model has **not** learnt
 * (of a validation part, or of cross-validation with `kFold`): on those it has learnt, it is surer than it will be later.
 * A choice on few rows is a rough one. Where the probabilities can be believed none is needed: the mean cost is least at
 * `falseAlarm / (falseAlarm + missed)` (Elkan, "The foundations of cost-sensitive learning", 2001).
 *
 * @param labels 0 or 1, the truth; both have to occur
 * @param scores the model's probabilities of class 1, as many as labels
 * @returns a threshold midway between two scores, or 0 or 1; of equally cheap ones the lowest
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) as `confusionMatrix`, where a class does not occur, and for costs
 *   that are not finite and above 0; UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * cheapestThreshold([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.9], { missed: 20 }); // { threshold: 0.2, cost: 1 }
 * ```
 */
export function cheapestThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  costs: ErrorCosts,
): CheapestThreshold {
  const { missed: ofMiss, falseAlarm } = checkedCosts('cheapestThreshold', costs);
  const [[passed, alarms], [missed, found]] = confusionMatrix(labels, scores, { threshold: 0 });
  for (const [label, rows] of [passed + alarms, missed + found].entries())
    if (rows === 0) throw new MetricInputError(`no row is of class ${label}: there is nothing to weigh`);
  const rows = Array.from(labels, (label, row) => ({ label, score: clamped(scores[row]!) }));
  rows.sort((a, b) => a.score - b.score);
  let cost = falseAlarm * (passed + alarms); // every row is an alarm
  let best: CheapestThreshold = { threshold: 0, cost: rows[0]!.score > 0 ? cost : Infinity };
  for (const [place, { label, score }] of rows.entries()) {
    cost += label === 1 ? ofMiss : -falseAlarm;
    const next = rows[place + 1]?.score;
    if (next !== score && cost < best.cost) best = { threshold: between(score, next), cost };
  }
  return best;
}

function clamped(score: number): number {
  return Math.min(1, Math.max(0, score));
}

/** The middle of two scores, or the lower one where float64 has no number between them. */
function between(score: number, next: number | undefined): number {
  if (next === undefined) return 1;
  const middle = (score + next) / 2;
  return middle < next ? middle : score;
}

function checkedCosts(of: string, costs: ErrorCosts): Required<ErrorCosts> {
  refuseUnknownOptions(of, costs, costNames);
  const checked = { missed: costs.missed, falseAlarm: costs.falseAlarm ?? 1 };
  for (const [name, cost] of Object.entries(checked))
    if (!(typeof cost === 'number' && cost > 0 && cost < Infinity))
      throw new MetricInputError(`the cost ${name} is ${String(cost)}, not a finite number above 0`);
  return checked;
}
