/** Chapter 10's exercises: where keys lead, what a faster part is worth, what rows weigh. */
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';
import { isNear } from './answers.ts';

export const chapter10: readonly Exercise[] = [
  {
    id: '10.1',
    form: 'a number of partitions',
    because: 'Two keys lead to two partitions at most, however many rows there are.',
    hint: "The keys are '0' and '1'. Ask partitionOfKey for each of them, with 4 partitions, and count.",
    isRight: (answer) => answer === new Set(['0', '1'].map((key) => partitionOfKey(key, 4))).size,
  },
  {
    id: '10.2',
    form: 'a number of times',
    because: 'Of 100 seconds 37 are left: waiting and decoding have not become faster.',
    hint: 'Of 100 seconds, how many are left? Only the 70 of learning become fewer.',
    isRight: (answer) => isNear(answer, 100 / 37, 0.05),
  },
  {
    id: '10.3',
    form: 'a number of gigabytes',
    because: 'A row is 18 numbers of 4 bytes.',
    hint: 'One row is packed.length bytes.',
    isRight: (answer) => isNear(answer, 72, 0.001),
  },
];
