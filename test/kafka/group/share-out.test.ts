/** Sharing partitions out to the members of a group. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOut } from '../../../src/kafka/group/share-out.ts';

test('every wanted partition goes to exactly one member that wants it, shares differ by one at most', () => {
  const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(members, fc.nat(30), (ids, count) => {
      const partitions = Array.from({ length: count }, (_, partition) => ({ topic: 't', partition }));
      const shares = shareOut(
        ids.map((memberId) => ({ memberId, topics: ['t'] })),
        partitions,
      );
      const sizes = [...shares.values()].map((share) => share['t']?.length ?? 0);
      const all = [...shares.values()].flatMap((share) => share['t'] ?? []).sort((a, b) => a - b);
      assert.deepEqual(
        all,
        partitions.map(({ partition }) => partition),
      );
      assert.equal(shares.size, ids.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('the order in which members and partitions come does not matter', () => {
  const members = ['c', 'a', 'b'].map((memberId) => ({ memberId, topics: ['t', 'u'] }));
  const partitions = [3, 1, 0, 2].flatMap((partition) => [
    { topic: 'u', partition },
    { topic: 't', partition },
  ]);
  assert.deepEqual(
    shareOut(members, partitions),
    shareOut([...members].reverse(), [...partitions].reverse()),
  );
});

test('nobody gets a topic he did not ask for, and a topic nobody wants is left', () => {
  const members = [
    { memberId: 'a', topics: ['t'] },
    { memberId: 'b', topics: ['u'] },
  ];
  const shares = shareOut(
    members,
    ['t', 'u', 'v'].map((topic) => ({ topic, partition: 0 })),
  );
  assert.deepEqual(Object.fromEntries(shares), { a: { t: [0] }, b: { u: [0] } });
});
