/** Whole numbers that `JSON.parse` rounds are found, and nothing else is taken for one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  firstInexact,
  namedTwice,
  repeatedName,
  isInexact,
  mayBeInexact,
  parsedWithInexactAsText,
} from '../src/exact-json.ts';

describe('whole numbers in JSON', () => {
  test('the first that no number holds is found, as it was written', () => {
    assert.equal(firstInexact('{"id":9007199254740993}'), '9007199254740993');
    assert.equal(firstInexact('[1, -12345678901234567891]'), '-12345678901234567891');
    assert.equal(firstInexact('9007199254740993'), '9007199254740993');
    assert.equal(firstInexact('{"a":[[9007199254740992,\n9223372036854775807]]}'), '9223372036854775807');
  });

  test('what is exact, a float, or in a text, is none', () => {
    for (const json of [
      '{"id":9007199254740992,"to":9223372036854775808}',
      '[0.1234567890123456789, 9007199254740993.5, 9007199254740993e0, 1e400]',
      '{"9007199254740993":"9007199254740993","a\\"b":"\\\\\\",9007199254740993"}',
      `[${'9'.repeat(400)}]`, // beyond all numbers: infinite, which others refuse
      '[]',
    ])
      assert.equal(firstInexact(json), undefined, json);
  });

  test('whatever the number, it is found if and only if a number is another one', () => {
    let inexact = 0;
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (whole) => {
        const other = BigInt(Number(whole)) !== whole && String(Number(whole)) !== String(whole);
        assert.equal(isInexact(String(whole)), other, String(whole));
        assert.equal(firstInexact(`{"a":[1,${whole}]}`), other ? String(whole) : undefined);
        if (other) {
          inexact++;
          assert.ok(mayBeInexact(Number(whole)));
        }
      }),
      { numRuns: 2_000, seed: 1 },
    );
    assert.ok(inexact > 100);
  });

  test('what JavaScript writes for a float is one, however large', () => {
    assert.equal(firstInexact(JSON.stringify({ a: [Math.PI * 1e17, -Math.PI * 1e20, 2 ** 60] })), undefined);
    assert.equal(firstInexact('[314159265358979300, 314159265358979301]'), '314159265358979301');
    let long = 0;
    fc.assert(
      fc.property(fc.double({ min: -2e21, max: 2e21, noNaN: true }), (value) => {
        if (mayBeInexact(value) && Math.abs(value) < 1e21) long++;
        assert.deepEqual([isInexact(String(value)), isInexact(`+${value}`)], [false, false]);
        assert.equal(firstInexact(JSON.stringify([value])), undefined);
        assert.deepEqual(parsedWithInexactAsText(JSON.stringify([value])), [value === 0 ? 0 : value]);
      }),
      { numRuns: 5_000, seed: 1 },
    );
    assert.ok(long > 20, `only ${long} of them are written with more than 16 digits`);
  });

  test('a whole number that is read prints its own digits, or is its digits: no other way to lose one', () => {
    const zeros = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.nat(4))
      .map(([a, n]) => a * 10n ** BigInt(n));
    const whole = fc.oneof(zeros, fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }));
    let [printed, exact] = [0, 0];
    fc.assert(
      fc.property(whole, (number) => {
        const text = String(number);
        if (isInexact(text)) return;
        const value = Number(text);
        const isPrinted = String(value) === text;
        assert.ok(isPrinted || BigInt(value) === number, text);
        if (mayBeInexact(value) && isPrinted) printed++;
        else if (mayBeInexact(value)) exact++;
      }),
      { numRuns: 5_000, seed: 1 },
    );
    assert.ok(printed > 100, `${printed} printed, ${exact} exact`);
    // Both are the float 1234567890123456768: the first as JavaScript writes it, the second by its digits.
    for (const text of ['1234567890123456800', '1234567890123456768']) assert.ok(!isInexact(text));
    for (const text of [
      '1234567890123456769',
      '1234567890123456789',
      '12345678901234567890',
      '1234567890123456700',
    ])
      assert.ok(isInexact(text), text);
  });

  test('any JSON is the same with their texts in their places, and without them as it was', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (json) => {
        if (firstInexact(json) === undefined)
          assert.deepEqual(parsedWithInexactAsText(json), JSON.parse(json));
      }),
      { numRuns: 1_000, seed: 1 },
    );
    assert.deepEqual(parsedWithInexactAsText('{"a":9007199254740993,"b":[5,"x",1.5]}'), {
      a: '9007199254740993',
      b: [5, 'x', 1.5],
    });
  });

  test('a text of megabytes, escapes included, is searched without overflowing', () => {
    const long = JSON.stringify(`\\"${'a\\"1234567890123456789'.repeat(200_000)}`);
    assert.equal(firstInexact(`[1234567890123456, ${long}, 9007199254740993]`), '9007199254740993');
  });

  test('millions of escapes, or of plain characters, in a text are passed over, and what follows is found', () => {
    const many = 5_000_000;
    for (const text of ['\\n', '\\\\', '\\"', 'a'].map((piece) => piece.repeat(many))) {
      const json = `["${text}",9007199254740993,"${text}"]`;
      assert.equal(firstInexact(json), '9007199254740993');
      const [first, whole, last] = parsedWithInexactAsText(json) as string[];
      assert.deepEqual([first!.length, whole, last!.length], [many, '9007199254740993', many]);
    }
  });

  test('a text ends where JSON.parse says, whatever escapes are before its quote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\\', '"', '9007199254740993', 'a'), { maxLength: 8 }),
        (parts) => {
          const text = JSON.stringify(parts.join(''));
          assert.equal(firstInexact(`[1234567890123456,${text}]`), undefined, text);
          assert.equal(firstInexact(`[${text},9007199254740995]`), '9007199254740995', text);
        },
      ),
      { numRuns: 1_000, seed: 1 },
    );
  });
});

test('a name that an object has twice is found however it is written; in strings and deeper there is none', () => {
  const name = fc.constantFrom('a', 'b', 'c"', ':', '{');
  const spelt = (text: string) => fc.constantFrom(JSON.stringify(text), spelling(text));
  const spelling = (text: string) =>
    `"${[...text].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('')}"`;
  const value = fc.constantFrom('1', '"a"', '"\\"a\\":1"', '{"a":1,"a":2}', '[{"b":{}},"c"]', '"12:30"');
  const entry = fc
    .record({ name, value })
    .chain(({ name, value }) =>
      fc.record({ name: fc.constant(name), text: spelt(name).map((quoted) => `${quoted} : ${value}`) }),
    );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), fc.constantFrom(' : ', ':'), (entries, colon) => {
      const json = `{${entries.map(({ text }) => text.replace(' : ', colon)).join(',')}}`;
      const names = entries.map((one) => one.name);
      const first = names.find((one, at) => names.indexOf(one) !== at);
      const few = ['a', 'b', 'c"', ':', '{'];
      const many = [...few, ...Array.from({ length: 20 }, (_, i) => `x${i}`)];
      for (const wanted of [few, many])
        assert.equal(namedTwice(json, JSON.parse(json) as object, wanted), first, json);
      const within = entries.find(({ text }) => text.includes(' {"a":1,"a":2}'));
      if (first === undefined) assert.equal(repeatedName(json), within && 'a', json);
      else assert.notEqual(repeatedName(json), undefined, json);
      assert.equal(repeatedName(`[1,[${json}]]`), repeatedName(json), json);
    }),
    { numRuns: 1_000, seed: 1 },
  );
});
