/** Every error is declared, has a code of its own, is raised by a test, and stands in docs/errors.md. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readErrors } from '../../scripts/declared-errors.mjs';
import { errorsPage, errorsPagePath } from '../../scripts/make-error-pages.mjs';

const { errors, problems } = readErrors();

test('every class of an error is a declaration: a code, a sentence, what to do, and a docstring', () => {
  assert.ok(errors.length > 20);
  assert.deepEqual(problems, []);
});

test('no code occurs twice', () => {
  const codes = errors.map(({ code }) => code);
  assert.deepEqual(
    codes.filter((code, at) => codes.indexOf(code) !== at),
    [],
  );
});

test('every code is raised by a test', () => {
  const tests = fileURLToPath(new URL('..', import.meta.url));
  const texts = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|py)$/.test(file) && !file.endsWith('error-pages.test.ts'))
    .map((file) => readFileSync(path.join(tests, file), 'utf8').replaceAll(/^import [^;]*;$/gm, ''))
    .join('\n');
  const unraised = errors.filter(({ name, code }) => !new RegExp(`\\b(${name}|${code})\\b`).test(texts));
  assert.deepEqual(
    unraised.map(({ code, file }) => `${code} of ${file}`),
    [],
  );
});

test('docs/errors.md is what the declarations say (npm run docs:errors writes it)', async () => {
  assert.equal(readFileSync(errorsPagePath, 'utf8'), await errorsPage(errors));
});
