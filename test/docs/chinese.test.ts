/** The Chinese pages of the guides: an overview of every chapter, in step with the chapter's own. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { languageOfNotebook, readNotebook, textOf } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';

const { folder } = projectAt();
const NOTEBOOKS = path.join(folder, 'notebooks');
const page = path.join(folder, 'docs', 'zh', 'overviews.md');
const text = readFileSync(page, 'utf8');

/** The chapters that are whole in Chinese need no overview there. */
const names = readdirSync(NOTEBOOKS).filter((name) => name.endsWith('.ipynb'));
const isChinese = (name: string) => languageOfNotebook(readNotebook(path.join(NOTEBOOKS, name))) === 'zh';
const translated = names.filter(isChinese).map((name) => name.replace('.zh.ipynb', '.ipynb'));
const toOverview = names.filter((name) => !isChinese(name) && !translated.includes(name));

const sections = new Map(
  [
    ...text.matchAll(
      /^## \[第 (\d+) 章 [^\]]+\]\(\.\.\/\.\.\/notebooks\/([^)]+)\)\n([^]*?)(?=^## |(?![^]))/gm,
    ),
  ].map(([, chapter, name = '', body = '']) => [name, { chapter, body }]),
);

/** The points of what one will see, without blanks. */
const pointsOf = (source: string) => source.match(/^\d+\. .*(?:\n(?!\d+\. |\n).*)*/gm) ?? [];
/** Figures and code stand in both languages. */
const figuresIn = (point: string) =>
  [...point.replace(/^\d+\. /, '').matchAll(/`[^`]+`|\d[\d.,]*\d|\d+(?= MB)/g)]
    .map(([figure]) => figure)
    .sort();

test('each chapter that is not Chinese has its overview, in the order of the course', () => {
  assert.ok(translated.length > 0 && toOverview.length > 10);
  assert.deepEqual([...sections.keys()], toOverview.sort());
});

for (const name of toOverview)
  test(`the overview of ${name} has the points of the chapter, with the same figures`, () => {
    const { chapter, body } = sections.get(name)!;
    assert.equal(Number(chapter), Number(name.slice(0, 2)));
    const cells = readNotebook(path.join(NOTEBOOKS, name)).cells.map(({ source }) => textOf(source));
    const overview = cells.find((source) => source.startsWith('## Overview'))!;
    const [english, chinese] = [pointsOf(overview), pointsOf(body)];
    assert.equal(chinese.length, english.length);
    for (const [at, point] of chinese.entries()) {
      assert.match(point, /\p{Script=Han}/u);
      for (const figure of figuresIn(english[at]!)) assert.ok(point.includes(figure), `${figure}: ${point}`);
    }
    const downloads = overview.match(/[\d.]+ MB/g) ?? [];
    for (const size of downloads) assert.ok(body.includes(size), size);
    assert.match(body, /\*\*适合\*\*：/);
    assert.match(body, /\*\*时间\*\*：/);
  });

test('its links lead somewhere, and its marks are those of Chinese', () => {
  for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
    assert.ok(existsSync(path.resolve(path.dirname(page), target)), target);
  const prose = text.replace(/```[^]*?```|`[^`]*`|\]\([^)]*\)/g, '');
  assert.doesNotMatch(prose, /\p{Script=Han}[,;:?!]|\d %/u);
});
