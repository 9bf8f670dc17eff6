/** The rated tweets come in one call, in an order that says nothing about them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVaderBaseline, type Tweet } from '../../src/data/index.ts';
import { ratedTweets } from '../../src/sources/index.ts';

test('the rated tweets are there after one call, which is quiet when they were fetched before', async () => {
  const before = await ratedTweets();
  const said: string[] = [];
  const tweets = await ratedTweets({ log: (line) => said.push(line) });
  assert.equal(tweets.length, 4200);
  assert.equal(tweets[0]?.text, before[0]?.text);
  assert.deepEqual(said, []);
});

test("what learns nothing scores alike all along: the order is shuffled, by seed; the file's is there for the asking", async () => {
  const { scores } = await readVaderBaseline();
  const isRight = ({ id, valence }: Tweet) => (scores[id - 1] === '+') === valence > 0;
  const spread = (tweets: Tweet[]) => {
    const rated = tweets.filter(({ valence }) => valence !== 0);
    const line = [200, 650, 1000, 2000, 4196].map((n) => rated.slice(0, n).filter(isRight).length / n);
    return Math.max(...line) - Math.min(...line);
  };
  for (const seed of [undefined, 0, 1, 2]) {
    const tweets = await ratedTweets(seed === undefined ? {} : { seed });
    assert.ok(spread(tweets) < 0.05, `${seed}: ${spread(tweets)}`);
    assert.deepEqual(
      tweets.map(({ id }) => id).sort((a, b) => a - b),
      Array.from({ length: 4200 }, (_, i) => i + 1),
    );
  }
  const file = await ratedTweets({ order: 'file' });
  assert.deepEqual([file[0]!.id, file[4199]!.id], [1, 4200]);
  assert.ok(spread(file) > 0.15);
  await assert.rejects(ratedTweets({ seed: -1 }), { code: 'ST_OPTION_INVALID' });
  await assert.rejects(ratedTweets({ shuffle: false } as object), { code: 'ST_OPTION_UNKNOWN' });
});
