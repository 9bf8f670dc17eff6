/** A live figure is drawn a few times a second, whatever it is fed, and ends as the last state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveFigure, PLOTLY_MIME, trainingHistoryFigure } from '../../src/plots/index.ts';
import type { Json } from '../../src/plots/index.ts';

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
