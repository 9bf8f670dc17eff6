/** What a live figure does with a slow drawing, a failed one, and no notebook at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveFigure, trainingHistoryFigure } from '../../src/plots/index.ts';
import type { Figure } from '../../src/plots/index.ts';
import * as tslab from '../../src/kernel/display/tslab.ts';
import { withBridge } from '../kernel/display/bridge.ts';

const figureOf = (epochs: number) =>
  trainingHistoryFigure({ loss: Array.from({ length: epochs }, (_, at) => at) });

/** A notebook that writes down the order of things, and a drawing that the test lets finish. */
function slowNotebook() {
  const events: string[] = [];
  const waiting: (() => void)[] = [];
  const place = { svg: () => void events.push('picture'), text: () => void events.push('emptied') };
  const notebook = {
    newDisplay: () => place,
    display: { raw: () => assert.fail(), bundle: () => void events.push('final') },
  };
  const render = (_: Figure) => new Promise<string>((done) => waiting.push(() => done('<svg/>')));
  return { events, waiting, notebook, render };
}

test('updates during a slow drawing wait for nothing, and the end comes after the last picture', async () => {
  let time = 0;
  const { events, waiting, notebook, render } = slowNotebook();
  const live = liveFigure(notebook, { now: () => time, render });
  const first = live.update(figureOf(1));
  time = 10_000;
  await live.update(figureOf(2)); // returns although the first is still being drawn
  assert.equal(waiting.length, 1);
  const end = live.end();
  assert.deepEqual(events, []);
  waiting[0]!();
  const [, shownAgain] = await Promise.all([first, end]);
  assert.equal(shownAgain, undefined, 'a cell that ends in this call has no result to show again');
  assert.deepEqual(events, ['picture', 'emptied', 'final']);
  assert.deepEqual(await live.end(), undefined, 'ended once');
});

test('a picture that cannot be drawn does not stop the training', async () => {
  const { events, notebook } = slowNotebook();
  const live = liveFigure(notebook, { render: () => Promise.reject(new Error('no')) });
  await live.update(figureOf(1));
  assert.equal(live.drawn, 0);
  await live.end();
  assert.deepEqual(events, ['final']);
});

test('without a notebook nothing is drawn, and the end gives the last state', async () => {
  const live = liveFigure(undefined, { render: () => assert.fail('drawn') });
  let made = 0;
  for (let epoch = 1; epoch <= 50; epoch += 1) await live.update(() => (made += 1, figureOf(epoch))); // prettier-ignore
  assert.deepEqual(await live.end(), figureOf(50));
  assert.equal(made, 1, 'states that nobody sees are not made');
});

test('more than five pictures a second are refused', () => {
  assert.throws(() => liveFigure(undefined, { perSecond: 6 }), {
    code: 'ST_OPTION_INVALID',
    message: /perSecond is 6/,
  });
  assert.throws(() => liveFigure(undefined, { perSecond: 0 }), { code: 'ST_OPTION_INVALID' });
});

test('on our kernel the pictures take one place under the cell, and every form of the end comes in one output', () =>
  withBridge(async ({ shown }) => {
    let time = 0;
    const live = liveFigure(tslab, { now: () => time });
    for (const epochs of [2, 3]) {
      await live.update(figureOf(epochs));
      time += 1000;
    }
    await live.end();
    const [first, second, emptied, final] = shown;
    assert.deepEqual(shown.map(({ update }) => update), [false, true, true, undefined]); // prettier-ignore
    assert.ok(first?.id !== undefined && first.id === second?.id && first.id === emptied?.id);
    assert.notEqual(first.data['image/svg+xml'], second?.data['image/svg+xml']);
    assert.deepEqual(Object.keys(final?.data ?? {}), [
      'application/vnd.plotly.v1+json',
      'image/svg+xml',
      'text/plain',
    ]);
  }));
