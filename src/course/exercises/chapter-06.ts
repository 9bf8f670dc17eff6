/** Chapter 6's exercises: costs, recall, and a group set back. */
import type { Exercise } from '../exercise.ts';
import { confusionAt, isMatrix, isNear, type Judged } from './answers.ts';

/** Malignant rows of the test topic, and how many of them are found at a threshold of 0.5 at least. */
const MALIGNANT = 93;
const FOUND = 90;

/** The share of the rows of class 1 that is found at a threshold. */
function recallAt(judged: Judged, threshold: number): number {
  const [, [missed, found]] = confusionAt(judged, threshold) as [unknown, [number, number]];
  return found / (missed + found);
}

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
    isRight: (answer) => {
      if (typeof answer !== 'number') {
        const { recall, judged } = answer as { recall: unknown; judged: Judged };
        return isNear(recall, recallAt(judged, 0.05), 0.006);
      }
      // Without the rows: a share of the malignant ones, and no fewer than at 0.5.
      const found = Math.round(answer * MALIGNANT);
      return found >= FOUND && found <= MALIGNANT && isNear(answer, found / MALIGNANT, 0.003);
    },
  },
  {
    id: '6.3',
    form: 'a number of rows',
    because: 'Five records in each of the two partitions come again.',
    hint: 'resetOffsets, then read with the group itself: doctors(1_000).',
    isRight: (answer) => answer === 10,
  },
];
