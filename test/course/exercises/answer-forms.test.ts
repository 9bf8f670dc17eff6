/** A learner's answer is understood in every form that is plainly meant so, and in no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  confusionAt,
  judgedRowsOf,
  listOf,
  matrixOf,
  numberOf,
  recallAt,
  shareOf,
  wordOf,
} from '../../../src/course/exercises/answer-forms.ts';
import { danfo } from '../../../src/data/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

const tf = tensorflow();

/** Each value is read as what stands beside it. */
function reads<T>(read: (answer: unknown) => T, pairs: readonly (readonly [unknown, T])[]): void {
  for (const [answer, expected] of pairs) assert.deepEqual(read(answer), expected);
}

test('numbers come as numbers, bigints, texts, and as the only value of a box', () => {
  reads(numberOf, [
    ...([0, -0.5, 0n, '0', ' 0 ', '"0"', '-.5', '1e3', '5,592', '１３', '∞'] as const).map(
      (answer, at) => [answer, [0, -0.5, 0, 0, 0, 0, -0.5, 1000, 5592, 13, Infinity][at]] as const,
    ),
    [Float32Array.of(0.5), 0.5],
    [BigInt64Array.of(7n), 7],
    [Buffer.from('0'), 0],
    [Uint8Array.of(48), 48],
    [Object(3), 3],
    [new (danfo().Series)([645]), 645],
    [Infinity, Infinity],
  ]);
});

test('what is no number is none, and never 0', () => {
  const none = [
    undefined,
    null,
    '',
    ' ',
    [],
    [0],
    [[]],
    {},
    true,
    false,
    Number.NaN,
    'NaN',
    '0x10',
    '1,2',
    '1 2',
  ];
  for (const answer of [
    ...none,
    '12 rows',
    '-',
    '.',
    Float32Array.of(1, 2),
    new Date(0),
    () => 0,
    Symbol('0'),
  ])
    assert.equal(numberOf(answer), undefined, inspect(answer));
});

test('shares come as shares or percent', () => {
  reads(shareOf, [
    [0.927, 0.927],
    ['0.927', 0.927],
    [50, 0.5],
    ['50 %', 0.5],
    ['50%', 0.5],
    ['50 percent', 0.5],
    ['0.5 %', 0.005],
    [1, 1],
    [0, 0],
    ['１００％', 1],
  ]);
  for (const answer of [-0.1, 101, '101 %', '%', 'half', [0.5], Number.NaN, Infinity])
    assert.equal(shareOf(answer), undefined, String(answer));
});

test('lists and matrices come as arrays, typed arrays, tensors, Series, DataFrames and text', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    reads(listOf, [
      [tf.tensor1d([6, 8]), [6, 8]],
      [new (danfo().Series)([6, 8]), [6, 8]],
      [Int32Array.of(6, 8), [6, 8]],
      [
        ['6', 8n],
        [6, 8],
      ],
      ['[6, 8]', [6, 8]],
      ['6 8', [6, 8]],
      ['[419]', [419]],
      [Buffer.from('6, 8'), [6, 8]],
      [[], []],
    ]);
    const matrix = [
      [182, 6],
      [2, 90],
    ];
    reads(
      (answer) => matrixOf(answer, 2),
      [
        matrix,
        tf.tensor2d(matrix),
        new (danfo().DataFrame)(matrix),
        matrix.map((row) => Float32Array.from(row)),
      ].map((answer) => [answer, matrix] as const),
    );
    assert.equal(numberOf(tf.scalar(13)), 13);
    assert.equal(numberOf(tf.tensor1d([13, 14])), undefined);
  });
  assert.equal(tf.memory().numTensors, before, 'no tensor is left');
});

test('what is no list or matrix is none', () => {
  for (const answer of [
    6,
    '6',
    '',
    'six, eight',
    [[6, 8]],
    [6, null],
    [6, Number.NaN],
    new Array(2),
    { 0: 6, length: 1 },
    null,
  ])
    assert.equal(listOf(answer), undefined, JSON.stringify(answer));
  for (const answer of [
    [1, 2, 3, 4],
    [[1, 2]],
    [[1, 2, 3]],
    [[1, 2], [3]],
    new Array(2),
    [[1, 2], new Array(2)],
    [[1, 2], Buffer.from('3 4')],
    [
      [1, 2],
      [3, -4],
    ],
    [
      [1, 2],
      [3, 0.5],
    ],
    '[[1',
    [['1 2'], '3 4'],
    ['1 2', '3 4'],
  ])
    assert.equal(matrixOf(answer, 2), undefined, JSON.stringify(answer));
});

test('words come in any case, with blanks or marks around and between, and as bytes', () => {
  for (const answer of [
    'not-a-number',
    ' Not a number ',
    'NOT_A_NUMBER',
    "'not-a-number'",
    Buffer.from('not-a-number'),
  ])
    assert.equal(wordOf(answer), 'not-a-number');
  assert.equal(wordOf(5), undefined);
});

test('rows that a model has judged are computed with only if they are such rows', () => {
  const rows = { labels: Uint8Array.of(0, 1, 1), scores: [0.5, 0.6, 0.5] };
  const read = judgedRowsOf(rows)!;
  assert.deepEqual(confusionAt(read, 0.5), [[1, 0], [1, 1]]); // prettier-ignore
  assert.equal(recallAt(read, 0.5), 0.5);
  const broken = [undefined, null, {}, { ...rows, scores: [0.5] }, { ...rows, scores: [0.5, 0.6, 1.1] }];
  for (const each of [
    ...broken,
    { ...rows, labels: [0, 1, 2] },
    { labels: [], scores: [] },
    { ...rows, scores: [0.5, 0.6, Number.NaN] },
  ])
    assert.equal(judgedRowsOf(each), undefined);
});
