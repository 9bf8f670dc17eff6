/** How the last expression of a cell looks, for every kind of value. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatResult, formatValue } from '../../../src/kernel/display/format.ts';

const text = (value: unknown) => String(formatValue(value)?.data['text/plain']);

class Person {
  readonly name: string;
  #secret = 42;
  constructor(name: string) {
    this.name = name;
  }
  get secret() {
    return this.#secret;
  }
}

const circular: Record<string, unknown> = { a: 1 };
circular['self'] = circular;
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const refuse = () => {
  throw new Error('trapped');
};

const table: [name: string, value: unknown, expected: string | RegExp][] = [
  ['null', null, 'null'],
  ['true', true, 'true'],
  ['a number', 1.5, '1.5'],
  ['minus zero', -0, '-0'],
  ['NaN', NaN, 'NaN'],
  ['a big integer', 2n ** 70n, '1180591620717411303424n'],
  ['a string, quoted', "it's", `"it's"`],
  ['an empty string', '', "''"],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['an array with a hole', [1, , 3], '[ 1, <1 empty item>, 3 ]'], // eslint-disable-line no-sparse-arrays
  ['a plain object', { a: { b: [1] } }, '{ a: { b: [ 1 ] } }'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['a class instance', new Person('Ada'), "Person { name: 'Ada' }"],
  ['a class', class A extends Map {}, '[class A extends Map]'],
  ['a function', function f() {}, '[Function: f]'],
  ['an async arrow', async () => {}, '[AsyncFunction (anonymous)]'],
  ['a map', new Map([['a', new Set([1])]]), "Map(1) { 'a' => Set(1) { 1 } }"],
  ['a weak map', new WeakMap(), 'WeakMap { <items unknown> }'],
  ['a typed array', new Float32Array([1, 0.5]), 'Float32Array(2) [ 1, 0.5 ]'],
  ['a buffer', Buffer.from('abc'), '<Buffer 61 62 63>'],
  ['a pending promise', new Promise(() => {}), 'Promise { <pending> }'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an invalid date', new Date(NaN), 'Invalid Date'],
  ['a regular expression', /a+/g, '/a+/g'],
  ['a circular object', circular, '<ref *1> { a: 1, self: [Circular *1] }'],
  [
    'a getter, which is not run',
    Object.defineProperty({}, 'x', { get: refuse, enumerable: true }),
    '{ x: [Getter] }',
  ],
  [
    'a proxy whose traps throw',
    new Proxy({ a: 1 }, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse }),
    // Node 26 says that it is one.
    /^(\{ a: 1 \}|Proxy\(\{ a: 1 \}\))$/,
  ],
  ['a revoked proxy', revoked.proxy, '<Revoked Proxy>'],
  [
    'an error with its cause',
    new Error('bad', { cause: new RangeError('deep') }),
    /^Error: bad[^]*RangeError: deep/,
  ],
  ['several errors', new AggregateError([new Error('one'), new Error('two')], 'all'), /all[^]*one[^]*two/],
  [
    'an object that cannot be shown',
    { [Symbol.for('nodejs.util.inspect.custom')]: refuse },
    '[Object that cannot be shown: trapped]',
  ],
  [
    'an object whose tag throws (from Node 24 on without a fault)',
    Object.defineProperty({}, Symbol.toStringTag, { get: refuse }),
    /cannot be shown: trapped|^\{\}$/,
  ],
  ['HTML, which stays text', '<script>alert(1)</script>', "'<script>alert(1)</script>'"],
  ['an object that only looks like a figure', { data: [1], layout: {} }, '{ data: [ 1 ], layout: {} }'],
  ['an object that only looks like a frame', { $columns: [], $data: 1 }, "{ '$columns': [], '$data': 1 }"],
  [
    'an object that only looks like a tensor',
    { dataId: {}, shape: [9], dtype: 'x', size: 2, dataSync: 1 },
    /^\{/,
  ],
];

describe('the last expression', () => {
  it('shows nothing for undefined', async () => {
    assert.equal(formatValue(undefined), undefined);
    assert.equal(await formatResult(undefined), undefined);
  });

  for (const [name, value, expected] of table) {
    it(`shows ${name}`, async () => {
      if (typeof expected === 'string') assert.equal(text(value), expected);
      else assert.match(text(value), expected);
      assert.deepEqual(Object.keys(formatValue(value)?.data ?? {}), ['text/plain']);
      assert.deepEqual(await formatResult(value), formatValue(value));
    });
  }

  const wide = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`k${index}`, index]));
  const bounded: [name: string, value: unknown, says: RegExp][] = [
    ['a huge string', 'x'.repeat(5_000_000), /more characters/],
    ['a huge array', Array.from({ length: 1_000_000 }, (_, index) => index), /999900 more items/],
    ['a huge typed array', new Float64Array(2_000_000), /1999900 more items/],
    [
      'a huge map',
      new Map(Array.from({ length: 200_000 }, (_, index) => [index, index])),
      /199900 more items/,
    ],
    ['an object with very many properties', wide, /29900 more properties/],
    ['many wide objects', Array.from({ length: 100 }, () => ({ ...wide })), /\[Object\]/],
    [
      'a value that writes itself endlessly',
      { [Symbol.for('nodejs.util.inspect.custom')]: () => 'y'.repeat(5_000_000) },
      /more characters/,
    ],
    ['nested arrays, a hundred to the fifth', nest(5), /\[Array\]/],
  ];
  for (const [name, value, says] of bounded) {
    it(`bounds ${name} and says so`, () => {
      assert.ok(text(value).length < 101_000, `${text(value).length} characters`);
      assert.match(text(value), says);
    });
  }

  it('keeps the bounds that are asked for', () => {
    const shown = formatValue([1, 2, 3, { a: { b: { c: 1 } } }], { items: 4, depth: 1, text: 30 });
    assert.equal(shown?.data['text/plain'], '[ 1, 2, 3, { a: [Object] } ]');
    assert.throws(() => formatValue(1, { depth: -1 }), /display\.depth is -1/);
    assert.throws(() => formatValue(1, { dept: 1 } as object), /has no option "dept"/);
    assert.ok(String(formatValue({ a: 1 }, { colors: true })?.data['text/plain']).includes('\u001b[33m1'));
  });

  it('is shown without an exception and within bounds, whatever it is', async () => {
    const options = { withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true };
    const anything = fc.anything({
      ...options,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
    });
    const lookalike = fc.record(
      Object.fromEntries(
        [
          '$columns',
          '$data',
          '$isSeries',
          'columns',
          'index',
          'values',
          'dtypes',
          'shape',
          'dtype',
          'size',
          'dataId',
        ]
          .concat(['dataSync', 'data', 'layout', 'alt', 'layers', '_built', 'summary', 'then', 'toJSON'])
          .map((key) => [
            key,
            fc.oneof(
              fc.anything(options),
              fc.constant(() => []),
              fc.constant([]),
              fc.constant([[1]]),
            ),
          ]),
      ),
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, lookalike), async (value) => {
        const bundle = formatValue(value);
        const later = await formatResult(value);
        assert.equal(bundle === undefined, value === undefined);
        for (const content of Object.values({ ...bundle?.data, ...later?.data })) {
          assert.ok((JSON.stringify(content)?.length ?? 0) < 1_000_000);
        }
        assert.equal(typeof (bundle?.data['text/plain'] ?? ''), 'string');
      }),
      { numRuns: 500 },
    );
  });
});

function nest(levels: number): unknown {
  return levels === 0 ? 0 : Array.from({ length: 100 }).fill(nest(levels - 1));
}
