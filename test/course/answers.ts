/** For each exercise, right answers in several forms, and answers that a learner may well give and are not. */
import { partitionOfKey } from '../../src/kafka/index.ts';

/** Right and wrong answers to one exercise. */
export interface SampleAnswers {
  readonly right: readonly unknown[];
  readonly wrong: readonly unknown[];
}

/** Seven rows as `evaluateClassifier` judged them: at 0.2 and at 0.05 the last row is still missed. */
const judged = { labels: [0, 0, 0, 1, 1, 1, 1], scores: [0.01, 0.4, 0.3, 0.9, 0.7, 0.3, 0.04] };
/** Five texts as chapter 9 judges them; the last four are made up, and three of those are right. */
const texts = [
  [4000, 1, 0.4],
  [4001, 1, 0.9],
  [4002, 0, 0.1],
  [4003, 0, 0.5],
  [4004, 1, 0.3],
].map(([id, ys, probability]) => ({ id, ys, probability }));
/** Eight samples as chapter 11's useless version predicted them: it calls four of five benign ones malignant, and two of three others. */
const called = [
  ...[1, 1, 1, 1, 0].map((kind) => ({ truth: 0, class: kind })),
  ...[1, 1, 0].map((kind) => ({ truth: 1, class: kind })),
];
/** A table of a learner's own: three rows of class 0, two of class 1. */
const owned = { rows: [0, 1, 0, 0, 1].map((ys) => ({ xs: [], ys })) };
const reported = { metrics: { accuracy: 0.9 }, noChange: { accuracy: 0.55 }, majority: { accuracy: 0.7 } };
const predicted = [0, 1, 2].map((offset) => ({ partition: 0, offset }));
const alarms = [
  { row: 650, kind: 'warning' },
  { row: 700, kind: 'drift' },
  { row: 900, kind: 'drift' },
];
const atOneFifth = [[1, 2], [1, 3]]; // prettier-ignore
const typed = { labels: Uint8Array.from(judged.labels), scores: Float64Array.from(judged.scores) };

/** What tfjs and danfojs hand over, as far as a check looks at it. */
const tensor = (value: unknown) => ({ shape: [], arraySync: () => value });
const series = (values: unknown) => ({ shape: [1], values });

/** A count in all its forms. */
const count = (n: number) => [n, BigInt(n), String(n), ` ${n}\n`, Int32Array.of(n), tensor(n), series([n])];
/** A share in all its forms. */
const share = (s: number) => [
  ...[s, String(s), ` ${s} `, 100 * s, `${(100 * s).toFixed(1)} %`, `${(100 * s).toFixed(2)}%`],
  ...[Float64Array.of(s), tensor(s), series([s])],
];
/** A list of numbers in all its forms. */
const list = (...n: number[]) => [
  ...[n, n.map(String), n.map(BigInt), Float32Array.from(n), Int32Array.from(n), tensor(n), series(n)],
  ...[JSON.stringify(n), ...(n.length > 1 ? [n.join(', '), n.join(' ')] : [])],
];
/** A matrix in all its forms. */
const matrix = (m: number[][]) => [
  ...[m, m.map((row) => row.map(String)), m.map((row) => Float32Array.from(row))],
  ...[tensor(m), series(m), JSON.stringify(m)],
];
/** A word in all its forms. */
const word = (w: string) => [
  w,
  ` ${w} `,
  w.toUpperCase(),
  `"${w}"`,
  w.replaceAll(/[-_]/g, ' '),
  Buffer.from(w),
];

const visits = ['ada', 'ben', 'cem', 'dua', 'eve'].filter(
  (patient) => partitionOfKey(patient, 3) === partitionOfKey('ada', 3),
);
const end = 6 * visits.length;
const zoe = partitionOfKey('zoe', 3);

export const answers: Readonly<Record<string, SampleAnswers>> = {
  '1.1': { right: count(0), wrong: [280, 1, 140, 419, '280', false, [0, 280]] },
  '1.2': {
    right: [
      ...matrix([[181, 7], [2, 90]]),
      ...matrix(atOneFifth).map((each) => ({ matrix: each, judged })),
      { matrix: atOneFifth, judged: typed },
    ],
    wrong: [
      [[182, 6], [3, 89]],
      [[0, 188], [0, 92]],
      [[188, 0], [92, 0]],
      [[182, 6], [20, 72]],
      [[182, 6], [2, 90]],
      [[181, 2], [7, 90]],
      [[181, 7]],
      [181, 7, 2, 90],
      ...[[[1, 1], [2, 3]], [[3, 0], [2, 2]], [[0, 3], [0, 4]], [[3, 0], [4, 0]], [[1, 2], [0, 4]], 0.2]
        .map((wrong) => ({ matrix: wrong, judged })),
      ...[undefined, {}, { labels: [], scores: [] }, { labels: [2], scores: [0.5] }, { labels: [1], scores: [3] }]
        .map((rows) => ({ matrix: atOneFifth, judged: rows })),
      { matrix: [[181, 7], [2, 90]], judged },
    ],
  }, // prettier-ignore
  '1.3': {
    right: list(419),
    wrong: [[64, 64], [64, 64, 64, 64, 64, 64, 35], 419, 1, [418], [280], [1024], [[419]]],
  },
  '2.1': { right: count(zoe), wrong: [3, 'zoe', (zoe + 1) % 3, (zoe + 2) % 3, -1, 30, zoe + 0.5] },
  '2.2': {
    right: list(end - 3, end - 2, end - 1),
    wrong: [
      ...[[end - 2, end - 1], [3, 4, 6], [end - 4, end - 3, end - 2], [end - 2, end - 1, end], end - 1],
      ...[[0, 1, 2], [end - 1, end - 2, end - 3], [end - 4, end - 3, end - 2, end - 1]],
      ...[[3, 4, 5, 9, 10, 11, 9, 10, 11], [5, 11, 11]],
    ],
  }, // prettier-ignore
  '2.3': { right: count(30), wrong: [0, 10, 20, 29, 31, 6, 60] },
  '3.1': {
    right: word('Bare_Nuclei'),
    wrong: ['Mitoses', 'Class', 'Uniformity_of_Cell_Size', 'Uniformity_of_Cell_Shape', 'Nuclei', 5, 0.82],
  },
  '3.2': {
    right: [...share(648 / 699), 0.927, '92.7 %'],
    wrong: [648, 0.655, 0.073, 647 / 699, 0.93, '0.927 %', 51],
  },
  '3.3': { right: count(645), wrong: [699, 54, 644, 646, 46, 458] },
  '4.1': { right: count(13), wrong: [14, 7, 6, 12, 419, 13.06] },
  '4.2': {
    right: [0.56, 0.5568, '0.56', 0.557, tensor(0.5568)],
    wrong: [0.313, 0.693, 0, 0.503, 0.45, 56, 0.55, 0.561, 0.57],
  },
  '4.3': { right: list(6, 8), wrong: [[6], [8, 10], 6, [4, 6], [0, 2], [3, 5], [8, 6], [6, 8, 10]] },
  '5.1': { right: count(56), wrong: [44, 28, 22, 55, 14, 66, 42] },
  '5.2': {
    right: [...share(0.98), ...share(0.985)],
    wrong: [0.5, 1, 0.9385, 0.938, 0.966, 0.9385, 0.655, 0.555, 0.94, 0.965, 0.97, '0.98 %', 196],
  },
  '5.3': { right: count(0), wrong: [443, 699, 256, 1, 32, 66] },
  '6.1': {
    right: [
      31.7, "31.7", tensor(31.7),
      95 / 3,
    ].map((cost) => ({ cost, matrix: [[183, 5], [3, 90]] })).concat([{ cost: Infinity, matrix: [[183, 5], [0, 93]] }]),
    wrong: [20, 33.3, 95, Infinity, 31.6, 32, 0, '31.7 %', [31.7]]
      .map((cost): unknown => ({ cost, matrix: [[183, 5], [3, 90]] }))
      .concat([31.7, { cost: 31.7 }, { cost: 31.7, matrix: [] }]),
  }, // prettier-ignore
  '6.2': {
    right: [
      ...share(90 / 91),
      ...share(0.75).map((recall) => ({ recall, judged })),
      { recall: 3 / 4, judged: typed },
    ],
    wrong: [
      ...[0.9, 0.96, 0.955, 0.968, 0.928, 0.957, 1, 0.011, 90],
      ...[1, 1 / 2, 1 / 4, 0.7, 0, '0.75 %', 3].map((recall) => ({ recall, judged })),
      ...[{ recall: 0.989 }, { recall: 3 / 4, judged: { labels: [1], scores: [0.5, 1] } }],
    ],
  },
  '6.3': { right: count(10), wrong: [5, 281, 0, 9, 11, -5] },
  '7.1': { right: count(2021), wrong: [2012, 21, 521, 2000, 2020, 2022, 1500] },
  '7.2': { right: [...share(5527 / 6000), 0.921], wrong: [0.914, 0.928, 0.85, 0.079, 5527, '0.921 %'] },
  '7.3': { right: list(1, 0), wrong: [[0, 0], [0, 1], [1], 1, [1, 1], [2, 0], [1, 0, 0]] },
  '8.1': {
    right: word('not-a-number'),
    wrong: ['banana', 'column-count', 'NaN', '5,1,1,banana,2,1,3,1,1', 'empty', 1],
  },
  '8.2': { right: count(0), wrong: [5592, 128, 699, 1, 5591, 88] },
  '8.3': { right: [...list(0, 1), [1, 0]], wrong: [[0, 0], [1, 1], [0], 0, [0, 2], [0, 143], [0, 1, 0]] },
  '9.1': { right: count(11), wrong: [9, 10, 12, 8, 7, 45] },
  '9.2': {
    right: [...share(0.765), ...share(0.805), ...share(0.75).map((each) => ({ share: each, judged: texts }))],
    wrong: [
      ...[0.99, 0.985, 0.69, 0.94, 0.578, 161, '0.8 %', 0.7983],
      ...[0.6, 0.8, 0.99, 3].map((each) => ({ share: each, judged: texts })),
      ...[{ share: 0.75 }, { share: 0.75, judged: [] }],
    ],
  },
  '9.3': {
    right: share(0.7074),
    wrong: [0.7, 0.72, 0.694, 0.744, 0.696, 0.711, 0.8, 0.69, 0.767, 0.578, 256, '0.72 %', 0.28],
  },
  '9.4': { right: share(0.9833), wrong: [0.981, 0.987, 0.94, 0.0174, 0.8, 0.99, 1, 0.76, 4123, '0.98 %'] },
  '10.1': { right: count(2), wrong: [4, 1, 0, 3, 60_000, '2 of 4', '2 partitions'] },
  '10.2': {
    right: [2.7, 100 / 37, '2.7', 2.703, tensor(2.7)],
    wrong: [10, 7, 3.3, 0.37, 37, 63, 1.4, 3, 2.6, 2.69, 2.71, 2.75, '2.7x'],
  },
  '10.3': { right: count(72), wrong: [0.072, 18, 7.2e10, 144, 36, 76, 172] },
  '11.1': {
    right: [...share(0.966), ...share(0.8).map((each) => ({ share: each, predictions: called }))],
    wrong: [
      ...[0.034, 0.71, 0.88, 0.5, 0.73, 0.27, 200, '0.97 %'],
      ...[0.2, 2 / 3, 0.75, 0.4, 3].map((each) => ({ share: each, predictions: called })),
      ...[{ share: 0.8 }, { share: 0.8, predictions: [] }, { share: 0.8, predictions: called.slice(5) }],
    ],
  },
  '11.2': { right: count(25), wrong: [5, 80, 2000, 25.5, 400, 0, '25 s'] },
  '11.3': { right: count(400), wrong: [200, 404, 500, 503, 401, 'error', '400 Bad Request'] },
  '12.1': { right: count(70), wrong: [35, 69, 69.9, 2097, 71, 0, '70 windows'] },
  '12.2': { right: count(32), wrong: [60, 31, 723, 35, 0.53, 'many'] },
  '12.3': { right: count(4), wrong: [5, 3, 320, 4.83, 6, '00:04'] },
  '13.1': { right: count(26), wrong: [30, 27, 26.18, 25, 32, 0, '26 windows'] },
  '13.2': {
    right: [
      0.3,
      (300 * 0.2 + 100 * 0.6) / 400,
      '0.3',
      ' 0.3\n',
      Float64Array.of(0.3),
      tensor(0.3),
      series([0.3]),
    ],
    wrong: [0.4, 0.8, 0.2, 0.6, 30, 0, 'a third'],
  },
  '13.3': { right: count(2), wrong: [8, 1, 4, 0, 2.5, 'all'] },
  '14.1': { right: count(16), wrong: [17, 0, 683, 700, 15, '16 lines'] },
  '14.2': { right: count(14), wrong: [13, 15, 7, 13.66, 683, 50, '14 requests'] },
  '14.3': {
    right: word('ST_ENGINES_NIFI_FLOW'),
    wrong: ['ST_ENGINES_NIFI_RUN', 'ST_ENGINES', 'nifi', 'Error', 7],
  },
  '15.1': { right: count(7), wrong: [8, 6, 0, 7.5, '00:07:00', 420, '7 min'] },
  '15.2': { right: count(12), wrong: [11, 0, 699, 60, 13, 1, '12 rows'] },
  '15.3': {
    right: word('ST_KAFKA_SETTINGS'),
    wrong: ['ST_KAFKA_AUTHENTICATION', 'ST_KAFKA', 'settings', 'Error', 7],
  },
  '16.1': { right: count(4), wrong: [3, 7, 20, 2, 0, 4.5, '4 leaves'] },
  '16.2': { right: share(0.983), wrong: [0.98033, 0.017, 0.94, 0.5, 1, 'good'] },
  '16.3': { right: count(18), wrong: [1, 10, 21, 17, 1.8, 'many'] },
  '16.4': { right: count(0), wrong: [0.65, 65, 1, 0.5, -1, 'none'] },
  '17.1': {
    right: share(0.6).map((each) => ({ share: each, table: owned })),
    wrong: [
      ...[0.4, 0.5, 1, 3, 0.25, 'most'].map((each) => ({ share: each, table: owned })),
      ...[{ share: 0.6 }, { share: 0.6, table: { rows: [] } }, 0.6],
    ],
  },
  '17.2': {
    right: [0.2, '0.2', Float64Array.of(0.2), tensor(0.2)].map((gain) => ({ gain, report: reported })),
    wrong: [
      ...[0.9, -0.2, 0.35, 20, 0, 'better'].map((gain) => ({ gain, report: reported })),
      ...[{ gain: 0.2 }, { gain: 0.2, report: {} }, 0.2],
    ],
  },
  '17.3': {
    right: count(0).map((rows) => ({ rows, again: { rows: 0, totalRows: 4000 } })),
    wrong: [
      ...[4000, 1, -1, 'none'].map((rows) => ({ rows, again: { rows: 0, totalRows: 4000 } })),
      ...[{ rows: 5, again: { rows: 5, totalRows: 10 } }, { rows: 0, again: {} }, 0],
    ],
  },
  '17.4': {
    right: count(0).map((missing) => ({ missing, rows: 3, predictions: predicted })),
    wrong: [
      ...[3, 1, -1, 'none'].map((missing) => ({ missing, rows: 3, predictions: predicted })),
      ...[{ missing: 1, rows: 4, predictions: predicted }, { missing: 0, rows: 3 }, 0],
      { missing: 0, rows: 3, predictions: [...predicted, predicted[0]] },
    ],
  },
  '17.5': {
    right: [...count(700).map((row) => ({ row, alarms })), { row: -1, alarms: alarms.slice(0, 1) }],
    wrong: [
      ...[650, 900, 0, -1, 701, 'never'].map((row) => ({ row, alarms })),
      ...[{ row: 700 }, { row: 0, alarms: [] }, 700],
    ],
  },
};
