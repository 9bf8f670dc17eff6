/** Sharing partitions out to the members of a group. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assignorOf,
  isCooperative,
  protocolNames,
  type MemberWish,
} from '../../../../src/kafka/read/group/assignors.ts';
import type { TopicPartition } from '../../../../src/kafka/protocol/group-member.ts';
import { keyOf } from '../../../../src/kafka/protocol/group-member.ts';

const member = (
  memberId: string,
  topics: string[],
  owned: TopicPartition[] = [],
  generation = -1,
): MemberWish => ({
  memberId,
  topics,
  owned,
  generation,
});
const topic = (name: string, count: number) =>
  Array.from({ length: count }, (_, partition) => ({ topic: name, partition }));
const shown = (protocol: string, members: MemberWish[], partitions: TopicPartition[]) =>
  Object.fromEntries(
    [...assignorOf(protocol)(members, partitions)].map(([id, share]) => [id, share.map(keyOf).join(' ')]),
  );

for (const protocol of ['range', 'roundrobin', 'RoundRobinAssigner', 'cooperative-sticky']) {
  test(`${protocol}: every wanted partition goes to one member that wants it, shares differ by one at most`, () => {
    const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(members, fc.nat(30), fc.boolean(), (ids, count, backwards) => {
        const partitions = topic('t', count);
        const wishes = ids.map((id) => member(id, ['t', 'u']));
        const assign = assignorOf(protocol);
        const shares = assign(wishes, partitions);
        const sizes = [...shares.values()].map((share) => share.length);
        const all = [...shares.values()].flat().map(({ partition }) => partition);
        assert.deepEqual(
          all.sort((a, b) => a - b),
          partitions.map(({ partition }) => partition),
        );
        assert.equal(shares.size, ids.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        if (backwards)
          assert.deepEqual(new Map(assign(wishes.reverse(), partitions.reverse())), new Map(shares));
      }),
    );
  });

  test(`${protocol}: nobody gets a topic it did not ask for, and a topic nobody wants is left`, () => {
    const partitions = ['t', 'u', 'constructor', 'v'].flatMap((name) => topic(name, 1));
    const wishes = [member('a', ['t', 'constructor']), member('b', ['u'])];
    const shares = shown(protocol, wishes, partitions);
    assert.deepEqual(shares, { a: 'constructor/0 t/0', b: 'u/0' });
  });
}

test('range and roundrobin deal out as Kafka does, members with a lasting name first and in the order of the names', () => {
  const members = [
    member('m2', ['t', 'u']),
    { ...member('m9', ['t', 'u']), groupInstanceId: 'a' },
    member('m1', ['t']),
  ];
  const partitions = [...topic('t', 4), ...topic('u', 2)];
  assert.deepEqual(shown('range', members, partitions), { m9: 't/0 t/1 u/0', m1: 't/2', m2: 't/3 u/1' });
  assert.deepEqual(shown('roundrobin', members, partitions), { m9: 't/0 t/3 u/1', m1: 't/1', m2: 't/2 u/0' });
});

test('cooperative-sticky leaves partitions where they are; one that moves is given to nobody before it was let go of', () => {
  const partitions = topic('t', 6);
  const before = [member('a', ['t'], partitions.slice(0, 4), 3), member('b', ['t'], partitions.slice(4), 3)];
  const joins = shown('cooperative-sticky', [...before, member('c', ['t'])], partitions);
  assert.deepEqual(joins, { a: 't/0 t/1', b: 't/4 t/5', c: '' });
  const after = [member('a', ['t'], partitions.slice(0, 2), 4), before[1]!, member('c', ['t'], [], 4)];
  assert.deepEqual(shown('cooperative-sticky', after, partitions), {
    a: 't/0 t/1',
    b: 't/4 t/5',
    c: 't/2 t/3',
  });
});

test('cooperative-sticky: of two that claim a partition the later generation is right, of one generation nobody', () => {
  const [one] = topic('t', 1) as [TopicPartition];
  const stale = shown(
    'cooperative-sticky',
    [member('a', ['t'], [one], 2), member('b', ['t'], [one], 3)],
    [one],
  );
  assert.deepEqual(stale, { a: '', b: 't/0' });
  const both = assignorOf('cooperative-sticky')(
    [member('a', ['t'], [one], 3), member('b', ['t'], [one], 3)],
    [one],
  );
  assert.equal([...both.values()].flat().length, 1);
});

test('cooperative-sticky: whatever is claimed, rounds of letting go and joining again end with even shares and no overlap', () => {
  const claim = fc.record({
    count: fc.nat(12),
    members: fc.integer({ min: 1, max: 6 }),
    seed: fc.array(fc.nat(6), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(claim, ({ count, members, seed }) => {
      const partitions = topic('t', count);
      let owned = new Map<string, readonly TopicPartition[]>(
        Array.from({ length: members }, (_, at) => [
          `m${at}`,
          partitions.filter(({ partition }) => (seed[partition] ?? 99) === at),
        ]),
      );
      for (let round = 0; round < 3; round++) {
        const wishes = [...owned].map(([id, has]) => member(id, ['t'], [...has], round));
        const shares = assignorOf('cooperative-sticky')(wishes, partitions);
        for (const [id, share] of shares)
          for (const [other, has] of owned)
            if (other !== id)
              assert.ok(!share.some((name) => has.map(keyOf).includes(keyOf(name))), 'nobody had let go');
        owned = new Map(shares);
      }
      const sizes = [...owned.values()].map((share) => share.length);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        count,
      );
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('only a member that offers nothing else keeps reading while the group is rearranged, as with Java', () => {
  assert.ok(isCooperative(['cooperative-sticky']));
  assert.ok(!isCooperative(['range', 'cooperative-sticky']));
  assert.deepEqual(protocolNames(['range', 'roundrobin']), ['range', 'roundrobin', 'RoundRobinAssigner']);
});
