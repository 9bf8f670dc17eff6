/** States as JSON and bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { State } from '../../../src/model/index.ts';
import { CheckpointStateError } from '../../../src/training/index.ts';
import { packState, unpackState, type JsonState } from '../../../src/training/checkpoint/state-codec.ts';

const states = fc.letrec<{ state: State }>((tie) => ({
  state: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.float32Array(),
    fc.float64Array(),
    fc.int32Array(),
    fc.bigInt64Array(),
    fc.uint8Array(),
    fc.array(tie('state')),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$number', '$array', '$object', '__proto__', '$')),
      tie('state'),
      { noNullPrototype: true },
    ),
  ),
})).state;

test('any state comes back bit for bit: NaN, the infinities, -0, array types, names that look like marks', () => {
  fc.assert(
    fc.property(states, (state) => {
      const { json, bytes } = packState(state);
      const text = JSON.stringify(json);
      assert.deepStrictEqual(unpackState({ json: JSON.parse(text) as JsonState, bytes }), state);
    }),
    { numRuns: 500 },
  );
});

test('the arrays are copies: later learning changes neither the packed nor the unpacked state', () => {
  const weights = Float32Array.of(1, 2);
  const packed = packState({ weights });
  weights[0] = 9;
  const first = unpackState(packed) as { weights: Float32Array };
  first.weights[1] = 9;
  assert.deepEqual(unpackState(packed), { weights: Float32Array.of(1, 2) });
});

test('what cannot be kept is refused with its place, not dropped', () => {
  for (const [value, found] of [
    [undefined, 'undefined'],
    [() => 1, 'function'],
    [10n, 'bigint'],
    [new Map(), 'Map'],
    [new Date(), 'Date'],
    [new Float32Array(2).buffer, 'ArrayBuffer'],
    [new Uint16Array(2), 'Uint16Array'],
  ] as const) {
    const state = { slots: [1, value] } as unknown as State;
    assert.throws(
      () => packState(state, 'model'),
      (error) =>
        error instanceof CheckpointStateError &&
        error.path === 'model.slots[1]' &&
        error.message.includes(found),
      found,
    );
  }
});

test('JSON that does not fit its bytes is refused', () => {
  const bytes = new Uint8Array(8);
  for (const json of [
    { $array: ['Float32Array', 0, 3] },
    { $array: ['Float32Array', -8, 1] },
    { $array: ['Function', 0, 1] },
    { $date: 'now' },
  ] as JsonState[])
    assert.throws(() => unpackState({ json, bytes }), RangeError, JSON.stringify(json));
});
