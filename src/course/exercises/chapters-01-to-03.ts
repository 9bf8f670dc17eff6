/** The exercises of chapters 1 to 3: groups and mini datasets, keys and offsets, what single columns tell. */
import { isDeepStrictEqual } from 'node:util';
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';
import {
  confusionAt,
  isNear,
  isSameList,
  judgedRowsOf,
  listOf,
  matrixOf,
  numberOf,
  shareOf,
  wordOf,
} from './answer-forms.ts';

/** What the chapter's seeds give at a threshold of 0.2; a matrix that comes without the rows is held against it. */
const AT_ONE_FIFTH = [
  [181, 7],
  [2, 90],
];

export const chapter01: readonly Exercise[] = [
  {
    id: '1.1',
    form: 'a number of records',
    because: 'The group has committed every offset, and goes on behind the last one.',
    hint: 'Read with the group "testcg" itself, not with a new one, and count what toArray() gives.',
    mistakes: { all: 'All 280 come to a group that has never committed.' },
    zh: {
      form: '记录的条数（一个数）',
      because: '消费者组已经提交了所有偏移量，会从最后一条之后继续读。',
      hint: '要用 "testcg" 这个组本身来读，不要换新组；再数一数 toArray() 给出多少条。',
      mistakes: { all: '从未提交过的组才会读到全部 280 条。' },
    },
    judge: (answer) => {
      const records = numberOf(answer);
      return records === undefined ? 'form' : records === 280 ? 'all' : records === 0;
    },
  },
  {
    id: '1.2',
    part: 'matrix',
    form: 'a confusion matrix: two rows of two counts',
    because: 'A lower threshold never misses more tumours, and never raises fewer false alarms.',
    hint: 'confusionMatrix(judged.labels, judged.scores, { threshold: 0.2 }) is the whole answer.',
    mistakes: {
      half: 'That is the matrix at a threshold of 0.5.',
      turned: 'Rows are what the samples are, columns what the model says.',
      malignant: 'That takes every sample for malignant: the threshold is lower than 0.2.',
    },
    zh: {
      form: '混淆矩阵：两行，每行两个计数',
      because: '阈值降低后，漏掉的肿瘤只会不变或更少，误报只会不变或更多。',
      hint: '整个答案就是 confusionMatrix(judged.labels, judged.scores, { threshold: 0.2 })。',
      mistakes: {
        half: '这是阈值为 0.5 时的矩阵。',
        turned: '行是样本的真实类别，列是模型的判断。',
        malignant: '这样会把所有样本都判为恶性：阈值低于 0.2 了。',
      },
    },
    judge: (answer) => {
      const bare = matrixOf(answer, 2);
      if (bare) return isDeepStrictEqual(bare, AT_ONE_FIFTH);
      const given = answer as { matrix: unknown; judged: unknown };
      const [matrix, rows] = [matrixOf(given.matrix, 2), judgedRowsOf(given.judged)];
      if (!matrix || !rows) return 'form';
      const right = confusionAt(rows, 0.2);
      if (isDeepStrictEqual(matrix, right)) return true;
      if (isDeepStrictEqual(matrix, confusionAt(rows, 0.5))) return 'half';
      if (
        isDeepStrictEqual(
          matrix,
          [0, 1].map((place) => right.map((row) => row[place])),
        )
      )
        return 'turned';
      return matrix.every(([benign]) => benign === 0) && 'malignant';
    },
  },
  {
    id: '1.3',
    form: 'the sizes of the mini datasets, as a list of numbers',
    because: 'All 419 rows fit into one mini dataset of at most 1,024.',
    hint: 'A new groupId, no maxRecords; collect mini.size of each, and wait out the silence.',
    mistakes: {
      cut: 'Together they are right: leave maxRecords out, then fewer borders are drawn.',
      short: 'Some rows are missing: has this group read before, or was the silence too short?',
    },
    zh: {
      form: '各个小数据集的行数，写成一个数字列表',
      because: '一个小数据集最多 1,024 行，419 行全都装得下。',
      hint: '换一个新的 groupId，不写 maxRecords；收集每一份的 mini.size，一直等到流结束。',
      mistakes: {
        cut: '总数是对的：去掉 maxRecords，就不会切成这么多份。',
        short: '少了一些行：这个组以前读过吗？还是 streamTimeout 太短？',
      },
    },
    judge: (answer) => {
      const sizes = listOf(answer);
      if (!sizes) return 'form';
      if (isSameList(sizes, [419])) return true;
      const rows = sizes.reduce((sum, size) => sum + size, 0);
      return rows === 419 ? 'cut' : rows < 419 && 'short';
    },
  },
];

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
