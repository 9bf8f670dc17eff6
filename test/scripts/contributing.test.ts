/** What CONTRIBUTING.md says: its commands work, and its tables are those of the rules that are enforced. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';
import { tempFolder } from '../install/helpers.ts';
import { runIn } from './tiny-clone.ts';

const { folder } = projectAt();
const text = await fs.readFile(path.join(folder, 'CONTRIBUTING.md'), 'utf8');
const { findNpm } = (await import(new URL('../../scripts/bootstrap.mjs', import.meta.url).href)) as {
  findNpm: () => string;
};

/** The lines of its code blocks, without the remarks behind them. */
const commands = [...text.matchAll(/^```\n([^]*?)^```$/gm)].flatMap(([, block = '']) =>
  block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== ''),
);

test('CONTRIBUTING.md has commands', () => assert.ok(commands.length >= 8, commands.join('\n')));

// What sets up, builds or serves is asked for its help, which has to know the words and options of the command.
for (const command of commands.filter((each) => each.startsWith('npm ')))
  test(`${command}: the script is there, and its help knows what is asked of it`, async () => {
    const [call = '', asked = ''] = command.split(' -- ');
    const { code, text: help } = await runIn(folder, [
      findNpm(),
      ...call.split(' ').slice(1),
      '--',
      '--help',
    ]);
    assert.equal(code, 0, help);
    assert.match(help, /Usage: /);
    for (const word of asked.split(' ').filter((each) => /^(?:--)?[a-z]+$/.test(each)))
      assert.ok(help.includes(word), `"${word}" is in the help:\n${help}`);
  });

for (const command of commands.filter((each) => each.startsWith('node ')))
  test(`${command}: runs`, async () => {
    // A test runner that is told that it is inside of another one runs nothing.
    const { code, text: printed } = await runIn(folder, command.split(' ').slice(1), {
      NODE_TEST_CONTEXT: undefined,
    });
    assert.equal(code, 0, printed);
    assert.match(printed, /pass [1-9]/);
  });

test('there is a test for every kind of command', () => {
  assert.deepEqual(
    commands.filter((each) => !/^(?:npm|node) /.test(each)),
    [],
  );
});

test('the tables of rooms are those of the rules; node scripts/room-rules.mjs writes them', async (t) => {
  const clone = await tempFolder(t);
  for (const file of ['scripts/room-rules.mjs', 'scripts/formatted.mjs', 'package.json', '.oxfmtrc.json'])
    await fs.cp(path.join(folder, file), path.join(clone, file));
  for (const name of ['node_modules', 'src'])
    await fs.symlink(path.join(folder, name), path.join(clone, name));
  const contributing = path.join(clone, 'CONTRIBUTING.md');
  await fs.writeFile(contributing, text.replace(/^\| `src\/kafka\/` .*\n/gm, ''));
  const { code, text: printed } = await runIn(clone, ['scripts/room-rules.mjs']);
  assert.equal(code, 0, printed);
  assert.equal(await fs.readFile(contributing, 'utf8'), text, 'run node scripts/room-rules.mjs');
});
