/** Chapter 3's exercises: what single columns tell. */
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf, shareOf, wordOf } from './answer-forms.ts';

const ROWS = 699;
/** Rows on which "4 or more" and "malignant" agree. */
const AGREE = 648;

export const chapter03: readonly Exercise[] = [
  {
    id: '3.1',
    form: "a feature's name",
    because: 'It has the largest coefficient, about 0.82, over the rows where it is there.',
    hint: 'Look at the last row of the correlations of all nine features and Class, without Class itself.',
    mistakes: {
      itself: 'Class correlates with itself, of course.',
      close: 'That one is close behind: look at the third decimal.',
    },
    judge: (answer) => {
      const name = wordOf(answer);
      if (name === undefined) return 'form';
      if (name === 'class') return 'itself';
      return name.startsWith('uniformity-of-cell-') ? 'close' : name === 'bare-nuclei';
    },
  },
  {
    id: '3.2',
    form: 'a share between 0 and 1',
    because: 'One feature and one threshold: a simple rule is the bar for every network.',
    hint: 'Count the rows where "4 or more" and "malignant" agree, and divide by 699.',
    mistakes: {
      count: 'That is the number of rows: divide it by all of them.',
      wrong: 'That is how often the rule is wrong.',
      coarse: 'Give three decimals.',
    },
    judge: (answer) => {
      if (numberOf(answer) === AGREE) return 'count';
      const share = shareOf(answer);
      if (share === undefined) return 'form';
      if (isNear(share, AGREE / ROWS, 0.0006)) return true;
      if (isNear(share, 1 - AGREE / ROWS, 0.0006)) return 'wrong';
      return isNear(share, 0.93, 1e-9) && 'coarse';
    },
  },
  {
    id: '3.3',
    form: 'a count',
    because: 'Some sample numbers stand in several rows.',
    hint: "cancer['Sample_code_number'].nUnique() counts each number once.",
    mistakes: {
      rows: 'That is the number of rows.',
      again: 'That is how many rows have a number that was there before.',
    },
    judge: (answer) => {
      const count = numberOf(answer);
      if (count === undefined) return 'form';
      return count === ROWS ? 'rows' : count === ROWS - 645 ? 'again' : count === 645;
    },
  },
];
