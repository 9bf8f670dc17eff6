/** How source archives of Python packages are fetched: by a real pip, from an index on this machine. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { runCommand } from '../../src/install/command.ts';
import { ChecksumError } from '../../src/install/errors.ts';
import { downloadSdist } from '../../src/install/python-sdist.ts';
import { findPython } from '../../src/install/python.ts';

let folder: string;
let to: string;
let server: http.Server;
let env: NodeJS.ProcessEnv;
let archive: Buffer;
let served: Buffer;
let asked: string[];
let wasRun: string;

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain sdist '));
  wasRun = path.join(folder, 'was-run');
  const source = path.join(folder, 'toy-1.5');
  await fs.mkdir(source);
  await fs.writeFile(
    path.join(source, 'setup.py'),
    `open(${JSON.stringify(wasRun)}, 'w').close()\nfrom setuptools import setup\nsetup(name='toy', version='1.5')\n`,
  );
  const { program } = await findPython();
  const pack =
    'import sys, tarfile\nwith tarfile.open(sys.argv[2], "w:gz") as to: to.add(sys.argv[1], "toy-1.5")';
  const file = path.join(folder, 'toy-1.5.tar.gz');
  await runCommand(program, ['-c', pack, source, file], { what: 'make an archive', toDo: '' });
  archive = await fs.readFile(file);
  server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/simple/toy/')
      response
        .setHeader('content-type', 'text/html')
        .end('<!DOCTYPE html><a href="../../toy-1.5.tar.gz">toy-1.5.tar.gz</a>');
    else if (request.url === '/toy-1.5.tar.gz') response.end(served);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The user's index is the one that is asked, and it alone.
  env = {
    ...process.env,
    PIP_CONFIG_FILE: os.devNull,
    PIP_INDEX_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    PIP_NO_CACHE_DIR: '1',
    NO_PROXY: '127.0.0.1',
  };
});
beforeEach(async () => {
  to = await fs.mkdtemp(path.join(folder, 'to '));
  served = archive;
  asked = [];
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await fs.rm(folder, { recursive: true, force: true });
});

const request = () => ({
  requirement: 'toy==1.5',
  sha256: createHash('sha256').update(archive).digest('hex'),
  to,
  env,
});

test("fetches the archive from the user's index; setuptools is not asked for, and setup.py is not run", async () => {
  const file = await downloadSdist(request());
  assert.deepEqual(await fs.readFile(file), archive);
  assert.deepEqual(asked, ['/simple/toy/', '/toy-1.5.tar.gz']);
  await assert.rejects(fs.access(wasRun), { code: 'ENOENT' });
});

test('other bytes than those of our digest are refused before anything looks into them', async () => {
  served = Buffer.concat([archive, Buffer.from('more')]);
  await assert.rejects(downloadSdist(request()), (error) => {
    assert.ok(error instanceof ChecksumError && error.code === 'ST_INSTALL_CHECKSUM');
    assert.ok(error.message.includes(createHash('sha256').update(served).digest('hex')));
    assert.match(error.what, /toy==1\.5/);
    return true;
  });
  await assert.rejects(fs.access(wasRun), { code: 'ENOENT' });
});

test('what the index does not have is an error that says where to look', async () => {
  await assert.rejects(downloadSdist({ ...request(), requirement: 'toy==1.6' }), {
    code: 'ST_INSTALL_COMMAND',
    message: /download the Python package toy==1\.6[^]*pip config list/,
  });
});
