/** The rated tweets come in one call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratedTweets } from '../../src/sources/index.ts';

test('the rated tweets are there after one call, which is quiet when they were fetched before', async () => {
  const before = await ratedTweets();
  const said: string[] = [];
  const tweets = await ratedTweets({ log: (line) => said.push(line) });
  assert.equal(tweets.length, 4200);
  assert.equal(tweets[0]?.text, before[0]?.text);
  assert.deepEqual(said, []);
});
