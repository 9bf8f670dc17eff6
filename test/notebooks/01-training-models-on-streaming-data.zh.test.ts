/** The Chinese chapter 1: in step with the English one, Chinese in all that is read, and it runs. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { readNotebook, textOf, withSolutions } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { NOTEBOOK_01, NOTEBOOK_01_LOCK, assertNotebook01 } from '../helpers/notebook-01.ts';

const { folder } = projectAt();
const english = withSolutions(readNotebook(path.join(folder, NOTEBOOK_01)));
const chinese = withSolutions(readNotebook(path.join(folder, NOTEBOOK_01.replace('.ipynb', '.zh.ipynb'))));

const NOT_ASCII = /[^\p{ASCII}]/u;

/** A cell's tokens without its comments, and without what asks for Chinese. */
function tokensOf(code: string): string[] {
  const source = ts.createSourceFile(
    'cell.ts',
    code.replace(', useLanguage }', ' }').replace("useLanguage('zh');", ''),
    ts.ScriptTarget.Latest,
  );
  const tokens: string[] = [];
  const walk = (node: ts.Node): void => {
    const children = node.getChildren(source);
    if (children.length === 0 && node.getText(source) !== '') tokens.push(node.getText(source));
    for (const child of children) walk(child);
  };
  walk(source);
  return tokens;
}

/** The texts of a cell that a reader sees: strings and comments with words in them. */
function wordsOf(code: string): string[] {
  const comments = code.match(/^\s*\/\/.*$/gm) ?? [];
  const strings = tokensOf(code).filter((token) => /^['`}]/.test(token) && /[a-z]+ [a-z]+/i.test(token));
  return [...comments, ...strings];
}

test('both languages have the same cells in the same order', () => {
  const ids = (cells: typeof english.cells) => cells.map(({ id, cell_type }) => `${cell_type} ${id}`);
  assert.deepEqual(ids(chinese.cells), ids(english.cells));
});

for (const [index, cell] of english.cells.entries()) {
  if (cell.cell_type !== 'code') continue;
  test(`the code of cell ${cell.id} is the same but for what is read`, () => {
    const code = textOf(chinese.cells[index]?.source);
    const [there, here] = [tokensOf(textOf(cell.source)), tokensOf(code)];
    assert.equal(here.length, there.length, code);
    for (const [at, token] of here.entries()) {
      const isText =
        /^['`}]/.test(token) && (NOT_ASCII.test(token) || token.trimStart() === '}%`' || token === '}`');
      if (!isText) assert.equal(token, there[at]);
    }
    for (const words of wordsOf(code)) assert.match(words, /\p{Script=Han}/u, 'is not translated');
  });
}

test('every other cell is translated, and its links, formulas and headings are the same', () => {
  const marks = (text: string) => ({
    // Pictures that are there in both languages stand in docs/ and docs/zh/.
    links: [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to?.replace('docs/zh/', 'docs/')).sort(),
    names: [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort(),
    rows: text.match(/^\|.*\|$/gm)?.length,
    items: text.match(/^(?:-|\d+\.) /gm)?.length,
    level: /^#+/.exec(text)?.[0],
  });
  for (const [index, cell] of english.cells.entries()) {
    if (cell.cell_type !== 'markdown') continue;
    const translated = textOf(chinese.cells[index]?.source);
    assert.deepEqual(marks(translated), marks(textOf(cell.source)), cell.id);
    assert.match(translated, /\p{Script=Han}/u, `${cell.id} is not translated`);
  }
});

test('it uses the terms of the field, not word-for-word translations, and Chinese typography', () => {
  const prose = chinese.cells.map((cell) => textOf(cell.source)).join('\n');
  for (const term of ['消费者', '单元格', '推理', '训练集', '测试集', '标准化'])
    assert.ok(prose.includes(term), term);
  for (const stiff of ['读者', '推断', '缩放', '训练行', '测试行', '单元里'])
    assert.ok(!prose.includes(stiff), stiff);
  assert.doesNotMatch(prose, /\d %(?! \d)/, 'percent signs follow the number');
  assert.doesNotMatch(prose, /\p{Script=Han}[,;:?!]/u, 'punctuation of full width');
});

testChapter(
  '01-training-models-on-streaming-data.zh',
  'cancer-',
  (notebook) => assertNotebook01(notebook, 'zh'),
  { lock: NOTEBOOK_01_LOCK },
);
