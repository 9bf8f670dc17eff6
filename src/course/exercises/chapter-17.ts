/** The exercises of chapter 17, a rubric for data of the learner's own: each is judged by what the learner's run has found. */
import type { Exercise } from '../exercise.ts';
import { numberOf, shareOf } from './answer-forms.ts';

/** Half a unit of the third decimal, with a little for rounding. */
const ROUNDED = 0.00051;

const isNear = (one: number, other: number): boolean => Math.abs(one - other) <= ROUNDED;
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** How many rows each class has. */
function countsOf(rows: unknown): number[] | undefined {
  if (!isList(rows) || rows.length === 0) return undefined;
  const counts: number[] = [];
  for (const row of rows) {
    const { ys } = row as { ys: unknown };
    if (!isCount(ys)) return undefined;
    counts[ys] = (counts[ys] ?? 0) + 1;
  }
  return counts.filter((count) => count > 0);
}

/** The accuracies in a report of a prequential evaluation. */
function accuraciesOf(report: unknown): { model: number; last: number; frequent: number } | undefined {
  const { metrics, noChange, majority } = report as Record<string, Record<string, unknown>>;
  const [model, last, frequent] = [metrics, noChange, majority].map((each) => each?.['accuracy']);
  const all = [model, last, frequent];
  if (!all.every((each) => typeof each === 'number' && each >= 0 && each <= 1)) return undefined;
  return { model: model as number, last: last as number, frequent: frequent as number };
}

export const chapter17: readonly Exercise[] = [
  {
    id: '17.1',
    part: 'share',
    form: 'a share between 0 and 1',
    because: 'Whatever a model is worth, it must be right more often than that.',
    hint: 'Count the rows of each class in table.rows, and divide the greatest count by their number.',
    mistakes: {
      rare: 'That is the share of the rarest class: saying the most frequent one is right more often.',
      even: 'That would be so if all classes were as frequent.',
    },
    judge: (answer) => {
      const given = answer as { share: unknown; table: { rows: unknown } };
      const [share, counts] = [shareOf(given.share), countsOf(given.table.rows)];
      if (share === undefined || !counts) return 'form';
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (isNear(share, Math.max(...counts) / total)) return true;
      if (isNear(share, Math.min(...counts) / total)) return 'rare';
      return isNear(share, 1 / counts.length) && 'even';
    },
  },
  {
    id: '17.2',
    part: 'gain',
    form: 'a difference of two accuracies, such as 0.12',
    because: 'Only what a model adds to the better of the two baselines is its own work.',
    hint: 'Take the better of report.noChange.accuracy and report.majority.accuracy from report.metrics.accuracy.',
    mistakes: {
      whole: 'That is the accuracy itself: take off what the better baseline has.',
      weaker: 'That is beside the weaker of the two baselines.',
      sign: 'Where the model is better, the difference is above 0.',
    },
    judge: (answer) => {
      const given = answer as { gain: unknown; report: unknown };
      const [gain, found] = [numberOf(given.gain), accuraciesOf(given.report)];
      if (gain === undefined || !found) return 'form';
      const { model, last, frequent } = found;
      const right = model - Math.max(last, frequent);
      if (isNear(gain, right)) return true;
      if (isNear(gain, model)) return 'whole';
      if (isNear(gain, -right)) return 'sign';
      return isNear(gain, model - Math.min(last, frequent)) && 'weaker';
    },
  },
  {
    id: '17.3',
    part: 'rows',
    form: 'a number of rows',
    because: 'The checkpoint knows the place in the topic: no row is learnt twice.',
    hint: 'Train with the same checkpoint once more, and look at result.rows, not at result.totalRows.',
    mistakes: {
      total: 'So many were learnt in all lives together.',
    },
    judge: (answer) => {
      const given = answer as { rows: unknown; again: { rows: unknown; totalRows: unknown } };
      const [rows, { again }] = [numberOf(given.rows), given];
      if (rows === undefined || !isCount(again.rows) || !isCount(again.totalRows)) return 'form';
      // That nothing is learnt twice is what the rubric asks of the run.
      if (again.rows > 0 || again.totalRows === 0) return rows === again.totalRows ? 'total' : false;
      return rows === again.rows ? true : rows === again.totalRows && 'total';
    },
  },
  {
    id: '17.4',
    part: 'missing',
    form: 'a number of rows',
    because: 'Each row has one prediction, no more and no less.',
    hint: 'Put the offsets of all predictions into a Set; take its size from the number of rows.',
    mistakes: {
      count: 'That is how many have a prediction; how many have none?',
    },
    judge: (answer) => {
      const given = answer as { missing: unknown; rows: unknown; predictions: unknown };
      const missing = numberOf(given.missing);
      if (missing === undefined || !isList(given.predictions) || !isCount(given.rows)) return 'form';
      const places = given.predictions.map((each) => {
        const { partition, offset } = each as { partition: unknown; offset: unknown };
        return `${String(partition)}/${String(offset)}`;
      });
      const different = new Set(places).size;
      if (different < given.rows || places.length !== different) return false;
      return missing === given.rows - different ? true : missing === different && 'count';
    },
  },
  {
    id: '17.5',
    part: 'row',
    form: 'the number of a row, or -1 where there was no alarm',
    because: 'A detector sees a change only once enough wrong predictions tell it.',
    hint: 'Look for the first of alarms whose kind is drift, and take its row.',
    mistakes: {
      warning: 'That is a warning: it may pass. Look for the kind drift.',
      later: 'There was an alarm before that one.',
    },
    judge: (answer) => {
      const given = answer as { row: unknown; alarms: unknown };
      const row = numberOf(given.row);
      if (row === undefined || !isList(given.alarms)) return 'form';
      const alarms = given.alarms as readonly { row: unknown; kind: unknown }[];
      const first = alarms.find(({ kind }) => kind === 'drift')?.row ?? -1;
      if (row === first) return true;
      const named = alarms.find((alarm) => alarm.row === row);
      return named !== undefined && (named.kind === 'warning' ? 'warning' : 'later');
    },
  },
];
