/** The tests of the language once more, with the plain checker: a program for each cell, by TypeScript's public API. */
process.env['STREAMTRAIN_TEST_CHECKER'] = 'plain';

const names = ['assist', 'cells', 'diagnostics', 'names', 'projects'];
for (const name of names) await import(`./${name}.test.ts`);
await import('../modules/imports.test.ts');
