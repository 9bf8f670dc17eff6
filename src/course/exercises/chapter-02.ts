/** Chapter 2's exercises: keys choose partitions, offsets count, groups can be set back. */
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';

export const chapter02: readonly Exercise[] = [
  {
    id: '2.1',
    form: "a partition's number",
    because: 'The hash of the key, divided by the number of partitions, leaves it as the rest.',
    hint: 'partitionOfKey(key, partitions) tells it.',
    isRight: (answer) => answer === partitionOfKey('zoe', 3),
  },
  {
    id: '2.2',
    form: 'a list of three offsets',
    because: 'beforeEnd counts back from the next offset to be given.',
    hint: 'offset: { beforeEnd: 3 } in fromKafka, for the one partition; then take .offset of each record.',
    isRight: (answer) =>
      Array.isArray(answer) &&
      answer.length === 3 &&
      answer.every((offset, i) => Number.isInteger(offset) && offset === answer[0] + i) &&
      (answer[2] + 1) % 6 === 0,
  },
  {
    id: '2.3',
    form: 'a number of records',
    because: 'The group begins at the beginning again, and there are thirty visits.',
    hint: "resetOffsets('ch2-nurses', { topic: visits, to: 'earliest', ... }), then read with nurses(30).",
    isRight: (answer) => answer === 30,
  },
];
