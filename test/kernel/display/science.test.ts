/** Dataframes, tensors, models and figures as results: real danfojs and TensorFlow, which the kernel never imports. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { danfo } from '../../../src/data/danfo.ts';
import { formatResult, formatValue } from '../../../src/kernel/display/format.ts';
import { plotlyMime, rendererKey } from '../../../src/kernel/display/pictures.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

const tf = tensorflow();
const data = (value: unknown) => formatValue(value)?.data ?? {};
const text = (value: unknown) => String(data(value)['text/plain']);
const html = (value: unknown) => String(data(value)['text/html']);

describe('danfojs', () => {
  const { DataFrame, Series } = danfo();

  it('a DataFrame is a table with its shape, its texts escaped, its floats short', () => {
    const frame = new DataFrame([[1.23456789, '<b>&"'], [null, 'x']], { columns: ['<n>', 's'] }); // prettier-ignore
    assert.match(html(frame), /<th scope="col">&lt;n&gt;<\/th>/);
    assert.match(html(frame), /<td>1\.23457<\/td><td>&lt;b&gt;&amp;&quot;<\/td>/);
    assert.match(html(frame), /<p>DataFrame, 2 rows × 2 columns<\/p>/);
    assert.doesNotMatch(html(frame), /<b>|<n>/);
    assert.deepEqual(text(frame).split('\n'), [
      '       <n>      s',
      '0  1.23457  <b>&"',
      '1               x',
      'DataFrame, 2 rows × 2 columns',
    ]);
  });

  it('a large DataFrame shows its first and last rows and columns and says how many there are', () => {
    const rows = Array.from({ length: 500 }, (_, r) => Array.from({ length: 50 }, (_, c) => r * 100 + c));
    const frame = new DataFrame(rows);
    assert.match(text(frame), /500 rows × 50 columns/);
    assert.equal(html(frame).match(/<tr>/g)?.length, 1 + 20 + 1, 'heading, 20 rows, the gap');
    assert.match(html(frame), /<th scope="row">499<\/th>/);
    assert.match(html(frame), /<td>49949<\/td>/);
    assert.match(html(frame), /<th scope="col">…<\/th>/);
    assert.equal(String(formatValue(frame, { rows: 4 })?.data['text/html']).match(/<tr>/g)?.length, 6);
  });

  it('a Series shows its index and values; an empty frame its shape', () => {
    const series = new Series([1, 2, 3], { index: ['a', 'b', 'c'] });
    assert.match(text(series), /^ {3}0\na {2}1\nb {2}2\nc {2}3\nSeries, 3 rows, int32$/);
    assert.match(text(new DataFrame([])), /DataFrame, 0 rows × 0 columns/);
  });
});

describe('TensorFlow', () => {
  it('a tensor shows dtype, shape and values, and is left as it was', () => {
    const before = tf.memory().numTensors;
    const tensor = tf.tensor2d([[1, 2.5], [3, 4]]); // prettier-ignore
    assert.equal(text(tensor), 'Tensor float32, shape [2, 2]\n[[1, 2.5],\n [3, 4]]');
    assert.match(html(tensor), /<td>2\.5<\/td>/);
    assert.equal(tensor.isDisposed, false);
    assert.equal(tf.memory().numTensors, before + 1);
    tensor.dispose();
    assert.equal(text(tensor), 'Tensor float32, shape [2, 2]\ndisposed: it has no values any more');
  });

  const cases: [tensor: () => unknown, expected: string | RegExp][] = [
    [() => tf.scalar(2, 'int32'), 'Tensor int32, shape []\n2'],
    [() => tf.tensor([true, false]), 'Tensor bool, shape [2]\n[true, false]'],
    [() => tf.tensor(['a', '<b>']), 'Tensor string, shape [2]\n["a", "<b>"]'],
    [() => tf.complex([1], [2]), 'Tensor complex64, shape [1]\n[1 + 2j]'],
    [() => tf.zeros([0, 3]), 'Tensor float32, shape [0, 3]\n[]'],
    [() => tf.variable(tf.zeros([2]), true, 'w'), 'Variable w, float32, shape [2]\n[0, 0]'],
    [() => tf.range(0, 100), /shape \[100\]\n\[0, 1, .*, 8, …, 91, .*99\]$/],
    [() => tf.zeros([40, 40, 40, 40]), /^Tensor float32, shape \[40, 40, 40, 40\]\n/],
    [() => tf.zeros([4000, 4000]), /16000000 values, too many to show/],
  ];
  for (const [make, expected] of cases) {
    it(`${String(expected).replace(/\s+/g, ' ').slice(0, 40)} is readable and bounded`, () => {
      tf.engine().startScope();
      const shown = text(make());
      tf.engine().endScope();
      if (typeof expected === 'string') assert.equal(shown, expected);
      else assert.match(shown, expected);
      assert.ok(shown.length < 20_000);
    });
  }

  it('a model shows its summary', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    assert.match(text(model), /Total params: 8/);
    model.dispose();
  });
});

describe('plotly figures', () => {
  const figure = {
    data: [{ type: 'bar', x: ['a', 'b'], y: new Float32Array([1, NaN]) }],
    layout: { title: { text: 'Rows' } },
  };

  it('are interactive and in words, typed arrays as lists', () => {
    assert.deepEqual(data(figure), {
      [plotlyMime]: {
        data: [{ type: 'bar', x: ['a', 'b'], y: [1, null] }],
        layout: { title: { text: 'Rows' } },
      },
      'text/plain': 'Figure "Rows": 1 traces (bar)',
    });
    assert.equal(text({ ...figure, alt: 'Two bars.' }), 'Two bars.');
  });

  it('get their static twin from the renderer that is loaded, and live without it when it fails', async (t) => {
    const globals = globalThis as Record<symbol, unknown>;
    const before = globals[rendererKey];
    t.after(() => void (globals[rendererKey] = before));
    globals[rendererKey] = async () => ({ 'image/svg+xml': '<svg/>', 'text/plain': 'ignored' });
    const drawn = await formatResult(figure);
    assert.deepEqual(Object.keys(drawn?.data ?? {}), [plotlyMime, 'text/plain', 'image/svg+xml']);
    assert.equal(drawn?.data['text/plain'], 'Figure "Rows": 1 traces (bar)');
    globals[rendererKey] = async () => {
      throw new Error('no canvas');
    };
    assert.deepEqual(await formatResult(figure), formatValue(figure));
  });

  it('too large for the notebook are sent as picture and words only', () => {
    const large = formatValue(figure, { figureBytes: 10 });
    assert.deepEqual(Object.keys(large?.data ?? {}), ['text/plain']);
    assert.match(String(large?.data['text/plain']), /too large to be interactive/);
  });

  it('with a circle in them are shown as the objects they are', () => {
    const circle: Record<string, unknown> = { type: 'bar' };
    circle['self'] = circle;
    assert.match(text({ data: [circle], layout: {} }), /Circular/);
  });
});
