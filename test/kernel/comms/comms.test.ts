/** Comms as code in cells has them, with their messages looked at before they leave the process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Comms } from '../../../src/kernel/comms/comms.ts';
import type { CommEvent } from '../../../src/kernel/comms/message.ts';

function recordedComms() {
  const sent: CommEvent[] = [];
  const failures: unknown[] = [];
  const comms = new Comms({
    send: (event) => void sent.push(event),
    failed: (error) => void failures.push(error),
    setTimeout: (work, ms) => setTimeout(work, ms).unref(),
  });
  return { comms, sent, failures };
}

describe('comms', () => {
  it('refuse data that JSON would drop or replace, and send nothing of them', () => {
    const { comms, sent } = recordedComms();
    const itself: Record<string, unknown> = {};
    itself['itself'] = itself;
    for (const data of [{ x: NaN }, { deep: [{ y: -Infinity }] }, { n: 1n }, itself]) {
      assert.throws(() => comms.open('figure', data), { code: 'ST_KERNEL_COMM_CONTENT' });
      assert.deepEqual(sent, []);
    }
    const comm = comms.open('figure', { x: 1 }, { buffers: [Uint8Array.of(1, 2)] });
    assert.equal(sent.length, 1);
    assert.throws(() => comm.send({ x: NaN }), { code: 'ST_KERNEL_COMM_CONTENT', message: /x is NaN/ });
    assert.throws(() => comm.close({ x: Infinity }), { code: 'ST_KERNEL_COMM_CONTENT' });
    assert.ok(comm.isOpen, 'the front end was not told that it is closed');
    comm.close({ why: 'done' });
    assert.deepEqual(sent[1], { action: 'close', id: comm.id, data: { why: 'done' } });
    assert.throws(() => comm.send({}), { code: 'ST_KERNEL_COMM_CLOSED', target: 'figure' });
    comm.close();
    assert.equal(sent.length, 2, 'closed once');
  });

  it('have one handler a target until it is taken back', async () => {
    const { comms, sent, failures } = recordedComms();
    const opened: unknown[] = [];
    const takeBack = comms.register('figure', (comm, { data }) => {
      opened.push(data);
      comm.send({ got: data });
      comm.onMessage(() => {
        throw new Error('mine');
      });
    });
    assert.throws(() => comms.register('figure', () => undefined), {
      code: 'ST_KERNEL_COMM_TARGET_TAKEN',
      target: 'figure',
    });
    const open = { action: 'open', target: 'figure', data: { a: 1 }, buffers: [] } as const;
    comms.received({ ...open, id: '1', message: 1 });
    comms.received({ ...open, action: 'message', id: '1', message: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(opened, [{ a: 1 }]);
    assert.match(String(failures), /mine/);
    assert.deepEqual(
      sent.map(({ action }) => action),
      ['register', 'message', 'handled', 'handled'],
    );
    takeBack();
    takeBack();
    assert.deepEqual(sent.slice(4), [{ action: 'unregister', target: 'figure' }]);
    comms.received({ ...open, id: '2', message: 3 });
    assert.equal(opened.length, 1);
    assert.deepEqual(sent[5], { action: 'close', id: '2', data: {} });
    comms.register('figure', () => undefined)();
  });
});
