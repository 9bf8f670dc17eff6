/** Chapter 4's exercises: what batches hold, what a wrong loss costs at least. */
import type { Exercise } from '../exercise.ts';
import { isNear, isSameList, listOf, numberOf } from './answer-forms.ts';

/** Rows of the training topic, of which so many are malignant. */
const MALIGNANT = 150;
const BENIGN = 268;

export const chapter04: readonly Exercise[] = [
  {
    id: '4.1',
    form: 'a number of batches',
    because: '418 rows make 13 batches of 32; the last two rows are dropped.',
    hint: 'batch(32, { dropRemainder: true }), and count the batches of one pass.',
    mistakes: {
      last: 'The last one is not full, and is dropped.',
      large: 'Those are batches of 64.',
    },
    judge: (answer) => {
      const batches = numberOf(answer);
      if (batches === undefined) return 'form';
      return batches === 14 ? 'last' : batches === 7 || batches === 6 ? 'large' : batches === 13;
    },
  },
  {
    id: '4.2',
    form: 'a loss',
    because: 'Each row costs at least the floor of its class; the mean weighs them by their numbers.',
    hint: 'Multiply each floor by the number of its rows, add, and divide by all rows.',
    mistakes: {
      plain: 'The plain mean of the two floors counts a malignant row as often as a benign one.',
      one: 'That is the floor of one class alone.',
    },
    judge: (answer) => {
      const loss = numberOf(answer);
      if (loss === undefined) return 'form';
      const [malignant, benign] = [Math.log(1 + Math.exp(-1)), Math.log(2)];
      const mean = (MALIGNANT * malignant + BENIGN * benign) / (MALIGNANT + BENIGN);
      if (isNear(loss, mean, 0.0035)) return true;
      if (isNear(loss, (malignant + benign) / 2, 0.004)) return 'plain';
      return (isNear(loss, malignant, 0.004) || isNear(loss, benign, 0.004)) && 'one';
    },
  },
  {
    id: '4.3',
    form: 'a list of two offsets',
    because: 'The even offsets are 0 2 4 6 8; three are skipped.',
    hint: 'filter, then skip, then take: each step works on what the one before it gives.',
    mistakes: {
      early: 'skip comes after filter: three of the even ones are skipped.',
      late: 'The first even offset is 0.',
    },
    judge: (answer) => {
      const offsets = listOf(answer);
      if (offsets?.length !== 2) return 'form';
      if (isSameList(offsets, [4, 6])) return 'early';
      return isSameList(offsets, [8, 10]) ? 'late' : isSameList(offsets, [6, 8]);
    },
  },
];
