/** Chapter 13 holds windows, scores and a training of Spark against our own, with a worker killed in a round. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { engineParts } from '../../src/engines/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const { isFetched, bytes } = await engineParts('spark');
const skip =
  !isFetched &&
  `not run: Spark's parts are not here (npx streamtrain engines fetch spark: ${Math.round(bytes / 1e6)} MB)`;

testChapter(
  '13-spark',
  'ch13-',
  (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    assert.match(
      printed('fetch-run'),
      /^Apache Spark 4\.2\.0: 5 files, 460 MB; here\nfetch: already there$/m,
    );
    assert.match(printed('rows-write'), /^1872 rows to learn, 231 rows to judge by$/m);
    assert.match(printed('sql-start'), /^Spark 4\.2\.0, local\[2,4\]$/m);
    assert.match(printed('sql-run'), /^2 groups, such as windows still open, are not written/m);
    assert.match(printed('sql-read'), /^30 windows by Spark/m);
    assert.match(printed('ours-same'), /^32 windows here, of which 2 are still open in Spark$/m);
    assert.match(printed('ours-same'), /^windows that differ: 0$/m);

    assert.match(printed('train-settings'), /^before training: \d+\.\d % of the unseen rows right$/m);
    const learnt = printed('train-run');
    assert.deepEqual(numbersAfter(learnt, /^round (\d+)/gm), [1, 2, 3, 4]);
    const rows = numbersAfter(learnt, /(\d+) rows in 2 parts/g);
    assert.equal(
      rows.reduce((sum, each) => sum + each, 0),
      1872,
    );
    assert.match(printed('train-result'), /^1872 rows in 4 rounds, \d+ steps$/m);
    const [accuracy] = numbersAfter(printed('train-result'), /accuracy on unseen rows: ([\d.]+) %/g);
    assert.ok(accuracy! > 93, `${accuracy} % right`);
    const figure = displayedBy(notebook, 'train-run', 'application/vnd.plotly.v1+json');
    const shares = (figure as { data: { y: number[] }[] }).data[0]!.y;
    assert.equal(shares.length, 5);
    assert.ok(shares[0]! < shares[4]! && Math.abs(shares[4]! - accuracy!) < 0.1);

    const [workers] = numbersAfter(printed('kill-run'), /workers started: (\d+)/g);
    assert.ok(workers! >= 3, `${workers} workers: the killed one was replaced`);
    assert.match(printed('kill-proof'), /^unbroken: 1872 rows/m);
    assert.match(printed('kill-proof'), /^the same, to the last bit: true$/m);

    assert.match(printed('score-same'), /^231 scores of 231 rows$/m);
    assert.match(printed('score-same'), /^apart by 0\.000001 or more: 0$/m);
    assert.match(printed('pays-compare'), /one process.*\n.*Spark, rounds.*\n.*start and end/);
  },
  { skip },
);
