/** Texts become rows of fixed width; where a word goes is what scikit-learn says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashingVectorizer, weighTerms } from '../../src/data/index.ts';
import { murmur3 } from '../../src/data/text.ts';
import { InvalidOptionError } from '../../src/options.ts';

const split = (text: string) => text.split(' ').filter(Boolean);

test('words are hashed as scikit-learn hashes them', () => {
  // sklearn 1.5.2: murmurhash3_32(text, seed=0) and seed=42
  const expected: [string, number, number][] = [
    ['', 0, 142593372],
    ['a', 1009084850, -1293573533],
    ['ab', -1681926305, -684913081],
    ['abc', -1277324294, 1313807976],
    ['abcd', 1139631978, -396302900],
    ['NOT_good', 402205339, 113961134],
    ['😀', -1095487750, 1877935379],
    ['naïve café', 1734666806, -1533585548],
    ['good friends', -934508984, -757802057],
  ];
  for (const [text, zero, fortyTwo] of expected) {
    assert.equal(murmur3(text, 0), zero, text);
    assert.equal(murmur3(text, 42), fortyTwo, text);
  }
});

test('a row is the one of scikit-learn’s HashingVectorizer', () => {
  // sklearn 1.5.2: HashingVectorizer(n_features=16, ngram_range=(1, 2), tokenizer=str.split, lowercase=False)
  const [third, two] = [1 / 3, 2 / 3];
  const expected = [0, two, 0, -third, 0, 0, 0, 0, -third, third, 0, 0, 0, -third, third, 0];
  const row = hashingVectorizer({ features: 16, ngrams: 2, tokens: split }).transform(
    'good friends good day',
  );
  assert.deepEqual([...row], [...Float32Array.from(expected)]);
});

test('pairs of neighbours are terms beside single words', () => {
  const vectorizer = hashingVectorizer({ ngrams: 3, tokens: split });
  assert.deepEqual(vectorizer.terms('a b c'), ['a', 'b', 'c', 'a b', 'b c', 'a b c']);
  assert.deepEqual(vectorizer.terms('a'), ['a']);
  assert.deepEqual(vectorizer.terms(''), []);
});

test('every text gives a finite row of length 1 or 0, the same each time, in any place of a larger array', () => {
  const width = fc.integer({ min: 1, max: 300 });
  const texts = fc.oneof(fc.string(), fc.lorem());
  fc.assert(
    fc.property(texts, width, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (text, features, seed) => {
      const vectorizer = hashingVectorizer({ features, ngrams: 2, seed });
      const row = vectorizer.transform(text);
      const length = Math.hypot(...row);
      assert.equal(row.length, features);
      assert.ok(length === 0 || Math.abs(length - 1) < 1e-5, String(length));
      const larger = new Float32Array(features + 4).fill(7);
      hashingVectorizer({ features, ngrams: 2, seed }).transformInto(text, larger, 2);
      assert.deepEqual([...larger], [7, 7, ...row, 7, 7]);
    }),
  );
});

test('the order of words does not matter without pairs, and the seed moves them', () => {
  const vectorizer = hashingVectorizer({ features: 64 });
  assert.deepEqual(vectorizer.transform('one two three'), vectorizer.transform('three one two'));
  const other = hashingVectorizer({ features: 64, seed: 1 });
  assert.notDeepEqual(vectorizer.transform('one two three'), other.transform('one two three'));
});

test('options that cannot be are refused by name', () => {
  for (const [options, option] of [
    [{ features: 0 }, 'features'],
    [{ features: 1.5 }, 'features'],
    [{ ngrams: 0 }, 'ngrams'],
    [{ ngrams: 6 }, 'ngrams'],
    [{ seed: -1 }, 'seed'],
    [{ seed: NaN }, 'seed'],
  ] as const)
    assert.throws(
      () => hashingVectorizer(options),
      (error: unknown) => error instanceof InvalidOptionError && error.option === option,
    );
  const vectorizer = hashingVectorizer({ features: 8 });
  for (const at of [-1, 1])
    assert.throws(() => vectorizer.transformInto('a', new Float32Array(8), at), InvalidOptionError);
});

test('weights are read back as words, with the sign of each word’s place', () => {
  const vectorizer = hashingVectorizer({ features: 4096, tokens: split });
  const weights = new Float64Array(4096);
  for (const [term, weight] of [
    ['good', 2],
    ['bad', -3],
    ['rare', 9],
  ] as const) {
    const { index, sign } = vectorizer.placeOf(term);
    weights[index] = sign * weight;
  }
  const terms = weighTerms(vectorizer, weights, ['good good day', 'bad day', 'good bad rare'], {
    minTexts: 2,
  });
  assert.deepEqual(
    terms.map(({ term, texts, weight }) => [term, texts, weight + 0]),
    [['good', 2, 2], ['day', 2, 0], ['bad', 2, -3]], // prettier-ignore
  );
  assert.throws(() => weighTerms(vectorizer, new Float64Array(3), []), InvalidOptionError);
});
