import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { run } from '../../src/cli/run.ts';

async function kernel(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const code = await run(['kernel', ...args], { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...texts };
}

test('the kernel is installed, listed and uninstalled by the command', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-cli-kernel-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const at = path.join(folder, 'share', 'jupyter', 'kernels', 'streamtrain');
  const both = { code: 0, stdout: `${at}\n${at}-javascript\n`, stderr: '' };
  assert.deepEqual(await kernel('install', '--prefix', folder), both);
  const listed = await kernel('list', '--prefix', folder);
  assert.match(listed.stdout, /streamtrain +TypeScript \(streamtrain\) +yes/);
  assert.match(listed.stdout, /streamtrain-javascript +JavaScript \(streamtrain\) +yes/);
  const json = await kernel('list', '--prefix', folder, '--json');
  assert.equal((JSON.parse(json.stdout) as { folder: string }[])[0]?.folder, at);
  assert.deepEqual(await kernel('uninstall', '--prefix', folder), both);
  assert.match((await kernel('uninstall', '--prefix', folder)).stderr, /no such kernel/);
});

test('versions are told', async () => {
  const { stdout } = await kernel('versions', '--json');
  const versions = JSON.parse(stdout) as Record<string, string>;
  assert.equal(versions['node'], process.versions.node);
  assert.match(versions['typescript'] ?? '', /^\d+\.\d+\.\d+/);
});

test('two places at once are wrong usage', async () => {
  const { code, stderr } = await kernel('install', '--user', '--prefix', os.tmpdir());
  assert.equal(code, 2);
  assert.match(stderr, /--user, --sys-prefix and --prefix/);
});
