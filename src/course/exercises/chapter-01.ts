/** Chapter 1's exercises: groups go on, thresholds cost, mini datasets are cut by count. */
import { isDeepStrictEqual } from 'node:util';
import type { Exercise } from '../exercise.ts';
import { confusionAt, isMatrix, type Judged } from './answers.ts';

/** What the chapter's seeds give at a threshold of 0.2; a matrix that comes without the rows is held against it. */
const AT_ONE_FIFTH = [
  [182, 6],
  [2, 90],
];

export const chapter01: readonly Exercise[] = [
  {
    id: '1.1',
    form: 'a number of records',
    because: 'The group has committed every offset, and goes on behind the last one.',
    hint: 'Read with the group "testcg" itself, not with a new one, and count what toArray() gives.',
    isRight: (answer) => answer === 0,
  },
  {
    id: '1.2',
    form: 'a confusion matrix: two rows of two counts',
    because: 'A lower threshold never misses more tumours, and never raises fewer false alarms.',
    hint: 'confusionMatrix(judged.labels, judged.scores, { threshold: 0.2 }) is the whole answer.',
    isRight: (answer) => {
      if (isMatrix(answer, 2)) return isDeepStrictEqual(answer, AT_ONE_FIFTH);
      const { matrix, judged } = answer as { matrix: unknown; judged: Judged };
      return isMatrix(matrix, 2) && isDeepStrictEqual(matrix, confusionAt(judged, 0.2));
    },
  },
  {
    id: '1.3',
    form: 'the sizes of the mini datasets, as a list of numbers',
    because: 'All 419 rows fit into one mini dataset of at most 1,024.',
    hint: 'A new groupId, no maxRecords; collect mini.size of each, and wait out the silence.',
    isRight: (answer) => Array.isArray(answer) && answer.length === 1 && answer[0] === 419,
  },
];
