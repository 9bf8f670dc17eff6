/** VADER's packaged figures follow from the tweets and its scores, as the notebook computes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTweets, readVaderBaseline } from '../../src/data/index.ts';
import { fetchTweets } from '../../src/install/index.ts';

test('VADER’s figures can be counted again from its scores and the ratings', async () => {
  const { scores, binary, binaryMadeUpTexts, texts, threeClasses, correlation } = await readVaderBaseline();
  const tweets = await readTweets(await fetchTweets());
  assert.equal(scores.length, texts);
  const counted = (from: number) => {
    const rated = tweets.slice(from).filter(({ valence }) => valence !== 0);
    const right = (zero: boolean) =>
      rated.filter(({ id, valence }) => {
        const score = scores[id - 1];
        return valence > 0 === (score === '+' || (score === '0' && zero));
      }).length / rated.length;
    return {
      rows: rated.length,
      positive: rated.filter(({ valence }) => valence > 0).length,
      scoredZero: rated.filter(({ id }) => scores[id - 1] === '0').length,
      accuracyZeroIsNegative: Number(right(false).toFixed(6)),
      accuracyZeroIsPositive: Number(right(true).toFixed(6)),
    };
  };
  assert.deepEqual(binary, counted(0));
  assert.deepEqual(binaryMadeUpTexts, counted(4000));
  assert.equal(threeClasses.negative + threeClasses.neutral + threeClasses.positive, 4200);
  assert.equal(threeClasses.positive, tweets.filter(({ valence }) => valence >= 0.2).length);
  // The paper reports r = 0.881 for the first release.
  assert.ok(Math.abs(correlation - 0.881) < 0.02, String(correlation));
});
