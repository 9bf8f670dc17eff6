/** What inspection says of live values, and that it runs nothing of the user's for it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { displayMethod, registerDisplay } from '../../../src/kernel/display/registry.ts';
import { preview, propertiesOf } from '../../../src/kernel/runner/live.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

/** Makes a value global for the length of one test, as if a cell had assigned it. */
function known(t: TestContext, name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true });
  t.after(() => delete (globalThis as Record<string, unknown>)[name]);
}

test('a preview says what a value is, tensors with their shape', (t) => {
  known(t, 'point', { x: 1, inner: { y: [1, 2] } });
  assert.equal(preview('point'), '{ x: 1, inner: { y: [Array] } }');
  assert.equal(preview('point.inner.y'), '[ 1, 2 ]');
  assert.equal(preview('missing'), undefined);
  assert.deepEqual(propertiesOf('point'), ['x', 'inner']);
  assert.ok(propertiesOf('process.env').includes('PATH'));
  const tf = tensorflow();
  tf.tidy(() => {
    known(t, 'matrix', tf.ones([2, 2]));
    assert.match(preview('matrix') ?? '', /float32, shape \[2, 2\]/);
  });
});

test('a preview runs no method, getter or display of the user', (t) => {
  const ran: string[] = [];
  const run = (name: string) => () => ran.push(name);
  class Shown {
    readonly size = 3;
  }
  t.after(
    registerDisplay(
      (value) => Boolean(ran.push('predicate')) && value instanceof Shown,
      () => String(ran.push('registered')),
    ),
  );
  known(t, 'canvas', {
    width: 5,
    getContext: run('getContext'),
    toDataURL: run('toDataURL'),
    toBuffer: run('toBuffer'),
    toSpec: run('toSpec'),
    toString: run('toString'),
    toJSON: run('toJSON'),
    [displayMethod]: run('Jupyter.display'),
    [inspect.custom]: run('inspect.custom'),
    get outerHTML() {
      ran.push('outerHTML');
      return '<b>1</b>';
    },
  });
  known(t, 'shown', new Shown());
  assert.match(preview('canvas') ?? '', /width: 5/);
  assert.equal(preview('canvas.outerHTML'), undefined);
  assert.equal(preview('shown'), 'Shown { size: 3 }');
  assert.deepEqual(ran, []);
});
