/** The exercises of chapters 4 to 7: batches and losses, online steps, evaluation, drift. */
import type { Exercise } from '../exercise.ts';
import {
  isNear,
  isSameList,
  judgedRowsOf,
  listOf,
  matrixOf,
  numberOf,
  recallAt,
  shareOf,
} from './answer-forms.ts';

/** Rows of the training topic, of which so many are malignant. */
const MALIGNANT = 150;
const BENIGN = 268;

export const chapter04: readonly Exercise[] = [
  {
    id: '4.1',
    form: 'a number of batches',
    because: '418 rows make 13 batches of 32; the last two rows are dropped.',
    hint: 'batch(32, { dropRemainder: true }), and count the batches of one pass.',
    mistakes: {
      last: 'The last one is not full, and is dropped.',
      large: 'Those are batches of 64.',
    },
    judge: (answer) => {
      const batches = numberOf(answer);
      if (batches === undefined) return 'form';
      return batches === 14 ? 'last' : batches === 7 || batches === 6 ? 'large' : batches === 13;
    },
  },
  {
    id: '4.2',
    form: 'a loss',
    because: 'Each row costs at least the floor of its class; the mean weighs them by their numbers.',
    hint: 'Multiply each floor by the number of its rows, add, and divide by all rows.',
    mistakes: {
      plain: 'The plain mean of the two floors counts a malignant row as often as a benign one.',
      one: 'That is the floor of one class alone.',
    },
    judge: (answer) => {
      const loss = numberOf(answer);
      if (loss === undefined) return 'form';
      const [malignant, benign] = [Math.log(1 + Math.exp(-1)), Math.log(2)];
      const mean = (MALIGNANT * malignant + BENIGN * benign) / (MALIGNANT + BENIGN);
      if (isNear(loss, mean, 0.0035)) return true;
      if (isNear(loss, (malignant + benign) / 2, 0.004)) return 'plain';
      return (isNear(loss, malignant, 0.004) || isNear(loss, benign, 0.004)) && 'one';
    },
  },
  {
    id: '4.3',
    form: 'a list of two offsets',
    because: 'The even offsets are 0 2 4 6 8; three are skipped.',
    hint: 'filter, then skip, then take: each step works on what the one before it gives.',
    mistakes: {
      early: 'skip comes after filter: three of the even ones are skipped.',
      late: 'The first even offset is 0.',
    },
    judge: (answer) => {
      const offsets = listOf(answer);
      if (offsets?.length !== 2) return 'form';
      if (isSameList(offsets, [4, 6])) return 'early';
      return isSameList(offsets, [8, 10]) ? 'late' : isSameList(offsets, [6, 8]);
    },
  },
];

/** Of the last 200 rows the network gets 196 or 197 right over eight seeds; one row to either side is let pass. */
const FEWEST = 195;
const MOST = 198;

export const chapter05: readonly Exercise[] = [
  {
    id: '5.1',
    form: 'a number of steps',
    because: 'Seven mini datasets, four batches in each, gone over twice.',
    hint: 'The last batch of a mini dataset is smaller and is a step, too; so is each batch of each epoch.',
    mistakes: {
      once: 'That is one epoch.',
      across: 'No batch has rows of two mini datasets: each ends with a smaller one.',
    },
    judge: (answer) => {
      const steps = numberOf(answer);
      if (steps === undefined) return 'form';
      return steps === 28 ? 'once' : steps === 44 || steps === 22 ? 'across' : steps === 56;
    },
  },
  {
    id: '5.2',
    form: 'an accuracy between 0 and 1',
    because: 'The window has forgotten the rows on which the model still knew nothing.',
    hint: "Give streamMetric('accuracy', { window: 200 }) to trainOnline with a new group, and read its value.",
    mistakes: { rows: 'Of 200 rows so many parts cannot be right: hand in the value of the window itself.' },
    judge: (answer) => {
      const accuracy = shareOf(answer);
      if (accuracy === undefined) return 'form';
      const right = Math.round(accuracy * 200);
      if (!isNear(accuracy, right / 200, 0.0006)) return 'rows';
      return right >= FEWEST && right <= MOST;
    },
  },
  {
    id: '5.3',
    form: 'a number of rows',
    because: 'The checkpoint holds the next offset, and behind it there is nothing.',
    hint: "It is the rows property of what life('two-lives') gives.",
    mistakes: {
      second: 'So many the second life has learnt; behind its checkpoint there is nothing.',
      whole: 'So many a life without a checkpoint learns: ask for the name two-lives.',
    },
    judge: (answer) => {
      const rows = numberOf(answer);
      if (rows === undefined) return 'form';
      return rows === 699 - 256 ? 'second' : rows === 699 ? 'whole' : rows === 0;
    },
  },
];

/** Half a unit of the second decimal, with a little for rounding: two shares of 91 are farther from each other. */
const ROUNDED = 0.0051;

/** The recall that comes without the rows is held against what eight of eight seeds find: 90 of 91 malignant rows. */
const FOUND = 90 / 91;

export const chapter06: readonly Exercise[] = [
  {
    id: '6.1',
    part: 'cost',
    form: 'a cost',
    because: 'False alarms cost one each; what is left of 100 is shared by the missed tumours.',
    hint: 'cost = false alarms + missed x cost of a miss; solve it for the cost of a miss.',
    mistakes: {
      alarms: 'The false alarms cost something, too: take them off the hundred first.',
      all: 'That is what all the missed ones cost together.',
      none: 'Some are missed, so their cost is finite.',
    },
    judge: (answer) => {
      const given = answer as { cost: unknown; matrix: unknown };
      const [cost, matrix] = [numberOf(given.cost), matrixOf(given.matrix, 2)];
      if (cost === undefined || !matrix) return 'form';
      const [[, alarms], [missed]] = matrix as [[number, number], [number, number]];
      const expected = (100 - alarms) / missed;
      if (cost === expected || isNear(cost, expected, 0.051)) return true;
      if (cost === Infinity) return 'none';
      if (isNear(cost, 100 / missed, 0.051)) return 'alarms';
      return cost === 100 - alarms && 'all';
    },
  },
  {
    id: '6.2',
    part: 'recall',
    form: 'a share between 0 and 1',
    because: 'A low threshold finds nearly every tumour.',
    hint: 'binaryScores of the confusion matrix at that threshold has it as recall.',
    mistakes: {
      half: 'That is the recall at a threshold of 0.5.',
      missed: 'That is the share that is missed.',
    },
    judge: (answer) => {
      const bare = shareOf(answer);
      if (bare !== undefined) return isNear(bare, FOUND, 0.0011);
      const given = answer as { recall: unknown; judged: unknown };
      const [recall, rows] = [shareOf(given.recall), judgedRowsOf(given.judged)];
      if (recall === undefined || !rows) return 'form';
      const right = recallAt(rows, 0.05);
      if (isNear(recall, right, ROUNDED)) return true;
      if (isNear(recall, recallAt(rows, 0.5), ROUNDED)) return 'half';
      return isNear(recall, 1 - right, ROUNDED) && 'missed';
    },
  },
  {
    id: '6.3',
    form: 'a number of rows',
    because: 'Five records in each of the two partitions come again.',
    hint: 'resetOffsets, then read with the group itself: doctors().',
    mistakes: {
      one: 'Five in each partition, and there are two of them.',
      nothing: 'The group is still at the end: set it back first.',
    },
    judge: (answer) => {
      const rows = numberOf(answer);
      if (rows === undefined) return 'form';
      return rows === 5 ? 'one' : rows === 0 ? 'nothing' : rows === 10;
    },
  },
];

export const chapter07: readonly Exercise[] = [
  {
    id: '7.1',
    form: 'a row number',
    because: 'A risk a thousand times smaller costs nine rows of delay: the change is abrupt and great.',
    hint: 'The rule changes at row 2000. Update the detector with 0 or 1 from row 1500 on, and stop at its first report.',
    mistakes: {
      usual: 'That is the row of the default confidence.',
      since: 'Rows are counted from the start of the stream, not from 1500 or from the change.',
    },
    judge: (answer) => {
      const row = numberOf(answer);
      if (row === undefined) return 'form';
      return row === 2012 ? 'usual' : row === 521 || row === 21 ? 'since' : row === 2021;
    },
  },
  {
    id: '7.2',
    form: 'an accuracy between 0 and 1',
    because:
      'Thirty times the rate unlearns faster than ten times, and still not as fast as forgetting everything.',
    hint: "relive(rowsAgain, 'raiseLearningRate', { factor: 30 }) has it as accuracy.",
    judge: (answer) => {
      const accuracy = shareOf(answer);
      return accuracy === undefined ? 'form' : isNear(accuracy, 0.9212, 0.0006);
    },
  },
  {
    id: '7.3',
    form: 'a list of two numbers of drifts',
    because: 'ADWIN reports that the model has learnt; HDDM-A only looks for rises of the error.',
    hint: "Hand relive the rows, 'report', and { detector: new Adwin() }; then once more without a detector of your own.",
    mistakes: { turned: 'ADWIN first, then HDDM-A.' },
    judge: (answer) => {
      const drifts = listOf(answer);
      if (drifts?.length !== 2) return 'form';
      return isSameList(drifts, [0, 1]) ? 'turned' : isSameList(drifts, [1, 0]);
    },
  },
];
