/** The exercises of chapter 12: windows with Flink. */
import type { Exercise } from '../exercise.ts';
import { numberOf } from './answer-forms.ts';

/** The most malignant samples in one of the chapter's minutes. */
const MOST_MALIGNANT = 32;

export const chapter12: readonly Exercise[] = [
  {
    id: '12.1',
    form: 'a number of windows',
    because: 'The last row happens 4,192 seconds after the first: in the 70th minute.',
    hint: 'At which second does the last row happen? In which minute is that?',
    mistakes: {
      same: 'That is so with a sample each second.',
      short: 'The last minute is not full, and has a window all the same.',
    },
    judge: (answer) => {
      const windows = numberOf(answer);
      if (windows === undefined) return 'form';
      if (windows === 35) return 'same';
      return windows === 69 || (windows > 69 && windows < 70) ? 'short' : windows === 70;
    },
  },
  {
    id: '12.2',
    form: 'a number of samples',
    because: 'The samples are not mixed: some minutes have many more than others.',
    hint: 'ours has the windows; each has a field malignant. Math.max(...numbers) is the largest.',
    mistakes: { all: 'That is the number of all samples in a full minute.' },
    judge: (answer) => {
      const most = numberOf(answer);
      if (most === undefined) return 'form';
      return most === 60 ? 'all' : most === MOST_MALIGNANT;
    },
  },
  {
    id: '12.3',
    form: 'a number of windows',
    because: 'The watermark stands at 00:04:50, in the fifth minute: the four before it are closed.',
    hint: 'Where does the watermark stand? Which windows end before it?',
    mistakes: {
      newest: 'That would be so without any patience for late rows.',
    },
    judge: (answer) => {
      const closed = numberOf(answer);
      if (closed === undefined) return 'form';
      return closed === 5 ? 'newest' : closed === 4;
    },
  },
];
