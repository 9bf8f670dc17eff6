/** For each exercise, answers that are right and answers that a learner may well give and are not. */
import { partitionOfKey } from '../../src/kafka/index.ts';

/** Five rows as `evaluateClassifier` judged them: at 0.2 and at 0.05 the last row is still missed. */
const rows = { labels: [0, 0, 1, 1, 1], scores: [0.01, 0.4, 0.9, 0.3, 0.04] };

export const answers: Readonly<Record<string, { right: unknown[]; wrong: unknown[] }>> = {
  '1.1': { right: [0], wrong: [280, 1, '0'] },
  '1.2': {
    right: [
      [[182, 6], [2, 90]],
      { matrix: [[1, 1], [1, 2]], judged: rows },
    ],
    wrong: [
      [[183, 5], [3, 89]],
      [[0, 188], [0, 92]],
      [[182, 6], [20, 72]],
      [[100, 6], [2, 90]],
      { matrix: [[2, 0], [1, 2]], judged: rows },
      { matrix: [[182, 6], [2, 90]], judged: rows },
      { matrix: [[1, 1], [1, 2]] },
    ],
  }, // prettier-ignore
  '1.3': { right: [[419]], wrong: [[64, 64], 419, 1] },
  '2.1': { right: [partitionOfKey('zoe', 3)], wrong: [3, 'zoe'] },
  '2.2': { right: [[9, 10, 11]], wrong: [[9, 10], [3, 4, 6], [8, 9, 10], 11] },
  '2.3': { right: [30], wrong: [0, 10, 29] },
  '3.1': { right: ['Bare_Nuclei'], wrong: ['Mitoses', 'Class'] },
  '3.2': { right: [648 / 699, 0.927], wrong: [648, 0.655, 92.7] },
  '3.3': { right: [645], wrong: [699, 54] },
  '4.1': { right: [13], wrong: [14, 7] },
  '4.2': { right: [0.56, 0.5568], wrong: [0.313, 0.693, 0] },
  '4.3': { right: [[6, 8]], wrong: [[6], [8, 10], 6] },
  '5.1': { right: [56], wrong: [44, 28, 22] },
  '5.2': { right: [0.965, 0.97], wrong: [0.5, 97, 1] },
  '5.3': { right: [0], wrong: [443, 699] },
  '6.1': {
    right: [{ cost: 31.7, matrix: [[183, 5], [3, 90]] }, { cost: Infinity, matrix: [[183, 5], [0, 93]] }], // prettier-ignore
    wrong: [{ cost: 20, matrix: [[183, 5], [3, 90]] }, 31.7], // prettier-ignore
  },
  '6.2': {
    right: [0.98, 1, { recall: 2 / 3, judged: rows }, { recall: 0.67, judged: rows }],
    wrong: [
      0.9,
      98,
      0.96,
      0.955,
      { recall: 1, judged: rows },
      { recall: 1 / 3, judged: rows },
      { recall: 0.98 },
    ],
  },
  '6.3': { right: [10], wrong: [5, 281] },
  '7.1': { right: [2021], wrong: [2012, 21, 521] },
  '7.2': { right: [0.921, 5527 / 6000], wrong: [0.914, 0.928, 92.1] },
  '7.3': { right: [[1, 0]], wrong: [[0, 0], [0, 1], [1], 1] }, // prettier-ignore
  '8.1': { right: ['not-a-number'], wrong: ['banana', 'column-count'] },
  '8.2': { right: [0], wrong: [5592, 128] },
  '8.3': { right: [[0, 1]], wrong: [[0, 0], [1, 1], [0], 0] }, // prettier-ignore
  '9.1': { right: [11], wrong: [9, 10, 12] },
  '9.2': { right: [0.765, 0.805], wrong: [0.99, 80.5, 0.69] },
  '9.3': { right: [0.7078, 0.7262], wrong: [0.8, 0.69, 72.6] },
  '9.4': { right: [0.9826], wrong: [0.94, 0.0174, 98.3] },
  '10.1': { right: [2], wrong: [4, 1, 0] },
  '10.2': { right: [2.7, 100 / 37], wrong: [10, 7, 3.3, 0.37] },
  '10.3': { right: [72], wrong: [0.072, 18, 7.2e10] },
};
