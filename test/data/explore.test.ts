/** What one looks at first: correlations agree with Python's statistics.correlation, tables show every cell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../src/data/frame.ts';
import * as data from '../../src/data/index.ts';

test('the table’s correlations are those of Python', async () => {
  const frame = await data.readBreastCancer();
  const columns = ['Uniformity_of_Cell_Size', 'Uniformity_of_Cell_Shape', 'Bare_Nuclei', 'Class'];
  const matrix = data.correlations(frame, columns).map((row) => row.map((value) => Number(value.toFixed(4))));
  // statistics.correlation over the rows in which both are there
  assert.equal(matrix[0]![1], 0.9069);
  assert.equal(matrix[2]![3], 0.8227);
  assert.deepEqual(
    matrix.map((row, i) => row[i]),
    [1, 1, 1, 1],
  );
  assert.equal(matrix[1]![0], matrix[0]![1]);
});

test('a constant column correlates with nothing, and a missing column is refused', async () => {
  const frame = await data.readBreastCancer();
  const constant = frame.query(frame.column('Mitoses').eq(1));
  assert.ok(Number.isNaN(data.correlations(constant, ['Mitoses', 'Class'])[0]![1]!));
  assert.throws(() => data.correlations(constant, ['Size']), { code: 'ST_DATA_UNKNOWN_COLUMN' });
});

test('a table shows columns, index and cells in their places', () => {
  const html = data.htmlTable(frameOf([[5, NaN]], ['Clump_Thickness', 'Bare'], ['row-7']));
  assert.equal(
    html,
    '<table style="font-size: 0.85em"><thead><tr><th></th><th scope="col">Clump_<wbr>Thickness</th><th scope="col">Bare</th></tr></thead>' +
      '<tbody><tr><th scope="row">row-7</th><td>5</td><td>NaN</td></tr></tbody></table>',
  );
});

test('a text from the file cannot become markup', () => {
  const html = data.htmlTable(frameOf([['<script>alert(1)</script>']], ['"a"&b']));
  assert.ok(!html.includes('<script>'), html);
  assert.ok(html.includes('&lt;script&gt;') && html.includes('&quot;a&quot;&amp;b'), html);
});

test('a long frame is cut, and the table says so', () => {
  const frame = frameOf(
    [1, 2, 3].map((value) => [value]),
    ['a'],
  );
  const html = data.htmlTable(frame, { rows: 2 });
  assert.equal(html.match(/<td>/g)?.length, 2);
  assert.ok(html.endsWith('<p>2 of 3 rows</p>'), html);
});
