/** Every notebook keeps the rules of the course, and the rules notice when one does not. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';
import { lintCourse, lintNotebook, textOf } from '../../src/course/index.ts';
import type { Notebook } from '../../src/course/index.ts';

const FOLDER = path.join(projectAt().folder, 'notebooks');
const NOTEBOOKS = readdirSync(FOLDER).filter((name) => name.endsWith('.ipynb'));

function lintFile(name: string): string[] {
  const text = readFileSync(path.join(FOLDER, name), 'utf8');
  return lintNotebook({ notebook: JSON.parse(text) as Notebook, text, folder: FOLDER });
}

test('there are notebooks to look at', () => assert.ok(NOTEBOOKS.length > 0));

for (const name of NOTEBOOKS) {
  test(`${name} keeps the rules of the course`, () => assert.deepEqual(lintFile(name), []));
}

test("chapter 1's table of the course, in each language, has every other chapter", () => {
  const chapters = NOTEBOOKS.filter((name) => !name.startsWith('01-') && !name.includes('.zh.'));
  for (const first of NOTEBOOKS.filter((name) => name.startsWith('01-'))) {
    const { cells } = JSON.parse(readFileSync(path.join(FOLDER, first), 'utf8')) as Notebook;
    const table = cells.find(({ id }) => id === 'chapters');
    const linked = [...textOf(table?.source ?? '').matchAll(/^\| \[\d+ [^\]]+\]\(([^)]+)\)/gm)];
    assert.deepEqual(
      linked.map(([, name]) => name),
      chapters,
    );
  }
});

test('each of the five packages the course is about is named in some code cell', () => {
  const course = NOTEBOOKS.map(
    (name) => JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Notebook,
  );
  assert.deepEqual(lintCourse(course), []);
  const without = (name: string) =>
    course.map((notebook) => ({
      ...notebook,
      cells: notebook.cells.map((cell) => ({
        ...cell,
        source: cell.cell_type === 'code' ? [cell.source].flat().join('').replaceAll(name, 'x') : cell.source,
      })),
    }));
  for (const name of ['tfjs-node', 'kafkajs', 'danfojs-node', 'plotly.js', 'tslab']) {
    const missing = without(name);
    assert.deepEqual(lintCourse(missing), [`no code cell names ${name}`]);
    const comments = code('c', `// ${name}\n1; // ${name}\n/* ${name}\n */ 'https://x.org';`);
    const remarked = { ...missing[0]!, cells: [comments as Notebook['cells'][number]] };
    const named = name === 'plotly.js' ? [] : [`no code cell names ${name}`];
    assert.deepEqual(lintCourse([...missing, remarked]), named, 'a comment is not enough');
  }
});

/** A cell of a made-up notebook. */
interface Cell {
  id: string;
  cell_type: 'code' | 'markdown';
  metadata: object;
  source: string;
  outputs?: object[];
  execution_count?: number | null;
}

const prose = (id: string, source: string): Cell => ({ id, cell_type: 'markdown', metadata: {}, source });
const code = (id: string, source: string): Cell => ({
  ...{ id, cell_type: 'code', metadata: {}, source },
  ...{ outputs: [], execution_count: null },
});

/** A small notebook that keeps every rule, after `change` was applied to its cells. */
function lintChanged(change: (cells: Cell[]) => void, more: object = {}): string[] {
  const cells = [
    prose('title', '# Title'),
    prose('overview', '## Overview\nSee [the readme](../README.md).'),
    prose('setup', '## Setup'),
    code('imports', "import path from 'node:path';\nconsole.log('version', process.version);"),
    prose('work', '## Work'),
    code('body', 'const a = 1;\nconsole.log(a);'),
    prose('ending', '## Summary\n\n## Exercises'),
    ...[1, 2, 3].flatMap((number) => [
      code(`answer-${number}`, `// Exercise 9.${number}: what?\nconst answer = undefined;`),
      code(`check-${number}`, `// Right?\nconsole.log(await checkExercise('9.${number}', answer));`),
    ]),
    prose(
      'solutions',
      `<details>\n\n${[1, 2, 3].map((number) => `\`\`\`ts\n// Exercise 9.${number}: what?\n1;\n\`\`\`\n`).join('\n')}</details>`,
    ),
    code('close', 'await broker.stop();\nconsole.log("closed");'),
  ];
  change(cells);
  const kernelspec = { name: 'streamtrain', language: 'typescript' };
  const made = { cells, metadata: { kernelspec, ...more }, nbformat: 4, nbformat_minor: 5 };
  const text = `${JSON.stringify(made, undefined, 1)}\n`;
  return lintNotebook({ notebook: made as Notebook, text, folder: FOLDER });
}

test('a notebook that keeps every rule has no complaint', () =>
  assert.deepEqual(
    lintChanged(() => {}),
    [],
  ));

const BROKEN: [what: string, change: (cells: Cell[]) => void, complaint: RegExp][] = [
  ['a second title', (cells) => cells.push(prose('more', '# Again')), /2 headings of level 1/],
  ['no overview', (cells) => cells.splice(1, 1), /0 sections "Overview"/],
  [
    'an import outside Setup',
    (cells) => cells.splice(5, 0, code('late', "import 'node:fs';\n1;")),
    /late: imports/,
  ],
  ['a Setup without versions', (cells) => (cells[3]!.source = 'let x;\nx = 1;'), /prints no versions/],
  ['a cell of one line', (cells) => (cells[5]!.source = 'a;'), /body: has 1 lines/],
  ['a cell of nine lines', (cells) => (cells[5]!.source = 'a;\n'.repeat(8) + 'a;'), /body: has 9 lines/],
  ['an id used twice', (cells) => (cells[5]!.id = 'close'), /close: the id is used twice/],
  ['stored outputs', (cells) => (cells[5]!.outputs = [{}]), /body: is stored with outputs/],
  ['an execution count', (cells) => (cells[5]!.execution_count = 3), /body: .*execution count/],
  [
    'an absolute path',
    (cells) => (cells[5]!.source = "read(\n'/home/ada/data.csv');"),
    /body: .*absolute path/,
  ],
  [
    'a cell that asks for input',
    (cells) => (cells[5]!.source = "let a;\na = prompt('?');"),
    /body: asks for input/,
  ],
  ['a decimal without its 0', (cells) => (cells[4]!.source += '\nat least .95'), /^work: writes .*"\.95"/m],
  ['a percent sign without a blank', (cells) => (cells[4]!.source += '\n97% right'), /^work: writes .*"7%"/m],
  [
    'a blank before it in Chinese',
    (cells) => (cells[4]!.source += '\n约 97 % 正确'),
    /^work: writes .*"7 %"/m,
  ],
  [
    'a picture without alt text',
    (cells) => (cells[4]!.source += '\n![](https://x.org/a.svg)'),
    /^work: .*alt text/m,
  ],
  [
    'a dead link',
    (cells) => (cells[4]!.source += '\n[x](no-such-file.md)'),
    /^work: links to "no-such-file.md"/m,
  ],
  ['an exercise without a check', (cells) => cells.splice(8, 1), /exercise 9\.1 has no check cell/],
  ['an exercise without a solution', (cells) => cells.splice(13, 1), /exercise 9\.3 has no folded solution/],
  ['too few exercises', (cells) => cells.splice(7, 6), /has 0 exercises/],
  ['an end that closes nothing', (cells) => cells.pop(), /closes nothing/],
];

for (const [what, change, complaint] of BROKEN) {
  test(`the rules notice ${what}`, () => {
    assert.match(lintChanged((cells) => void change(cells)).join('\n'), complaint);
  });
}

/** The made-up notebook in Chinese, as far as the rules read it, after `change`. */
function lintChinese(change: (cells: Cell[]) => void, language: 'zh' | null = 'zh'): string[] {
  return lintChanged(
    (cells) => {
      for (const cell of cells)
        for (const [english, chinese] of [
          ...[
            ['## Overview', '## 概览'],
            ['## Setup', '## 准备'],
            ['## Summary', '## 小结'],
          ],
          ...[
            ['## Exercises', '## 练习'],
            ['// Exercise ', '// 练习 '],
          ],
        ] as const)
          cell.source = cell.source.replaceAll(english, chinese);
      cells[3]!.source += "\nuseLanguage('zh');";
      change(cells);
    },
    language === null ? {} : { streamtrain: { language } },
  );
}

test('a notebook whose metadata and whose Setup say Chinese has no complaint', () =>
  assert.deepEqual(
    lintChinese(() => {}),
    [],
  ));

const OF_ANOTHER_LANGUAGE: [what: string, problems: () => string[], complaint: RegExp][] = [
  [
    'metadata of a language that there is not',
    () => lintChanged(() => {}, { streamtrain: { language: 'fr' } }),
    /its metadata say the language "fr"; there are en, zh/,
  ],
  [
    'Chinese without metadata',
    () => lintChinese(() => {}, null),
    /0 sections "Setup"[^]*imports: says the language "zh", and the notebook's metadata do not/,
  ],
  [
    'metadata that Setup does not follow',
    () => lintChinese((cells) => (cells[3]!.source = cells[3]!.source.replace(/\nuse.*/, ''))),
    /Setup does not say useLanguage\('zh'\) once/,
  ],
  [
    'a Setup that says another language',
    () => lintChinese((cells) => (cells[3]!.source = cells[3]!.source.replace("'zh'", "'en'"))),
    /Setup does not say useLanguage\('zh'\) once/,
  ],
  [
    'a language said twice, or behind Setup',
    () => lintChinese((cells) => (cells[5]!.source += "\nuseLanguage('en');")),
    /Setup does not say useLanguage\('zh'\) once/,
  ],
  [
    'a cell with a language of its own',
    () => lintChinese((cells) => (cells[5]!.source += "\ndraw({ language: 'zh' });")),
    /body: gives a language/,
  ],
  [
    'an answer that begins in English',
    () => lintChinese((cells) => (cells[7]!.source = cells[7]!.source.replace('练习', 'Exercise'))),
    /answer-1: the first line of its answer is in another language/,
  ],
  [
    'sections in English',
    () => lintChinese((cells) => (cells[1]!.source = cells[1]!.source.replace('概览', 'Overview'))),
    /has 0 sections "概览"/,
  ],
];

for (const [what, problems, complaint] of OF_ANOTHER_LANGUAGE)
  test(`the rules notice ${what}`, () => assert.match(problems().join('\n'), complaint));
