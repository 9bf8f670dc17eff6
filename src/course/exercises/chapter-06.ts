/** Chapter 6's exercises: costs, recall, and a group set back. */
import type { Exercise } from '../exercise.ts';
import { isMatrix, isNear } from './answers.ts';

export const chapter06: readonly Exercise[] = [
  {
    id: '6.1',
    form: 'a cost',
    because: 'False alarms cost one each; what is left of 100 is shared by the missed tumours.',
    hint: 'cost = false alarms + missed x cost of a miss; solve it for the cost of a miss.',
    isRight: (answer) => {
      const { cost, matrix } = answer as { cost: unknown; matrix: unknown };
      if (!isMatrix(matrix, 2)) return false;
      const [[, alarms], [missed]] = matrix as [[number, number], [number, number]];
      const expected = (100 - alarms) / missed;
      return cost === expected || isNear(cost, expected, 0.051);
    },
  },
  {
    id: '6.2',
    form: 'a share between 0 and 1',
    because: 'A low threshold finds nearly every tumour.',
    hint: 'binaryScores of the confusion matrix at that threshold has it as recall.',
    isRight: (answer) => typeof answer === 'number' && answer > 0.95 && answer <= 1,
  },
  {
    id: '6.3',
    form: 'a number of rows',
    because: 'Five records in each of the two partitions come again.',
    hint: 'resetOffsets, then read with the group itself: doctors(1_000).',
    isRight: (answer) => answer === 10,
  },
];
