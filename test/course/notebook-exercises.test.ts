/**
 * Folded solutions take the place of the learner's answers; what became of an exercise is read from its cells: a warning
 * beside a right answer is no failure, an error is one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  exerciseVerdicts,
  solutionsOf,
  textOf,
  withSolutions,
  type Notebook,
  type NotebookOutput,
} from '../../src/course/index.ts';

function notebook(answers: string[], solutions: string): Notebook {
  const cells = answers.map((source, index) => ({
    ...{
      id: `a${index}`,
      cell_type: 'code' as const,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    },
  }));
  const folded = { id: 's', cell_type: 'markdown' as const, metadata: {}, source: solutions };
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [...cells, folded] };
}

const FOLDED =
  '<details><summary>Solutions</summary>\n\nFirst prose.\n\n' +
  '```ts\n// Exercise 1.1: how many?\nconst answer11 = 0;\n```\n\n' +
  '```ts\n// Exercise 1.2: which?\nconst answer12 = [1];\nawait work();\n```\n\n</details>';

test('each answer is replaced, everything else stays', () => {
  const { cells } = withSolutions(
    notebook(
      [
        '// Exercise 1.1: how many?\nconst answer11 = undefined;',
        'console.log(1);',
        '// Exercise 1.2: which?\nlet a;',
      ],
      FOLDED,
    ),
  );
  assert.deepEqual(
    cells.slice(0, 3).map((cell) => textOf(cell.source)),
    [
      '// Exercise 1.1: how many?\nconst answer11 = 0;',
      'console.log(1);',
      '// Exercise 1.2: which?\nconst answer12 = [1];\nawait work();',
    ],
  );
});

test('code outside the fold is no solution', () => {
  assert.equal(solutionsOf(notebook([], FOLDED.replace('<details>', ''))).size, 0);
});

test('an exercise without a solution, and a solution without an exercise, are refused by their number', () => {
  assert.throws(
    () => withSolutions(notebook(['// Exercise 1.3: x\n1;'], FOLDED)),
    /Exercise 1\.\d: there is/,
  );
  const onlyFirst = notebook(['// Exercise 1.1: x\n1;'], FOLDED);
  assert.throws(() => withSolutions(onlyFirst), { code: 'ST_COURSE_SOLUTION', exercise: '1.2' });
});

const stderr = (text: string): NotebookOutput => ({ output_type: 'stream', name: 'stderr', text });

/** What became of exercise 1.1, whose answer's cell left these outputs, and whose check said `right`. */
function verdictAfter(...outputs: NotebookOutput[]): string | undefined {
  const right: NotebookOutput = {
    output_type: 'stream',
    name: 'stdout',
    text: '✓ Exercise 1.1: right. Yes.\n',
  };
  const code = { cell_type: 'code' as const, metadata: {}, execution_count: 1 };
  const cells: Notebook['cells'] = [
    { ...code, id: 'answer', source: '// Exercise 1.1: how many?\nconst answer11 = 0;', outputs },
    { ...code, id: 'check', source: "// Right?\nawait checkExercise('1.1', answer11);", outputs: [right] },
  ];
  const found = exerciseVerdicts({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  const [first] = found.filter(({ exercise }) => exercise === '1.1');
  return first?.verdict === 'failed' ? first.says : first?.verdict;
}

test('a right answer stays right beside what it wrote to stderr', () => {
  for (const written of [
    'careful: three rows are empty\n',
    '(node:12) DeprecationWarning: the punycode module is deprecated\n(Use `node --trace-deprecation ...`)\n',
    '{"level":"ERROR","logger":"kafkajs","message":"Connection error: refused","stack":"Error: x\\n    at y:1:2"}\n',
    '\u001b[33mno error at all: 3 - 4\u001b[39m\n',
    '',
  ])
    assert.equal(verdictAfter(stderr(written)), 'right', written);
});

test('an answer that ended in an error has failed, whatever a check says of a value of before', () => {
  for (const [written, says] of [
    [
      'TypeError: x is not a function\n    at evalmachine.<anonymous>:1:7\n',
      'TypeError: x is not a function',
    ],
    ['\u001b[31mReferenceError\u001b[39m: y is not defined\n', 'ReferenceError: y is not defined'],
    ["2:7 - Type 'number' is not assignable to type 'string'.\n", "2:7 - Type 'number' is not assignable to"],
    ['careful\nUncaught RangeError [ERR_X]: too far\n', 'Uncaught RangeError [ERR_X]: too far'],
    ['DOMException [AbortError]: stopped\n', 'DOMException [AbortError]: stopped'],
    ['KafkaJSNumberOfRetriesExceeded: refused\n    at run (/x.js:1:7)\n', 'KafkaJSNumberOfRetriesExceeded'],
  ] as const)
    assert.match(verdictAfter(stderr('one warning\n'), stderr(written)) ?? '', new RegExp(escaped(says)));
  const error: NotebookOutput = { output_type: 'error', ename: 'Error', evalue: 'no' };
  assert.equal(verdictAfter(error), 'its answer: Error: no');
});

const escaped = (text: string) => text.replace(/[[\]().*+?]/g, '\\$&');
