/** Chapter 6's exercises: costs, recall, and a group set back. */
import type { Exercise } from '../exercise.ts';
import { isNear, matrixOf, numberOf, shareOf } from './answer-forms.ts';
import { judgedRowsOf, recallAt } from './judged-rows.ts';

/** Half a unit of the second decimal, with a little for rounding: two shares of 91 are farther from each other. */
const ROUNDED = 0.0051;

/** The recall that comes without the rows is held against what eight of eight seeds find: 90 of 91 malignant rows. */
const FOUND = 90 / 91;

export const chapter06: readonly Exercise[] = [
  {
    id: '6.1',
    part: 'cost',
    form: 'a cost',
    because: 'False alarms cost one each; what is left of 100 is shared by the missed tumours.',
    hint: 'cost = false alarms + missed x cost of a miss; solve it for the cost of a miss.',
    mistakes: {
      alarms: 'The false alarms cost something, too: take them off the hundred first.',
      all: 'That is what all the missed ones cost together.',
      none: 'Some are missed, so their cost is finite.',
    },
    judge: (answer) => {
      const given = answer as { cost: unknown; matrix: unknown };
      const [cost, matrix] = [numberOf(given.cost), matrixOf(given.matrix, 2)];
      if (cost === undefined || !matrix) return 'form';
      const [[, alarms], [missed]] = matrix as [[number, number], [number, number]];
      const expected = (100 - alarms) / missed;
      if (cost === expected || isNear(cost, expected, 0.051)) return true;
      if (cost === Infinity) return 'none';
      if (isNear(cost, 100 / missed, 0.051)) return 'alarms';
      return cost === 100 - alarms && 'all';
    },
  },
  {
    id: '6.2',
    part: 'recall',
    form: 'a share between 0 and 1',
    because: 'A low threshold finds nearly every tumour.',
    hint: 'binaryScores of the confusion matrix at that threshold has it as recall.',
    mistakes: {
      half: 'That is the recall at a threshold of 0.5.',
      missed: 'That is the share that is missed.',
    },
    judge: (answer) => {
      const bare = shareOf(answer);
      if (bare !== undefined) return isNear(bare, FOUND, 0.0011);
      const given = answer as { recall: unknown; judged: unknown };
      const [recall, rows] = [shareOf(given.recall), judgedRowsOf(given.judged)];
      if (recall === undefined || !rows) return 'form';
      const right = recallAt(rows, 0.05);
      if (isNear(recall, right, ROUNDED)) return true;
      if (isNear(recall, recallAt(rows, 0.5), ROUNDED)) return 'half';
      return isNear(recall, 1 - right, ROUNDED) && 'missed';
    },
  },
  {
    id: '6.3',
    form: 'a number of rows',
    because: 'Five records in each of the two partitions come again.',
    hint: 'resetOffsets, then read with the group itself: doctors().',
    mistakes: {
      one: 'Five in each partition, and there are two of them.',
      nothing: 'The group is still at the end: set it back first.',
    },
    judge: (answer) => {
      const rows = numberOf(answer);
      if (rows === undefined) return 'form';
      return rows === 5 ? 'one' : rows === 0 ? 'nothing' : rows === 10;
    },
  },
];
