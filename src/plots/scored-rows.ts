/** Curves of a classifier's scores: ROC, precision and recall, calibration. Sums only; the figures draw them. */
import { FigureDataError } from './errors.ts';

/** The true class of each row and the score a model gave it; the higher, the more surely class 1. */
export interface ScoredRows {
  /** 1 or 0; or any class, as text or number, if `positive` says which of them is 1. */
  labels: readonly (number | string)[];
  scores: readonly number[];
  /** The class that counts as 1, such as `'malignant'`; all others are 0. Default: the number 1. */
  positive?: number | string;
}

/** One point of a threshold's way from "nothing is 1" to "everything is 1". */
interface ThresholdPoint {
  /** Rows with a score of at least this are taken for 1. */
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** A curve and the area under it. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** ROC: area under the curve. Precision and recall: average precision. */
  readonly area: number;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * The receiver operating characteristic: true-positive rate (y) over false-positive rate (x), and its area.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a label is neither 0 nor 1, or one class is missing
 * @example
 * ```ts run
 * rocCurve({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }).area; // 0.75
 * ```
 */
export function rocCurve(rows: ScoredRows): Curve {
  const { points, positives, negatives } = thresholds('The ROC curve', rows);
  const x = [0, ...points.map(({ falsePositives }) => falsePositives / negatives)];
  const y = [0, ...points.map(({ truePositives }) => truePositives / positives)];
  let area = 0;
  for (let at = 1; at < x.length; at += 1) area += ((x[at]! - x[at - 1]!) * (y[at]! + y[at - 1]!)) / 2;
  return { x, y, area, positives, negatives };
}

/**
 * Precision (y) over recall (x). The area is the average precision, the sum of precisions weighted by the growth of
 * recall, without interpolation (as scikit-learn's `average_precision_score`).
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) as {@link rocCurve}
 */
export function precisionRecallCurve(rows: ScoredRows): Curve {
  const { points, positives, negatives } = thresholds('The precision-recall curve', rows);
  const x = [0, ...points.map(({ truePositives }) => truePositives / positives)];
  const y = [
    1,
    ...points.map(({ truePositives: right, falsePositives }) => right / (right + falsePositives)),
  ];
  let area = 0;
  for (let at = 1; at < x.length; at += 1) area += (x[at]! - x[at - 1]!) * y[at]!;
  return { x, y, area, positives, negatives };
}

/** One bin of a calibration curve. */
export interface CalibrationBin {
  /** The bin holds scores from here on ... */
  readonly from: number;
  /** ... to below here (the last bin: 1 as well). */
  readonly to: number;
  /** Mean score of the bin's rows. */
  readonly predicted: number;
  /** Share of the bin's rows whose class is 1. */
  readonly observed: number;
  /** The share that may stand behind the observed one: from here, with 95 % confidence (Wilson's interval, 1927) ... */
  readonly low: number;
  /** ... to here; wide where the bin has few rows. */
  readonly high: number;
  readonly rows: number;
}

/**
 * Rows grouped by score into bins of equal width; empty bins are left out.
 *
 * @param bins how many between 0 and 1; default 10
 * @throws FigureDataError (`ST_PLOTS_DATA`) as {@link rocCurve}, and for scores outside 0 to 1
 */
export function calibrationBins(rows: ScoredRows, bins = 10): readonly CalibrationBin[] {
  const figure = 'The calibration curve';
  checkScored(figure, rows);
  const wrong = rows.scores.find((score) => score < 0 || score > 1);
  if (wrong !== undefined)
    throw new FigureDataError({ figure, problem: `the score ${wrong} is no probability` });
  if (!Number.isInteger(bins) || bins < 1)
    throw new FigureDataError({ figure, problem: `${bins} is no number of bins` });
  const sums = Array.from({ length: bins }, () => ({ predicted: 0, observed: 0, rows: 0 }));
  for (const [row, score] of rows.scores.entries()) {
    const bin = sums[binOf(score, bins)]!;
    bin.predicted += score;
    bin.observed += isPositive(rows, row) ? 1 : 0;
    bin.rows += 1;
  }
  return sums.flatMap(({ predicted, observed, rows: count }, bin) => {
    if (count === 0) return [];
    const [from, to] = [bin / bins, (bin + 1) / bins];
    const [low, high] = wilson(observed, count);
    return [{ from, to, predicted: predicted / count, observed: observed / count, low, high, rows: count }];
  });
}

/** The bin that holds a score; 0.57 * 100 is a little less than 57, of which 0.57 is the begin. */
function binOf(score: number, bins: number): number {
  const near = Math.floor(score * bins);
  const bin = score >= (near + 1) / bins ? near + 1 : score < near / bins ? near - 1 : near;
  return Math.min(bins - 1, bin);
}

/** Wilson's interval of a share, 95 %. */
function wilson(hits: number, rows: number): [number, number] {
  const z2 = 1.959964 ** 2;
  const middle = (hits + z2 / 2) / (rows + z2);
  const half = Math.sqrt(z2 * ((hits * (rows - hits)) / rows + z2 / 4)) / (rows + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Counts of right and wrong positives at every threshold that separates rows, from the highest score down. */
function thresholds(figure: string, rows: ScoredRows) {
  const { positives, negatives } = checkScored(figure, rows);
  if (positives === 0 || negatives === 0) {
    throw new FigureDataError({
      figure,
      problem: `all ${rows.labels.length} rows are of class ${positives === 0 ? 0 : 1}`,
    });
  }
  const order = rows.scores.map((_, row) => row).sort((a, b) => rows.scores[b]! - rows.scores[a]!);
  const points: ThresholdPoint[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  for (const [place, row] of order.entries()) {
    if (isPositive(rows, row)) truePositives += 1;
    else falsePositives += 1;
    const threshold = rows.scores[row]!;
    const next = order[place + 1];
    if (next === undefined || rows.scores[next] !== threshold)
      points.push({ threshold, truePositives, falsePositives });
  }
  return { points, positives, negatives };
}

function isPositive({ labels, positive = 1 }: ScoredRows, row: number): boolean {
  return labels[row] === positive;
}

function checkScored(figure: string, rows: ScoredRows): { positives: number; negatives: number } {
  const { labels, scores, positive } = rows;
  if (labels.length === 0) throw new FigureDataError({ figure, problem: 'there is no row' });
  if (labels.length !== scores.length) {
    throw new FigureDataError({ figure, problem: `${labels.length} labels but ${scores.length} scores` });
  }
  if (positive === undefined) {
    const label = labels.find((value) => value !== 0 && value !== 1);
    if (label !== undefined) {
      const advice = `say which class counts as 1, such as { labels, scores, positive: ${JSON.stringify(label)} }`;
      throw new FigureDataError({
        figure,
        problem: `the label ${JSON.stringify(label)} is neither 0 nor 1; ${advice}`,
      });
    }
  } else if (!labels.includes(positive)) {
    throw new FigureDataError({
      figure,
      problem: `no row has the label ${JSON.stringify(positive)}, the positive class`,
    });
  }
  const missing = labels.findIndex((value) => value === null || value === undefined || Number.isNaN(value));
  if (missing >= 0) throw new FigureDataError({ figure, problem: `row ${missing} has no label` });
  const score = scores.findIndex((value) => !Number.isFinite(value));
  if (score >= 0)
    throw new FigureDataError({ figure, problem: `the score of row ${score} is ${scores[score]}` });
  const positives = labels.filter((_, row) => isPositive(rows, row)).length;
  return { positives, negatives: labels.length - positives };
}
