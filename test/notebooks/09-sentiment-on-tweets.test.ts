/** Chapter 9 learns from a stream of tweets, far above the baselines and far below VADER, and says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { hashingVectorizer, readVaderBaseline, weighTerms } from '../../src/data/index.ts';
import { ratedTweets } from '../../src/sources/index.ts';
import { LogisticRegression } from '../../src/training/index.ts';
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
  assert.match(printed('vader-read'), /of the 200 made-up texts in 99\.0 %/);
  assert.ok(model! > 78 && model! < 82, `the model's accuracy is ${model} %`);
  const orders = printed('order-run')
    .trim()
    .split('\n')
    .map((line) => numbersAfter(line, /([\d.]+) %/g));
  assert.deepEqual(orders[0], [81, 98.3, 98.1, 98.7], 'in the file the first quarter is the hard one');
  assert.equal(orders.length, 6);
  for (const order of orders.slice(1)) {
    assert.ok(order.length === 4 && Math.max(...order) - Math.min(...order) < 2.5, 'shuffled: chance');
  }
  const quarters = numbersAfter(printed('curve-parts'), /: ([\d.]+) %/g);
  assert.equal(quarters.length, 4);
  assert.match(printed('curve-parts'), /^tweets 3148 to 4196: /m, 'the last quarter ends with the stream');
  assert.ok(quarters[0]! < Math.min(...quarters.slice(1)) - 2, `it learns: ${quarters.join(' ')}`);
  const curves = displayedBy(notebook, 'curve-vader', 'application/vnd.plotly.v1+json') as {
    data: { x: number[]; y: number[] }[];
  };
  for (const { x, y } of curves.data) {
    assert.equal(x.at(-1), 4196, 'both curves end on the whole stream');
    assert.ok(y.length > 50);
  }
  assert.ok(
    Math.abs(curves.data[0]!.y.at(-1)! - model!) < 0.06 &&
      Math.abs(curves.data[1]!.y.at(-1)! - vader!) < 0.06,
  );
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
  const [positive] = numbersAfter(printed('errors-strength'), /positive ([\d.]+) %/g);
  assert.ok(strengths[0]! < positive! + 2, `${strengths[0]} %, always "positive" gets ${positive} %`);
  assert.ok(strengths[3]! > strengths[0]! + 10, `strong feelings are easier: ${strengths.join(' ')}`);
  assert.ok(Math.abs(strengths[3]! - 88) < 3 && Math.abs(strengths[0]! - 70) < 3, strengths.join(' '));
  assert.match(printed('errors-surest'), /VADER - \|.* good grief!\n[^]*VADER \+ \| Yay\. A wasp sting/);
  const tried = numbersAfter(printed('settings-run'), / ([\d.]+) % \(/g);
  assert.equal(tried.length, 7);
  const [base = NaN, hash = NaN, few = NaN, many = NaN, pairs = NaN, words = NaN, bare = NaN] = tried;
  assert.ok(Math.abs(base - few - 3) < 0.6 && Math.abs(base - bare - 3) < 0.6, 'three points each');
  assert.ok(
    words - bare > base - words && base - words > 1,
    'more than half of it is parting the punctuation',
  );
  assert.ok(Math.abs(many - base) < 0.5 && Math.abs(hash - base) < 1 && pairs < base, tried.join(' '));
  // With a network there are posts; without one the chapter says so and goes on.
  assert.match(printed('live-write'), /^(\d+ posts of (X|Bluesky) are in the topic|no live source here)/);
  assert.match(printed('live-predict'), /^\d+ posts predicted/);
  for (const id of ['learn-run', 'curve-vader'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
});

test('chapter 9 holds in other orders, too: how far the model comes, what it leans on, where it is wrong', async () => {
  const vader = await readVaderBaseline();
  assert.equal(vader.binary.scoredZero, 237);
  assert.equal((100 * vader.binary.accuracyZeroIsPositive).toFixed(1), '96.1');
  const deviation = (texts: number) => (100 * Math.sqrt((0.94 * 0.06) / texts)).toFixed(1);
  assert.deepEqual([deviation(100), deviation(1_049)], ['2.4', '0.7']);
  const unknownEarly = [...vader.scores.slice(0, 700)].filter((score) => score === '0').length;
  assert.ok(
    unknownEarly > 0.75 * 237,
    `${unknownEarly} of the texts without a known word are among the first 700`,
  );
  const inFile = (await ratedTweets({ order: 'file' })).filter(({ valence }) => valence !== 0);
  const along = inFile.map(({ id, valence }) => (vader.scores[id - 1] === '+') === valence > 0);
  const upTo = (rows: number) => (100 * along.slice(0, rows).filter(Boolean).length) / rows;
  assert.deepEqual([upTo(600).toFixed(0), upTo(4196).toFixed(1)], ['73', '94.0'], 'as if it learnt');
  assert.ok(
    inFile.every((_, row) => row < 100 || upTo(row + 1) > 73),
    'nor is it lower anywhere',
  );
  const vectorizer = hashingVectorizer({ features: 8192 });
  const pairs = new Map<string, number>();
  const withPairs = hashingVectorizer({ features: 8192, ngrams: 2 });
  for (const { text } of inFile) {
    const words = new Set(vectorizer.terms(text));
    for (const term of withPairs.terms(text))
      if (!words.has(term)) pairs.set(term, (pairs.get(term) ?? 0) + 1);
  }
  const rare = [...pairs.values()].filter((count) => count === 1).length / pairs.size;
  assert.ok(Math.abs(rare - 6 / 7) < 0.01, `${rare} of the pairs occur once`);
  const rowOf = new Map<number, Float32Array>();
  for (const { id, text } of await ratedTweets()) rowOf.set(id, vectorizer.transform(text));
  const losses: number[] = [];
  for (const seed of [4, 5, 6, 7, 8]) {
    const tweets = (await ratedTweets({ seed })).filter(({ valence }) => valence !== 0);
    const model = new LogisticRegression({ features: vectorizer.features, learningRate: 2 });
    const slower = new LogisticRegression({ features: vectorizer.features, learningRate: 1 });
    const learnAlong = (learner: LogisticRegression) =>
      tweets.map(({ id, valence }) => {
        const xs = rowOf.get(id)!;
        const isRight = learner.predictRow(xs) > 0.5 === valence > 0;
        learner.learnRow(xs, valence > 0 ? 1 : 0);
        return isRight;
      });
    const right = learnAlong(model);
    const less = (right.filter(Boolean).length - learnAlong(slower).filter(Boolean).length) / tweets.length;
    losses.push(100 * less);
    const share = (test: (row: number) => boolean) => {
      const rows = tweets.map((_, row) => row).filter(test);
      return rows.filter((row) => right[row]).length / rows.length;
    };
    const all = share(() => true);
    assert.ok(all > 0.78 && all < 0.81, `${all} of all, with seed ${seed}`);
    assert.ok(share((row) => row < 1_049) < share((row) => row >= 1_049) - 0.02);
    const strength = (low: number, high: number) =>
      share((row) => Math.abs(tweets[row]!.valence) > low && Math.abs(tweets[row]!.valence) <= high);
    assert.ok(Math.abs(strength(2, 4) - 0.88) < 0.03 && Math.abs(strength(0, 0.5) - 0.69) < 0.03);
    const terms = weighTerms(
      vectorizer,
      model.weights,
      tweets.map(({ text }) => text),
      { minTexts: 40 },
    );
    const [best, worst] = [terms.slice(0, 8), terms.slice(-8)].map((some) => some.map(({ term }) => term));
    for (const term of ['love', ':)', 'good']) assert.ok(best!.includes(term), term);
    for (const term of [':(', 'hate', 'no', 'bad']) assert.ok(worst!.includes(term), term);
  }
  const loss = losses.reduce((sum, one) => sum + one) / losses.length;
  assert.ok(Math.abs(loss - 1) < 0.6, `a learning rate of 1 costs ${loss} points`);
});
