/** Figures drawn without a browser, and shown under a cell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PLOTLY_MIME,
  confusionMatrixFigure,
  figureBundle,
  renderPng,
  renderSvg,
} from '../../src/plots/index.ts';
import { showFigure, trainingHistoryFigure } from '../../src/plots/index.ts';
import type { FigureDisplay, Json } from '../../src/plots/index.ts';

const history = trainingHistoryFigure({ loss: [0.61, 0.32, 0.2], accuracy: [0.7, 0.91, 0.955] });
const confusion = confusionMatrixFigure(
  [
    [178, 5],
    [3, 94],
  ],
  { classes: ['benign', 'malignant'] },
);

test('the SVG carries titles with units, tick labels, both curves and the alt text', async () => {
  const svg = await renderSvg(history);
  for (const text of ['Training, epoch by epoch', 'loss (nats a row)', 'accuracy (%)', '>epoch<']) {
    assert.ok(svg.includes(text), text);
  }
  assert.match(svg, /<title>Over 3 epochs the loss goes from 0.610 to 0.200/);
  assert.equal(svg.match(/class="js-line"/g)?.length, 4, 'two curves, each in the legend too');
  assert.match(svg, />0\.2</, 'the loss axis has numbers');
});

test('the confusion matrix shows its counts and class names, and drawing twice gives the same', async () => {
  const [once, again] = await Promise.all([renderSvg(confusion), renderSvg(confusion)]);
  for (const text of ['178', '94', 'benign', 'malignant']) assert.ok(once.includes(`>${text}<`), text);
  assert.ok(
    once.replace(/(defs-|topdefs-|clip)\w{6}/g, '$1') === again.replace(/(defs-|topdefs-|clip)\w{6}/g, '$1'),
  );
});

test('the PNG is one, in twice the layout’s size', async () => {
  const png = Buffer.from(await renderPng(history));
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1280, 800]);
});

test('a figure that plotly refuses is an error, and the next one is drawn all the same', async () => {
  const needsCanvas = {
    ...history,
    data: [
      {
        type: 'heatmap',
        z: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  };
  await assert.rejects(renderSvg(needsCanvas), { code: 'ST_PLOTS_RENDER' });
  assert.match(await renderSvg(history), /^<svg/);
});

test('a kernel that sends bundles gets every form at once; tslab gets the one that was asked for', async () => {
  const sent: [string, unknown][] = [];
  const tslab: FigureDisplay = { raw: (mime, content) => void sent.push([mime, content]) };
  await showFigure(tslab, history);
  await showFigure(tslab, history, { as: 'static' });
  assert.deepEqual(sent[0], [PLOTLY_MIME, { data: history.data, layout: history.layout }]);
  assert.equal(sent[1]?.[0], 'image/svg+xml');
  assert.match(String(sent[1]?.[1]), /^<svg/);

  let bundle: Readonly<Record<string, Json>> = {};
  await showFigure({ ...tslab, bundle: (data) => void (bundle = data) }, history);
  assert.deepEqual(Object.keys(bundle), Object.keys(await figureBundle(history)));
  assert.deepEqual(Object.keys(bundle), [PLOTLY_MIME, 'image/svg+xml', 'text/plain']);
});

test('a figure with a picture that lies elsewhere is refused at once, one with the picture in it is drawn', async () => {
  const withPicture = (source: string) => ({
    ...history,
    layout: { ...history.layout, images: [{ source, x: 0, y: 1, sizex: 1, sizey: 1 }] },
  });
  for (const source of ['https://example.com/logo.png', 'http://localhost/logo.png', 'logo.png', '//a/b.png'])
    await assert.rejects(renderSvg(withPicture(source)), { code: 'ST_PLOTS_SOURCE', source });
  await assert.rejects(renderSvg({ ...history, data: [{ type: 'image', source: 'https://a/b.png' }] }), {
    code: 'ST_PLOTS_SOURCE',
  });
  const pixel = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
  assert.ok((await renderSvg(withPicture(pixel))).includes(pixel));
});

test('a figure that hangs is given up with a code, and holds up no other', async () => {
  await renderSvg(history);
  // The source of a template's pictures is one that plotly waits for without end.
  const template = { layout: { imagedefaults: { source: 'https://example.com/logo.png' } } };
  const images = [{ x: 0, y: 1, sizex: 1, sizey: 1 }];
  const hangs = { ...history, layout: { ...history.layout, images, template } };
  let given = false;
  const first = renderSvg(hangs, { timeoutMs: 5000 }).finally(() => (given = true));
  const refused = assert.rejects(first, { code: 'ST_PLOTS_TIMEOUT', timeoutMs: 5000 });
  assert.match(await renderSvg(confusion), />malignant</);
  assert.match(await renderSvg(history), /^<svg/);
  assert.equal(given, false, 'the others were drawn while it hung');
  await refused;
});

test('traces that would come out empty without a browser are refused, and so are types that there are not', async () => {
  for (const [type, why] of [
    ['scattergl', /WebGL/],
    ['surface', /WebGL/],
    ['parcoords', /WebGL/],
    ['scattergeo', /maps/],
    ['choroplethmapbox', /maps/],
    ['histogram2d', /canvas/],
    ['scater', /not known/],
  ] as const) {
    const figure = { ...history, data: [{ type, x: [1], y: [1] }] };
    await assert.rejects(renderSvg(figure), { code: 'ST_PLOTS_RENDER', message: why });
  }
});

test('options of a picture that cannot be are refused', async () => {
  await assert.rejects(renderPng(history, { scale: 0 }), { code: 'ST_OPTION_INVALID' });
  await assert.rejects(renderPng(history, { size: 2 } as object), { code: 'ST_OPTION_UNKNOWN' });
  await assert.rejects(renderSvg(history, { timeout: 2 } as object), { code: 'ST_OPTION_UNKNOWN' });
});
