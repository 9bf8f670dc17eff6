/** A live figure is drawn a few times a second, whatever it is fed, and ends as the last state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tslab from '../../src/kernel/display/tslab.ts';
import { liveFigure, PLOTLY_MIME, trainingHistoryFigure } from '../../src/plots/index.ts';
import type { Figure, Json } from '../../src/plots/index.ts';
import { withBridge } from '../kernel/display/bridge.ts';

/** Collects what a notebook would show. */
function notebook() {
  const shown: string[] = [];
  const bundles: Readonly<Record<string, Json>>[] = [];
  return {
    shown,
    bundles,
    newDisplay: () => ({
      svg: (picture: string) => void shown.push(picture),
      text: (text: string) => void shown.push(`text:${text}`),
    }),
    display: {
      raw: () => assert.fail('a display that can send bundles gets a bundle'),
      bundle: (data: Readonly<Record<string, Json>>) => void bundles.push(data),
    },
  };
}

const figureOf = (epochs: number) =>
  trainingHistoryFigure({ loss: Array.from({ length: epochs }, (_, epoch) => 1 / (epoch + 1)) });

test('a thousand updates in a second are five pictures, and the end is the last state', async () => {
  let time = 0;
  const place = notebook();
  const live = liveFigure(place, { perSecond: 5, now: () => time });
  for (let update = 1; update <= 1000; update++) {
    await live.update(figureOf(1 + (update % 7)));
    time += 1;
  }
  assert.equal(live.drawn, 5);
  assert.equal(place.shown.filter((each) => each.startsWith('<svg')).length, 5);
  await live.update(figureOf(9));
  await live.end();
  assert.equal(place.shown.at(-1), 'text:', 'the picture makes room for the interactive figure');
  assert.equal(place.bundles.length, 1);
  const { data } = place.bundles[0]![PLOTLY_MIME] as unknown as { data: { y: number[] }[] };
  assert.equal(data[0]!.y.length, 9);
  assert.match(place.bundles[0]!['image/svg+xml'] as string, /^<svg/);
});

test('two pictures of different states differ', async () => {
  let time = 0;
  const place = notebook();
  const live = liveFigure(place, { now: () => time });
  await live.update(figureOf(2));
  time += 1000;
  await live.update(figureOf(5));
  assert.equal(place.shown.length, 2);
  assert.notEqual(place.shown[0], place.shown[1]);
});

test('ending without a state shows nothing', async () => {
  const place = notebook();
  await liveFigure(place).end();
  assert.deepEqual([place.shown, place.bundles], [[], []]);
});

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
