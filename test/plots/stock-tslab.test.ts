/** Figures in all their forms on stock tslab; the notebooks' own tests show that it works in the real kernel. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { Json } from '../../src/plots/index.ts';
import { stockTslabBundle } from '../../src/plots/stock-tslab.ts';

const require = createRequire(import.meta.url);

/** tslab as its kernel has it in memory, with `send` as the running cell's sender. */
function tslabInMemory(send: ((message: { data: Json }) => void) | null) {
  const display = {};
  const modules = {
    '/p/node_modules/tslab/dist/public.js': { exports: { display } },
    '/p/node_modules/tslab/dist/jupyter.js': { exports: { lastWriteDisplayData: send } },
  };
  return { display, modules };
}

test("a bundle goes out through the running cell's sender in one message", () => {
  const sent: Json[] = [];
  const { display, modules } = tslabInMemory(({ data }) => sent.push(data));
  stockTslabBundle(display, modules)?.({ 'text/plain': 'a', 'image/svg+xml': '<svg/>' });
  assert.deepEqual(sent, [{ 'text/plain': 'a', 'image/svg+xml': '<svg/>' }]);
});

test("someone else's display is left alone", () => {
  const { modules } = tslabInMemory(() => assert.fail('sent'));
  assert.equal(stockTslabBundle({}, modules), undefined);
});

test('outside of a kernel, or before its first cell, there is nothing to send with', () => {
  const { display, modules } = tslabInMemory(null);
  assert.equal(stockTslabBundle(display, modules), undefined);
  assert.equal(stockTslabBundle(display, {}), undefined);
  assert.equal(stockTslabBundle({}), undefined);
});

test('the installed tslab still keeps its sender where we look for it', () => {
  const tslab = require('tslab') as { display: unknown };
  const jupyter = require('tslab/dist/jupyter') as { lastWriteDisplayData: unknown };
  const before = jupyter.lastWriteDisplayData;
  assert.equal(before, null);
  const sent: Json[] = [];
  jupyter.lastWriteDisplayData = ({ data }: { data: Json }) => sent.push(data);
  try {
    stockTslabBundle(tslab.display)?.({ 'text/plain': 'a' });
    assert.deepEqual(sent, [{ 'text/plain': 'a' }]);
  } finally {
    jupyter.lastWriteDisplayData = before;
  }
});
