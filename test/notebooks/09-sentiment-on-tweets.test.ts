/** Chapter 9 learns from a stream of tweets, far above the baselines and far below VADER, and says so. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('09-sentiment-on-tweets', 'ch9-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('tweets-classes'), /2897 rated above 0, 1299 below, 4 exactly 0/);
  assert.match(printed('tokens-show'), /not \| <caps> \| NOT_like \| NOT_mondays \| :\(/);
  const [tokens, places, once] = numbersAfter(printed('hash-places'), /(\d+)/g);
  assert.ok(tokens! > 9_000 && places! < 8_192 && once! > tokens! / 2, printed('hash-places'));
  assert.match(printed('learn-report'), /4196 tweets written, 4196 predicted/);
  assert.match(printed('learn-complete'), /nothing lost: all 4196 tweets/);
  const [last, common, model, vader] = numbersAfter(printed('learn-report'), /: +([\d.]+) %/g);
  assert.deepEqual([last, common, vader], [57.8, 69, 94]);
  assert.ok(model! > 78 && model! < 82, `the model's accuracy is ${model} %`);
  const thousands = numbersAfter(printed('curve-parts'), /: ([\d.]+) %/g);
  assert.equal(thousands.length, 4);
  assert.ok(thousands[3]! > thousands[0]! + 3, `it learns: ${thousands.join(' ')}`);
  const [forIt, against] = printed('words-show').split('speak for "negative"');
  assert.match(forIt!, /love .*:\) .*good/);
  assert.match(against!, /:\( .*hate .*bad/);
  const parts = numbersAfter(printed('errors-table'), /(?:right|wrong) (\d+)/g);
  assert.equal(
    parts.reduce((sum, part) => sum + part, 0),
    4196,
    'each text is in one of the four parts',
  );
  const strengths = numbersAfter(printed('errors-strength'), /model ([\d.]+) %/g);
  assert.ok(strengths[3]! > strengths[0]! + 10, `strong feelings are easier: ${strengths.join(' ')}`);
  const tried = numbersAfter(printed('settings-run'), /([\d.]+) %/g);
  assert.equal(tried.length, 5);
  assert.ok(tried[0]! > tried[2]! && tried[0]! > tried[4]!, `fewer places, bare words: ${tried.join(' ')}`);
  // With a network there are posts; without one the chapter says so and goes on.
  assert.match(printed('live-write'), /^(\d+ posts of (X|Bluesky) are in the topic|no live source here)/);
  assert.match(printed('live-predict'), /^\d+ posts predicted/);
  for (const id of ['learn-run', 'curve-vader'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
});
