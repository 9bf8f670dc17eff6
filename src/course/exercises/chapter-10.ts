/** Chapter 10's exercises: where keys lead, what a faster part is worth, what rows weigh. */
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf } from './answer-forms.ts';

export const chapter10: readonly Exercise[] = [
  {
    id: '10.1',
    form: 'a number of partitions',
    because: 'Two keys lead to two partitions at most, however many rows there are.',
    hint: "The keys are '0' and '1'. Ask partitionOfKey for each of them, with 4 partitions, and count.",
    mistakes: { all: 'All four are used only where there are keys enough.' },
    judge: (answer) => {
      const partitions = numberOf(answer);
      if (partitions === undefined) return 'form';
      const right = new Set(['0', '1'].map((key) => partitionOfKey(key, 4))).size;
      return partitions === 4 ? 'all' : partitions === right;
    },
  },
  {
    id: '10.2',
    form: 'a number, how many times as fast, to one decimal place',
    because: 'Of 100 seconds 37 are left: waiting and decoding have not become faster.',
    hint: 'Of 100 seconds, how many are left? Only the 70 of learning become fewer.',
    mistakes: {
      part: 'Ten times is the learning alone.',
      left: 'That is what is left of the time: how many times does it go into the whole?',
      most: 'That is what a processor without end would give.',
    },
    judge: (answer) => {
      const times = numberOf(answer);
      if (times === undefined) return 'form';
      if (times === 10) return 'part';
      if (isNear(times, 0.37, 0.001) || isNear(times, 37, 0.001)) return 'left';
      return isNear(times, 10 / 3, 0.05) ? 'most' : isNear(times, 100 / 37, 0.0051);
    },
  },
  {
    id: '10.3',
    form: 'a number of gigabytes',
    because: 'A row is 18 numbers of 4 bytes.',
    hint: 'One row is packed.length bytes.',
    mistakes: {
      bytes: 'Those are bytes: a gigabyte is a billion of them.',
      doubles: 'Those are numbers of 8 bytes; packed, each takes 4.',
      numbers: 'A 32-bit float is 4 bytes.',
    },
    judge: (answer) => {
      const gigabytes = numberOf(answer);
      if (gigabytes === undefined) return 'form';
      if (isNear(gigabytes, 72e9, 1)) return 'bytes';
      if (gigabytes === 144) return 'doubles';
      return gigabytes === 18 ? 'numbers' : isNear(gigabytes, 72, 0.001);
    },
  },
];
