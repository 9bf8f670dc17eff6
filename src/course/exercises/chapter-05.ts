/** Chapter 5's exercises: steps are counted, windows forget, checkpoints win. */
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf, shareOf } from './answer-forms.ts';

/** Of the last 200 rows the network gets 196 or 197 right over eight seeds; one row to either side is let pass. */
const FEWEST = 195;
const MOST = 198;

export const chapter05: readonly Exercise[] = [
  {
    id: '5.1',
    form: 'a number of steps',
    because: 'Seven mini data sets, four batches in each, gone over twice.',
    hint: 'The last batch of a mini data set is smaller and is a step, too; so is each batch of each epoch.',
    mistakes: {
      once: 'That is one epoch.',
      across: 'No batch has rows of two mini data sets: each ends with a smaller one.',
    },
    judge: (answer) => {
      const steps = numberOf(answer);
      if (steps === undefined) return 'form';
      return steps === 28 ? 'once' : steps === 44 || steps === 22 ? 'across' : steps === 56;
    },
  },
  {
    id: '5.2',
    form: 'an accuracy between 0 and 1',
    because: 'The window has forgotten the rows on which the model still knew nothing.',
    hint: "Give streamMetric('accuracy', { window: 200 }) to trainOnline with a new group, and read its value.",
    mistakes: { rows: 'Of 200 rows so many parts cannot be right: hand in the value of the window itself.' },
    judge: (answer) => {
      const accuracy = shareOf(answer);
      if (accuracy === undefined) return 'form';
      const right = Math.round(accuracy * 200);
      if (!isNear(accuracy, right / 200, 0.0006)) return 'rows';
      return right >= FEWEST && right <= MOST;
    },
  },
  {
    id: '5.3',
    form: 'a number of rows',
    because: 'The checkpoint holds the next offset, and behind it there is nothing.',
    hint: "It is the rows property of what life('two-lives') gives.",
    mistakes: {
      second: 'So many the second life has learnt; behind its checkpoint there is nothing.',
      whole: 'So many a life without a checkpoint learns: ask for the name two-lives.',
    },
    judge: (answer) => {
      const rows = numberOf(answer);
      if (rows === undefined) return 'form';
      return rows === 699 - 256 ? 'second' : rows === 699 ? 'whole' : rows === 0;
    },
  },
];
