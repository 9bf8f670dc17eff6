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
    zh: {
      form: '记录的条数（一个数）',
      because: '消费者组已经提交了所有偏移量，会从最后一条之后继续读。',
      hint: '要用 "testcg" 这个组本身来读，不要换新组；再数一数 toArray() 给出多少条。',
    },
    isRight: (answer) => answer === 0,
  },
  {
    id: '1.2',
    form: 'a confusion matrix: two rows of two counts',
    because: 'A lower threshold never misses more tumours, and never raises fewer false alarms.',
    hint: 'confusionMatrix(judged.labels, judged.scores, { threshold: 0.2 }) is the whole answer.',
    zh: {
      form: '混淆矩阵：两行，每行两个计数',
      because: '阈值降低后，漏掉的肿瘤只会不变或更少，误报只会不变或更多。',
      hint: '整个答案就是 confusionMatrix(judged.labels, judged.scores, { threshold: 0.2 })。',
    },
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
    zh: {
      form: '各个小数据集的行数，写成一个数字列表',
      because: '一个小数据集最多 1,024 行，419 行全都装得下。',
      hint: '换一个新的 groupId，不写 maxRecords；收集每一份的 mini.size，并等到流静默结束。',
    },
    isRight: (answer) => Array.isArray(answer) && answer.length === 1 && answer[0] === 419,
  },
];
