/** The checks of rooms and of what nothing uses find what breaks the rules, and name it. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';
import { runIn, tinyClone } from './tiny-clone.ts';

const { fences } = (await import(new URL('../../scripts/room-rules.mjs', import.meta.url).href)) as {
  fences: { part: string; named: RegExp; file: string }[];
};

test('arrows upwards, sideways and out of the rooms, cycles of types, strays, fences and sizes are found', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const check = () => runIn(folder, ['scripts/check-rooms.mjs']);
  const lines = (count: number) => '// A line.\n'.repeat(count);
  const write = async (file: string, text: string) => {
    await fs.mkdir(path.dirname(path.join(folder, 'src', file)), { recursive: true });
    await fs.writeFile(path.join(folder, 'src', file), text);
  };
  const before = await check();
  assert.equal(before.code, 0, before.text);

  await write('errors.ts', lines(30));
  await write('plots/index.ts', `import '../kafka/index.ts';\n${lines(30)}`);
  await write('kafka/index.ts', `import './read/pull.ts';\n${lines(300)}`);
  await write('kafka/read/pull.ts', "import '../dataset/dataset.ts';\nimport '../writer/item.ts';\n");
  await write(
    'kafka/dataset/dataset.ts',
    `import type { Row } from './batch.ts';\nexport type All = Row[];\n${lines(30)}`,
  );
  await write(
    'kafka/dataset/batch.ts',
    `import type { All } from './dataset.ts';\nexport type Row = All;\n${lines(30)}`,
  );
  await write('kafka/writer/item.ts', `import '../record.ts';\n${lines(30)}`);
  await write('kafka/record.ts', `import './writer/item.ts';\nimport('kafkajs/src/broker');\n${lines(30)}`);
  await write('elsewhere/stray.ts', `import '../errors.ts';\n${lines(30)}`);
  const { code, text } = await check();
  assert.equal(code, 1);
  for (const found of [
    /^plots imports .*: src\/plots\/index\.ts → src\/kafka\/index\.ts$/m,
    /^kafka\/read imports only .*: src\/kafka\/read\/pull\.ts → src\/kafka\/dataset\/dataset\.ts$/m,
    /^kafka\/read imports only .*: src\/kafka\/read\/pull\.ts → src\/kafka\/writer\/item\.ts$/m,
    /^kafka\/\* imports nothing in its room: src\/kafka\/record\.ts → src\/kafka\/writer\/item\.ts$/m,
    /^no cycles, .*src\/kafka\/dataset\/batch\.ts → .*dataset\.ts/m,
    /^every file is in a room: src\/elsewhere\/stray\.ts/m,
    /^only src\/\S+ names kafkajs' internal modules: src\/kafka\/record\.ts does$/m,
    /^at most 300 lines a file: src\/kafka\/index\.ts has 301$/m,
    /^a file of fewer than 25 lines moves .*: src\/kafka\/read\/pull\.ts has 2, src\/kafka\/index\.ts imports it$/m,
  ])
    assert.match(text, found);
});

test('an export and a file that nothing uses are found', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.writeFile(path.join(folder, 'src/part.ts'), 'export const part = 41;\nexport const spare = 1;\n');
  await fs.writeFile(path.join(folder, 'src/loose.ts'), 'export {};\n');
  await fs.writeFile(
    path.join(folder, 'src/index.ts'),
    "import { part } from './part.ts';\n\nexport const answer = part + 1;\n",
  );
  const { code, text } = await runIn(folder, ['scripts/check.mjs', 'unused']);
  assert.equal(code, 1);
  assert.match(text, /Unused files \(1\)\s+src\/loose\.ts/);
  assert.match(text, /Unused exports \(1\)\s+spare\s+src\/part\.ts/);
});

test('each fence is around something: the file is there, and names what no other may', async () => {
  for (const { part, named, file } of fences) {
    const text = await fs.readFile(path.join(projectAt().folder, 'src', file), 'utf8');
    assert.match(text.replace(/^ *\/?\*.*$/gm, ''), named, part);
  }
});
