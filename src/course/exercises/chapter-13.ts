/** The exercises of chapter 13: Spark. */
import type { Exercise } from '../exercise.ts';
import { numberOf } from './answer-forms.ts';

export const chapter13: readonly Exercise[] = [
  {
    id: '13.1',
    form: 'a number of windows',
    because:
      'The watermark stands at 00:26:11: windows that end by then are written, the last of them ends at 00:26:00.',
    hint: 'When did the newest row happen? Where does the watermark stand then? Which windows end before it?',
    mistakes: {
      same: 'That is so with 30 seconds of patience.',
      begun: 'The window in which the watermark stands has not ended yet.',
    },
    judge: (answer) => {
      const windows = numberOf(answer);
      if (windows === undefined) return 'form';
      if (windows === 30) return 'same';
      return windows === 27 || (windows > 26 && windows < 27) ? 'begun' : windows === 26;
    },
  },
  {
    id: '13.2',
    form: 'a weight',
    because: 'The mean is weighted by rows: three quarters of it come from the first worker.',
    hint: 'Who has learnt three times as many rows counts three times as much.',
    mistakes: { plain: 'That is the mean as if both had learnt as many rows.' },
    judge: (answer) => {
      const weight = numberOf(answer);
      if (weight === undefined) return 'form';
      return Math.abs(weight - 0.4) < 1e-9 ? 'plain' : Math.abs(weight - 0.3) < 1e-9;
    },
  },
  {
    id: '13.3',
    form: 'a number of workers',
    because:
      'A round has as many parts as the topic has partitions with rows; the others have nothing to do.',
    hint: 'What is a part of a round? How many of them has this topic?',
    mistakes: { all: 'So many there are, but a part is the share of a partition, and is not divided.' },
    judge: (answer) => {
      const workers = numberOf(answer);
      if (workers === undefined) return 'form';
      return workers === 8 ? 'all' : workers === 2;
    },
  },
];
