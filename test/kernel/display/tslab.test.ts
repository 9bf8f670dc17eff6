/** `import * as tslab from 'tslab'` in our kernel, beside stock tslab. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type * as Stock from 'tslab';
import * as ours from '../../../src/kernel/display/tslab.ts';
import { withBridge } from './bridge.ts';

const require = createRequire(import.meta.url);
const stock = require('tslab') as typeof Stock;
const jupyter = require('tslab/dist/jupyter') as { lastWriteDisplayData: unknown };

/** One program that uses the whole API of stock tslab. */
function everything(tslab: Pick<typeof stock, 'display' | 'newDisplay'>): void {
  const bytes = new Uint8Array([0, 1, 254, 255]).subarray(1);
  for (const display of [tslab.display, tslab.newDisplay()]) {
    display.javascript('1');
    display.html('<b>2</b>');
    display.markdown('# 3');
    display.latex('$4$');
    display.svg('<svg/>');
    display.png(bytes);
    display.jpeg(Buffer.from(bytes));
    display.gif(bytes);
    display.pdf(bytes);
    display.text('5');
    display.raw('text/x-own', '6');
    display.raw('application/x-own', bytes);
    display.raw('application/json', { a: [1] } as unknown as string);
  }
}

interface Sent {
  data: unknown;
  id: string | undefined;
  update: boolean;
}

function sentByStock(): Sent[] {
  const sent: Sent[] = [];
  jupyter.lastWriteDisplayData = (
    { data, transient }: { data: unknown; transient: { display_id?: string } },
    update?: boolean,
  ) => sent.push({ data, id: transient.display_id, update: Boolean(update) });
  everything(stock);
  jupyter.lastWriteDisplayData = null;
  return sent;
}

/** Random ids, told apart but not compared. */
function named(sent: readonly Sent[]) {
  const ids = [...new Set(sent.map(({ id }) => id))];
  return sent.map(({ id, ...rest }) => ({ ...rest, id: ids.indexOf(id) }));
}

describe("import * as tslab from 'tslab'", () => {
  it('has every export of stock tslab and every method of its display', () => {
    for (const name of Object.keys(stock))
      assert.equal(typeof ours[name as 'display'] === 'undefined', false, name);
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(stock.display) as object);
    for (const name of methods.filter((name) => name !== 'constructor')) {
      assert.equal(typeof ours.display[name as 'html'], 'function', name);
      assert.equal(typeof ours.newDisplay()[name as 'html'], 'function', name);
    }
  });

  it('sends what stock tslab sends, newDisplay overwriting its one output', () =>
    withBridge(({ shown }) => {
      everything(ours);
      const sent = shown.map(({ data, id, update = false }) => ({ data, id, update }));
      assert.deepEqual(named(sent), named(sentByStock()));
    }));

  it('prints the versions stock tslab prints', () =>
    withBridge((recorded) => {
      assert.deepEqual(Object.keys(ours.versions), Object.keys(stock.versions));
      assert.equal(ours.versions.tslab, stock.versions.tslab);
      assert.equal(ours.versions.node, process.version);
      assert.equal(ours.versions.typescript, recorded.bridge.versions().typescript);
    }));

  it('is not ready outside of a kernel, as stock tslab is not', () => {
    assert.throws(() => stock.display.text('1'), /Not ready/);
    assert.throws(() => ours.display.text('1'), { code: 'ST_KERNEL_NOT_RUNNING', message: /^Not ready/ });
  });

  it('sends several forms at once, under an id, and replaces and clears them', () =>
    withBridge(({ shown, cleared }) => {
      ours.display.bundle({ 'text/plain': 'a', 'image/png': new Uint8Array([1]) });
      ours.display.bundle({ 'text/plain': 'b' }, { id: 'x', metadata: { isolated: true } });
      ours.display.update('x', new Map());
      const single = ours.newDisplay();
      single.clear();
      single.text('c');
      single.bundle({ 'text/plain': 'd' });
      single.clear();
      ours.display.clear();
      ours.display.clear({ wait: true });
      const [a, b, c, ...rest] = shown;
      assert.deepEqual(a, { data: { 'text/plain': 'a', 'image/png': 'AQ==' } });
      assert.deepEqual(b, { data: { 'text/plain': 'b' }, id: 'x', metadata: { isolated: true } });
      assert.deepEqual(c, { data: { 'text/plain': 'Map(0) {}' }, id: 'x', update: true });
      assert.deepEqual(
        rest.map(({ data, update }) => [data['text/plain'], update]),
        [['c', false], ['d', true], ['', true]], // prettier-ignore
      );
      assert.equal(new Set(rest.map(({ id }) => id)).size, 1);
      assert.deepEqual(cleared, [false, true]);
    }));

  it('sends text that comes as lines or as bytes', () =>
    withBridge(({ shown }) => {
      ours.display.bundle({ 'text/plain': ['a\n', 'b'], 'text/html; charset=utf-8': Buffer.from('é') });
      assert.deepEqual(shown, [{ data: { 'text/plain': 'a\nb', 'text/html; charset=utf-8': 'é' } }]);
    }));

  it('refuses content that cannot be sent, and says which', () =>
    withBridge(({ shown }) => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      const refused = { code: 'ST_KERNEL_DISPLAY_CONTENT', message: /"application\/json" .*circular/ };
      assert.throws(() => ours.display.raw('application/json', circle), refused);
      assert.throws(() => ours.display.raw('text/plain', undefined), /its content is undefined/);
      assert.throws(
        () => ours.display.bundle({ html: '<b>1</b>' }),
        /"html" cannot be sent: that is no MIME type/,
      );
      assert.throws(
        () => ours.display.bundle({ 'text/html': { a: 1 } }),
        /an object, which only types of JSON/,
      );
      assert.deepEqual(shown, []);
    }));
});
