/** Folded solutions take the place of the learner's answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { solutionsOf, textOf, withSolutions, type Notebook } from '../../src/course/index.ts';

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
