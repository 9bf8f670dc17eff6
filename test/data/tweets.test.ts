/** The rated tweets are read whole, or the first wrong line is named; they are fetched once and checked. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTweets, TweetLineError, TweetsReadError } from '../../src/data/index.ts';
import { CommandError, fetchTweets } from '../../src/install/index.ts';

async function tempFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'tweets test '));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

async function fileOf(t: TestContext, content: string): Promise<string> {
  const file = path.join(await tempFolder(t), 'tweets.txt');
  await fs.writeFile(file, content);
  return file;
}

test('all 4,200 rated texts are there, as the authors counted them', async () => {
  const tweets = await readTweets(await fetchTweets());
  assert.equal(tweets.length, 4200);
  assert.equal(
    tweets.findIndex(({ id }, at) => id !== at + 1),
    -1,
  );
  const count = (is: (valence: number) => boolean) => tweets.filter(({ valence }) => is(valence)).length;
  assert.deepEqual([count((v) => v > 0), count((v) => v < 0), count((v) => v === 0)], [2897, 1299, 4]);
  assert.deepEqual(tweets[1], { id: 2, valence: 1.443298969, text: 'Yay. Another good phone interview.' });
  assert.deepEqual(tweets[4199], { id: 4200, valence: 0.2, text: 'Execute like lightning not like wind' });
  assert.match(tweets[1240]!.text, /win .* £1000/, 'not only ASCII');
});

test('a last line without an end counts, an empty one does not', async (t) => {
  for (const end of ['', '\n', '\r\n']) {
    const tweets = await readTweets(await fileOf(t, `1\t2.5\tYay\r\n2\t-1\tDamn, :(${end}`));
    assert.deepEqual(tweets, [
      { id: 1, valence: 2.5, text: 'Yay' },
      { id: 2, valence: -1, text: 'Damn, :(' },
    ]);
  }
  assert.deepEqual(await readTweets(await fileOf(t, '')), []);
});

test('a wrong line is named with its number and content', async (t) => {
  for (const line of [
    '2\t1',
    '2\t1\ta\tb',
    'x\t1\ta',
    '2\tgood\ta',
    '2\t4.1\ta',
    '2\t\ta',
    '',
    '2\t1e1\ta',
    '2\tNaN\ta',
  ]) {
    const file = await fileOf(t, `1\t2\tok\n${line}\n3\t1\tok\n`);
    await assert.rejects(
      readTweets(file),
      (error: unknown) =>
        error instanceof TweetLineError &&
        error.line === 2 &&
        error.file === file &&
        line.includes(error.value),
      line,
    );
  }
});

test('a missing file says where it can be had', async (t) => {
  const file = path.join(await tempFolder(t), 'none.txt');
  await assert.rejects(readTweets(file), (error: unknown) => {
    assert.ok(error instanceof TweetsReadError && error.message.includes(file));
    assert.match(error.message, /ratedTweets/);
    return true;
  });
});

test('what was fetched is used again without a network, and a damaged copy is not used', async (t) => {
  const cache = await tempFolder(t);
  const place = path.join(cache, 'vaderSentiment-3.3.2');
  await fs.mkdir(place);
  await fs.copyFile(await fetchTweets(), path.join(place, 'tweets_GroundTruth.txt'));
  // A Python that can do nothing stands for the missing network.
  const offline = { cache, python: 'false' };
  assert.equal(await fetchTweets(offline), path.join(place, 'tweets_GroundTruth.txt'));
  await fs.appendFile(path.join(place, 'tweets_GroundTruth.txt'), 'x');
  await assert.rejects(fetchTweets(offline), (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, /fetch the tweets with pip/);
    assert.ok(error.message.includes(path.join(place, 'tweets_GroundTruth.txt')), 'says where to put a copy');
    return true;
  });
  assert.deepEqual(await fs.readdir(cache), ['vaderSentiment-3.3.2'], 'leaves no lock and no half download');
});
