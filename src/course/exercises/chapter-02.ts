/** Chapter 2's exercises: keys choose partitions, offsets count, groups can be set back. */
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';
import { isSameList, listOf, numberOf } from './answer-forms.ts';

const PATIENTS = ['ada', 'ben', 'cem', 'dua', 'eve'];
const PARTITIONS = 3;
const VISITS = 6;

/** How many visits are in the partition of `ada`: its own, and those of whoever shares it. */
const BESIDE_ADA =
  VISITS *
  PATIENTS.filter((patient) => partitionOfKey(patient, PARTITIONS) === partitionOfKey('ada', PARTITIONS))
    .length;

export const chapter02: readonly Exercise[] = [
  {
    id: '2.1',
    form: "a partition's number",
    because: 'The hash of the key, divided by the number of partitions, leaves it as the rest.',
    hint: 'partitionOfKey(key, partitions) says which.',
    mistakes: { beyond: 'Of three partitions the numbers are 0, 1 and 2.' },
    judge: (answer) => {
      const partition = numberOf(answer);
      if (partition === undefined) return 'form';
      return [0, 1, 2].includes(partition) ? partition === partitionOfKey('zoe', PARTITIONS) : 'beyond';
    },
  },
  {
    id: '2.2',
    form: 'a list of three offsets',
    because: 'beforeEnd counts back from the next offset to be given.',
    hint: 'offset: { beforeEnd: 3 } in fromKafka, for the one partition; then take .offset of each record.',
    mistakes: {
      end: 'The end is the next offset to be given: there is no message at it yet.',
      others: 'Those are offsets of several partitions: name the one partition.',
    },
    judge: (answer) => {
      const offsets = listOf(answer);
      if (!offsets) return 'form';
      if (offsets.includes(BESIDE_ADA)) return 'end';
      if (new Set(offsets).size < offsets.length || offsets.length > 4) return 'others';
      return isSameList(offsets, [BESIDE_ADA - 3, BESIDE_ADA - 2, BESIDE_ADA - 1]);
    },
  },
  {
    id: '2.3',
    form: 'a number of records',
    because: 'The group begins at the beginning again, and there are thirty visits.',
    hint: "resetOffsets('ch2-nurses', { topic: visits, to: 'earliest', ... }), then read with nurses(30).",
    mistakes: {
      nothing: 'The group is still at the end.',
      fewer: 'nurses(count) stops after so many records.',
    },
    judge: (answer) => {
      const records = numberOf(answer);
      if (records === undefined) return 'form';
      return records === 0 ? 'nothing' : records > 0 && records < 30 ? 'fewer' : records === 30;
    },
  },
];
