/** Chapter 7 lives through a drift: a model left alone fails, a detector reports it, reactions make up for it. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('07-drift', 'ch7-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  const alone = numbersAfter(printed('alone-judge'), /accuracy ([\d.]+)/g);
  assert.equal(alone.length, 9);
  assert.ok(alone[0]! > 0.95 && alone[1]! < 0.5 && alone[8]! > 0.95, `left alone: ${alone.join(', ')}`);
  assert.match(
    printed('detector-run'),
    /window of 1000,[^!]*number 10\d\d: drift!\nnumber 1249: window of 194,/,
  );

  const found = numbersAfter(printed('live-marks'), /drift at row (\d+)/g);
  assert.deepEqual(found, [2012, 3993, 4143], 'the rows do not depend on when they come');
  const figure = displayedBy(notebook, 'live-run', 'application/vnd.plotly.v1+json') as {
    data: { name: string; x: (number | null)[]; y: number[] }[];
  };
  assert.equal(figure.data[0]!.y.length, 6000 / 50);
  const marks = figure.data.find(({ name }) => name === 'drift')!.x;
  assert.deepEqual([...new Set(marks)].filter(Number), found, 'each drift is marked in the figure');
  const [pictures] = numbersAfter(printed('live-run'), /drawn: (\d+)/g);
  assert.ok(pictures! >= 2, 'the figure changed while rows came');

  const [report, raise, reset, retrain] = numbersAfter(printed('reactions-run'), /^\w+ +(0\.\d+)$/gm);
  assert.ok(report! < 0.88 && raise! > report! + 0.03 && retrain! > report! + 0.03 && reset! > raise!);
  const means = numbersAfter(printed('reactions-means'), / (0\.\d+)$/gm);
  assert.equal(means.length, 6);
  assert.ok(means[5]! > means[4]! && means[4]! > means[3]!, 'shorter windows are better here');
  assert.equal(printed('detectors-run').trim().split('\n').length, 7);
  const [calm, eager] = numbersAfter(printed('detectors-better'), / (0\.\d+)/g);
  assert.ok(calm! > eager!, 'to reset at an improvement costs accuracy');
  const late = numbersAfter(printed('labels-late'), /accuracy ([\d.]+)/g);
  assert.ok(late[0]! > late[1]! && late[1]! > late[2]! + 0.1, `late labels: ${late.join(', ')}`);
  assert.match(printed('labels-test'), /our stream, colour: \de-\d\d\n[^]*as they come, colour: 1\.00/);
  assert.match(printed('online-run'), /^drift at row 20\d\d: reset\n[^]*6000 rows; accuracy over all 0\.9/);
});
