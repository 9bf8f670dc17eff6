/** Chapter 4's exercises: what batches hold, what a wrong loss costs at least. */
import type { Exercise } from '../exercise.ts';
import { isNear } from './answers.ts';

/** Rows of the training topic, of which so many are malignant. */
const MALIGNANT = 150;
const BENIGN = 268;

export const chapter04: readonly Exercise[] = [
  {
    id: '4.1',
    form: 'a number of batches',
    because: '418 rows make 13 batches of 32; the last two rows are dropped.',
    hint: 'batch(32, { dropRemainder: true }), and count the batches of one pass.',
    isRight: (answer) => answer === 13,
  },
  {
    id: '4.2',
    form: 'a loss',
    because: 'Each row costs at least the floor of its class; the mean weighs them by their numbers.',
    hint: 'Multiply each floor by the number of its rows, add, and divide by all rows.',
    isRight: (answer) =>
      isNear(
        answer,
        (MALIGNANT * Math.log(1 + Math.exp(-1)) + BENIGN * Math.log(2)) / (MALIGNANT + BENIGN),
        0.006,
      ),
  },
  {
    id: '4.3',
    form: 'a list of two offsets',
    because: 'The even offsets are 0 2 4 6 8; three are skipped.',
    hint: 'filter, then skip, then take: each step works on what the one before it gives.',
    isRight: (answer) => Array.isArray(answer) && answer.length === 2 && answer[0] === 6 && answer[1] === 8,
  },
];
