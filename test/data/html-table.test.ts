/** Frames as HTML tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../src/data/frame.ts';
import { htmlTable } from '../../src/data/explore.ts';

test('shows columns, index and cells in their places', () => {
  const html = htmlTable(frameOf([[5, NaN]], ['Clump_Thickness', 'Bare'], ['row-7']));
  assert.equal(
    html,
    '<table style="font-size: 0.85em"><thead><tr><th></th><th scope="col">Clump_<wbr>Thickness</th><th scope="col">Bare</th></tr></thead>' +
      '<tbody><tr><th scope="row">row-7</th><td>5</td><td>NaN</td></tr></tbody></table>',
  );
});

test('a text from the file cannot become markup', () => {
  const html = htmlTable(frameOf([['<script>alert(1)</script>']], ['"a"&b']));
  assert.ok(!html.includes('<script>'), html);
  assert.ok(html.includes('&lt;script&gt;') && html.includes('&quot;a&quot;&amp;b'), html);
});

test('a long frame is cut, and the table says so', () => {
  const frame = frameOf(
    [1, 2, 3].map((value) => [value]),
    ['a'],
  );
  const html = htmlTable(frame, { rows: 2 });
  assert.equal(html.match(/<td>/g)?.length, 2);
  assert.ok(html.endsWith('<p>2 of 3 rows</p>'), html);
});
