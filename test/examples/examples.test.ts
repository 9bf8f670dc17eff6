/** The examples in docstrings compile, and those marked `ts run` give what their comments say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tensorflow } from '../../src/tensorflow.ts';
import { compileProblems, examplesIn, importsOf, sources } from './extract.ts';
import { runExample } from './run.ts';

const examples = sources.flatMap((file) => examplesIn(file));

test('every example in a docstring compiles, with the imports a reader would write', () => {
  assert.ok(examples.length > 100, `${examples.length} examples are found`);
  const without = examples
    .filter(({ code }) => code === '')
    .map(({ place }) => `${place}: no \`\`\`ts block`);
  const found = [...without, ...compileProblems(examples)];
  assert.equal(found.join('\n'), '', `${found.length} problems`);
});

test('an example that does not compile is found', () => {
  const wrong = examplesIn('src/random.ts', "/**\n * @example\n * ```ts\n * mulberry32('7');\n * ```\n */\n");
  assert.equal(wrong.length, 1);
  assert.match(compileProblems(wrong).join('\n'), /src\/random\.ts:2: mulberry32\('7'\);\n.*not assignable/);
});

const runnable = examples.filter(({ runs }) => runs);

test('examples run in every room whose functions need nothing but their arguments', () => {
  const places = runnable.map(({ file }) => file);
  for (const room of ['data', 'plots', 'training/metrics', 'training/drift', 'scaling', 'options'])
    assert.ok(
      places.some((file) => file.startsWith(`src/${room}`)),
      `an example of ${room}`,
    );
});

for (const example of runnable) {
  test(`the example of ${example.place} gives what its comments say, and leaves no tensor`, async () => {
    const names: Record<string, unknown> = {};
    for (const [module, used] of importsOf(example)) {
      const values = (await import(`../../${module}`)) as Record<string, unknown>;
      for (const name of used) names[name] = values[name];
    }
    const before = tensorflow().memory().numTensors;
    assert.ok((await runExample(example.code, names)) > 0, 'a comment says what it gives');
    assert.equal(tensorflow().memory().numTensors, before);
  });
}

test('a comment that is wrong fails the run', async () => {
  for (const code of [
    '1 + 1; // 3',
    'const sum = 1 + 1; // 3',
    "console.log('a'); // b",
    '[1].at(0)\n// 2',
    "JSON.parse('{}'); // throws: x",
  ])
    await assert.rejects(runExample(code, {}), assert.AssertionError, code);
  for (const code of [
    '1 / 3; // 0.33...',
    "console.log('a', [1]); // a [1]",
    "JSON.parse('{'); // throws: JSON",
  ])
    assert.equal(await runExample(code, {}), 1, code);
});
