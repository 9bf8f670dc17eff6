/** The debugger's port leaves the main thread alone while an interrupt speaks with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DebugPort } from '../../../src/kernel/runner/debug-port.ts';
import { newShared } from '../../../src/kernel/runner/shared-pipe.ts';

test('what the debugger asks first while an interrupt breaks in is asked when that has ended', () => {
  const sent: object[] = [];
  const port = new DebugPort(
    newShared(),
    (event) => sent.push(event),
    () => false,
    () => undefined,
  );
  let isQuiet = false;
  port.hold(() => (isQuiet = true));
  assert.ok(isQuiet, 'no session of its own to wait for');
  // A session that began would say at once that this is the main thread, where none can be.
  port.ask({ type: 'inspector', id: 1, method: 'Runtime.evaluate', params: { expression: '1' } });
  port.ask({ type: 'inspector', id: 2, method: 'disconnect', params: {} });
  assert.deepEqual(sent, []);
  port.letGo();
  const [first, second, ...more] = sent as { id: number; error?: string; result?: object }[];
  assert.equal(first?.id, 1);
  assert.match(first.error ?? '', /worker/i);
  assert.deepEqual(second, { type: 'inspector', id: 2, result: {} });
  assert.deepEqual(more, []);
});
