/** What the kernel reads of parsed files beyond TypeScript's declared types. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { TypeScriptPartError } from '../../../src/kernel/errors.ts';
import { compiler, compilerVersion, type SourceFile } from '../../../src/kernel/language/typescript.ts';
import { syntaxFaults, writtenImports } from '../../../src/kernel/language/typescript-insides.ts';

test('syntax faults of a file come in order', () => {
  const ts = compiler();
  const faults = (text: string) => syntaxFaults(ts.createSourceFile('/a.ts', text, ts.ScriptTarget.ESNext));
  assert.deepEqual(faults('const a = 1'), []);
  assert.deepEqual(
    faults('const = 1;\nlet b: = 2').map(({ start }) => start),
    [6, 8, 18],
  );
});

test('a TypeScript that keeps them elsewhere is refused, not misread', () => {
  const file = { text: '' } as SourceFile;
  for (const read of [syntaxFaults, writtenImports])
    assert.throws(
      () => read(file),
      (error) =>
        error instanceof TypeScriptPartError &&
        error.code === 'ST_KERNEL_TYPESCRIPT_PART' &&
        /TypeScript has no \w+ of a file, which the kernel needs/.test(error.message),
    );
});

test('the version is that of the compiler', () => {
  assert.equal(compilerVersion(), compiler().version);
});
