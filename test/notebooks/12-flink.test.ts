/** Chapter 12 computes windows with Flink and in TypeScript, kills Flink in the middle of the flow, and finds every window once. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { engineParts } from '../../src/engines/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const { isFetched, bytes } = await engineParts('flink');
const skip =
  !isFetched &&
  `not run: Flink's parts are not here (npx streamtrain engines fetch flink: ${Math.round(bytes / 1e6)} MB)`;

testChapter(
  '12-flink',
  'ch12-',
  (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    assert.match(
      printed('fetch-run'),
      /^Apache Flink 2\.0\.0: 51 files, 124 MB; here\nfetch: already there$/m,
    );
    assert.match(printed('rows-write'), /2097 rows in 34\.95 minutes/);
    assert.match(printed('sql-start'), /^Flink 2\.0\.0 on Java \d/m);
    assert.match(printed('sql-run'), /n BIGINT, malignant BIGINT, thickness DOUBLE, spread DOUBLE/);
    assert.match(printed('sql-run'), /^35 windows$/m);
    assert.match(printed('typescript-run'), /^35 windows, the last of 57 rows$/m);
    assert.match(printed('typescript-same'), /^windows that differ: 0 of 35$/m);
    assert.match(printed('typescript-same'), /^malignant in all of them: 723$/m);
    const figure = displayedBy(notebook, 'typescript-figure', 'application/vnd.plotly.v1+json');
    const [line, points] = (figure as { data: { y: number[] }[] }).data;
    assert.deepEqual([line?.y.length, points?.y.length], [35, 35]);

    const [committed, inFlight] = ['with (\\d+) of', '(\\d+) more in flight'].map(
      (text) => numbersAfter(printed('kill-look'), new RegExp(text, 'g'))[0]!,
    );
    assert.ok(committed! > 0 && committed! < 35, `killed with ${committed} windows committed`);
    assert.ok(inFlight! >= 0);
    assert.match(printed('kill-look'), /that Flink runs: false/);
    assert.match(printed('kill-again'), /^goes on from chk-\d+$/m);
    assert.match(printed('kill-proof'), /^35 windows, 35 different ones$/m);
    assert.match(printed('kill-proof'), /^missing or with other numbers: 0$/m);
    const [seen] = numbersAfter(printed('kill-proof'), /uncommitted ones too: (\d+)/g);
    assert.ok(seen! >= 35);
  },
  { skip },
);
