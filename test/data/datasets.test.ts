/** Known data is read whole, as its description and its authors count it, or the first wrong line is named. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it, test, type TestContext } from 'node:test';
import {
  TweetLineError,
  TweetsReadError,
  bananasPath,
  breastCancerColumns,
  breastCancerPath,
  encodeLabels,
  phishingFeatures,
  phishingPath,
  readBananas,
  readBreastCancer,
  readPhishing,
  readTweets,
  readVaderBaseline,
  splitLabels,
} from '../../src/data/index.ts';
import { CommandError, fetchTweets } from '../../src/install/index.ts';

for (const file of [breastCancerPath, phishingPath, bananasPath])
  test(`${path.basename(file)} is byte for byte the file that its checksum and README name`, () => {
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    assert.equal(readFileSync(`${file}.sha256`, 'utf8'), `${sha256}  ${path.basename(file)}\n`);
    const readme = readFileSync(new URL('../../data/README.md', import.meta.url), 'utf8');
    assert.ok(
      readme.split('\n## ').some((part) => part.startsWith(path.basename(file)) && part.includes(sha256)),
    );
  });

// That they are River's rows, in its order, the learners say: test/training holds each against what River said of every row.
test('Phishing: 1,250 rows of nine features of 0, 0.5 or 1, 548 of class 1', async () => {
  const frame = await readPhishing();
  assert.deepEqual(frame.shape, [1250, 10]);
  const { features, labels } = splitLabels(frame, 'is_phishing');
  assert.deepEqual(features.columns, phishingFeatures);
  assert.deepEqual(new Set((features.values as number[][]).flat()), new Set([0, 0.5, 1]));
  assert.equal(labels.filter((label) => label === 1).length, 548);
  assert.equal(labels.filter((label) => label === 0).length, 702);
  assert.deepEqual((frame.values as number[][])[0], [0, 0, 0, 0, 0, 0.5, 1, 1, 1, 1]);
});

test('Bananas: 5,300 rows of two features around 0, 2,376 of class 1', async () => {
  const { features, labels } = splitLabels(await readBananas(), 'class');
  assert.deepEqual(features.shape, [5300, 2]);
  assert.equal(labels.filter((label) => label === 1).length, 2376);
  assert.equal(labels.filter((label) => label === 0).length, 2924);
  assert.deepEqual((features.values as number[][])[0], [1.617466, -0.919233]);
  assert.ok((features.values as number[][]).flat().every((value) => Math.abs(value) < 4));
});

describe('the Breast Cancer Wisconsin dataset', () => {
  it('has 699 rows, 458 benign and 241 malignant, 16 missing, all in Bare_Nuclei', async () => {
    const frame = await readBreastCancer();
    assert.deepEqual(frame.shape, [699, 11]);
    assert.deepEqual(frame.columns, breastCancerColumns);
    assert.deepEqual(frame.column('Class').valueCounts().values, [458, 241]);
    const missing = (frame.values as number[][]).flatMap((row) =>
      row.flatMap((v, c) => (Number.isNaN(v) ? [c] : [])),
    );
    assert.deepEqual(missing, Array<number>(16).fill(breastCancerColumns.indexOf('Bare_Nuclei')));
    assert.deepEqual((frame.values as number[][])[0], [1000025, 5, 1, 1, 1, 2, 1, 3, 1, 1, 2]);
  });

  it('becomes nine features and a 0/1 class in two steps that leave the first frame alone', async () => {
    const raw = await readBreastCancer();
    const frame = encodeLabels(raw.drop({ columns: ['Sample_code_number'] }));
    assert.deepEqual(frame.shape, [699, 10]);
    assert.deepEqual(frame.column('Class').unique().values, [0, 1]);
    assert.deepEqual(frame.column('Class').valueCounts().values, [458, 241]);
    assert.deepEqual(raw.shape, [699, 11]);
    assert.deepEqual(raw.column('Class').unique().values, [2, 4]);
  });
});

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
