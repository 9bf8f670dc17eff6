import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readableBytes } from '../../src/terminal.ts';
import { progressMeter, runSteps } from '../../src/install/steps.ts';
import type { Step } from '../../src/install/steps.ts';

/** Collects what is printed. */
function target(isTTY: boolean): {
  text: string;
  isTTY: boolean;
  columns: number;
  write(text: string): void;
} {
  return {
    text: '',
    isTTY,
    columns: 80,
    write(text) {
      this.text += text;
    },
  };
}

test('each step has a line with its time, or says that it was already there', async () => {
  const out = target(false);
  const steps: Step[] = [
    { title: 'Packages', run: async () => 'done' },
    { title: 'Kernel', run: async ({ note }) => (note('looking'), 'already there') },
  ];
  const reports = await runSteps(steps, out);
  assert.match(out.text, /^✓ Packages {27}\d\.\d s\n {2}looking\n✓ Kernel {29}already there\n$/);
  assert.deepEqual(
    reports.map(({ title, outcome }) => [title, outcome]),
    [
      ['Packages', 'done'],
      ['Kernel', 'already there'],
    ],
  );
});

test('a step that fails is marked, its error goes on, and later steps do not run', async () => {
  const out = target(false);
  const steps: Step[] = [
    {
      title: 'Packages',
      run: async () => {
        throw new Error('no network');
      },
    },
    { title: 'Kernel', run: async () => assert.fail('must not run') },
  ];
  await assert.rejects(runSteps(steps, out), /no network/);
  assert.match(out.text, /^✗ Packages {27}\d\.\d s\n$/);
});

test('on a terminal a download is a bar that is redrawn and wiped', () => {
  const out = target(true);
  let now = 0;
  const meter = progressMeter('TensorFlow', out, () => now);
  meter.update({ done: 0, total: 207e6 });
  now = 50;
  meter.update({ done: 1e6, total: 207e6 });
  now = 200;
  meter.update({ done: 103.5e6, total: 207e6 });
  meter.clear();
  const frames = out.text.split('\r\x1b[2K').slice(1);
  assert.equal(frames.length, 3, 'two frames and the wiping: the one after 50 ms was too early');
  assert.match(frames[1] ?? '', /TensorFlow +\[#{12} {12}\] 50 % of 207 MB/);
  assert.equal(frames[2], '');
});

test('in a log a download is a line every ten seconds', () => {
  const out = target(false);
  let now = 0;
  const meter = progressMeter('TensorFlow', out, () => now);
  for (; now <= 25_000; now += 1_000) meter.update({ done: now * 1_000 });
  meter.clear();
  assert.equal(out.text, '  TensorFlow: 10.0 MB\n  TensorFlow: 20.0 MB\n');
});

test('sizes are in the unit a person would use', () => {
  assert.deepEqual([999, 12_345_678, 207e6, 1.5e9].map(readableBytes), [
    '1.0 kB',
    '12.3 MB',
    '207 MB',
    '1.50 GB',
  ]);
});
