/** Programs are started in a locale in which their words can be read and files of any name be opened. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { runCommand } from '../../src/install/command.ts';
import { platform } from '../../src/platform.ts';
import { spawnWithParent } from '../../src/process/with-parent.ts';

test('whatever the locale of the user: messages in English, names of files in UTF-8', async () => {
  const show = 'console.log([process.env.LC_ALL, process.env.LANGUAGE, process.env.KEPT].join())';
  const env = { ...process.env, LC_ALL: 'de_DE', LANGUAGE: 'de', KEPT: 'ü' };
  const expected = platform.name === 'win32' ? 'de_DE,de,ü\n' : 'C.UTF-8,,ü\n';
  const { stdout } = await runCommand(process.execPath, ['-e', show], { what: 'look', toDo: '', env });
  assert.equal(stdout, expected);
  const log = openSync(platform.nullFile, 'a');
  const how = { title: 'look', cwd: '.', log, env, daemon: false, pipesOutput: true };
  const child = spawnWithParent(process.execPath, ['-e', show], how);
  closeSync(log);
  const [printed] = await Promise.all([text(child.stdout!), once(child, 'exit')]);
  assert.equal(printed, expected);
});
