/** What the tool that prepares an embedded broker's folder is called with. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { dataFolderAt, prepareBroker } from '../../src/broker/index.ts';
import { formatNodes } from '../../src/broker/launch.ts';

if (process.platform !== 'win32')
  test('users are made without a command line that shows a password, salted or not, or a file that stays', async (t) => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain launch '));
    t.after(() => fs.rm(folder, { recursive: true, force: true }));
    const { java, jars, classArchive } = await prepareBroker();
    // A Java that writes down what it is called with, and what is in the file that is named there, and its mode.
    const program = path.join(folder, 'java');
    const called = path.join(folder, 'called.txt');
    const script = `#!/bin/sh
for one in "$@"; do
  printf '%s\\n' "$one" >> '${called}'
  case "$one" in @*) ls -l "\${one#@}" >> '${called}.files'; cat "\${one#@}" >> '${called}.files' ;; esac
done
exec '${java.program}' "$@"
`;
    await fs.writeFile(program, script, { mode: 0o755 });
    const data = dataFolderAt(path.join(folder, 'kafka data'));
    const archive = classArchive === undefined ? {} : { classArchive };
    const ports = { client: 1, controller: 2, secure: 3, proxied: [] };
    await formatNodes({ java: { ...java, program }, jars, ...archive }, [
      {
        data,
        heapMb: 512,
        daemon: false,
        node: { ports, place: { id: 1, controllers: new Map([[1, 2]]) } },
        security: { sasl: 'SCRAM-SHA-512', users: { alice: 'wonder, land', bob: 'builder' } },
      },
    ]);
    const words = (await fs.readFile(called, 'utf8')).split('\n');
    assert.ok(words.includes('kafka.tools.StorageTool'));
    const given = await fs.readFile(`${called}.files`, 'utf8');
    assert.match(given, /^-rw------- [^]*\n--add-scram\nSCRAM-SHA-512=\[name=alice,[^]*\[name=bob,/);
    const secrets = [...given.matchAll(/(?:salt|saltedpassword)=([^,\]]+)/g)].map(([, text]) => text!);
    assert.equal(secrets.length, 4);
    for (const secret of ['wonder', 'builder', ...secrets])
      assert.ok(!words.some((word) => word.includes(secret)), 'a command line holds it');
    for (const name of await fs.readdir(data.folder)) assert.doesNotMatch(name, /arguments$/);
  });
