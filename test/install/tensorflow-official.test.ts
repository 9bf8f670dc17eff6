import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { NativeTensorFlowError } from '../../src/install/errors.ts';
import { projectAt } from '../../src/install/folders.ts';
import { installOfficially, officialServer } from '../../src/install/tensorflow-official.ts';
import { tensorFlowPackage } from '../../src/install/tensorflow-package.ts';
import { fileServer, tempFolder } from './helpers.ts';

/**
 * Archives laid out as the official ones, with a few bytes in place of the libraries: they show that the package's own
 * script finds, fetches and unpacks both through its own address settings. Whether the real ones compute is not shown.
 */
async function officialArchives(t: TestContext): Promise<Record<string, Buffer>> {
  const folder = await tempFolder(t);
  await fs.mkdir(path.join(folder, 'lib'));
  await fs.mkdir(path.join(folder, 'include'));
  await fs.mkdir(path.join(folder, 'napi-v8'));
  await fs.writeFile(path.join(folder, 'lib', 'libtensorflow.so.2.9.1'), 'the library');
  await fs.symlink('libtensorflow.so.2.9.1', path.join(folder, 'lib', 'libtensorflow.so.2'));
  await fs.writeFile(path.join(folder, 'napi-v8', 'tfjs_binding.node'), 'the addon');
  const pack = (...parts: string[]) => execFileSync('tar', ['-cz', '-C', folder, ...parts]);
  return {
    'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz': pack('include', 'lib'),
    'napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz': pack('napi-v8'),
  };
}

/** The environment of the package's script, with its own settings pointing at the local server. */
function environment(server: string): NodeJS.ProcessEnv {
  const { nodeModules } = projectAt();
  return {
    ...process.env,
    NODE_OPTIONS: '',
    PATH: [path.dirname(process.execPath), path.join(nodeModules, '.bin'), process.env['PATH']].join(':'),
    NODE_PATH: [path.join(nodeModules, '@tensorflow/tfjs-node/node_modules'), nodeModules].join(':'),
    TFJS_NODE_BASE_URI: `${server}libtensorflow-`,
    npm_config_tfjs_binding_binary_host_mirror: server,
    npm_config_build_from_source: undefined,
  };
}

const skip =
  process.platform === 'linux' && process.arch === 'x64' ? false : 'the archive names are those of Linux x64';

test("the package's own way works through its own address settings", { skip }, async (t) => {
  const native = await tensorFlowPackage(projectAt());
  const server = await fileServer(t, await officialArchives(t));
  const staging = await tempFolder(t);
  const before = await fs.readFile(path.join(native.folder, 'package.json'), 'utf8');
  await installOfficially({ native, staging, env: environment(server.url) });
  assert.equal(await fs.readFile(path.join(staging, 'deps/lib/libtensorflow.so.2'), 'utf8'), 'the library');
  assert.equal(await fs.readFile(path.join(staging, 'lib/napi-v8/tfjs_binding.node'), 'utf8'), 'the addon');
  assert.deepEqual(server.requests.map(({ path: file }) => file).sort(), [
    'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
    'napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz',
  ]);
  assert.equal(
    await fs.readFile(path.join(native.folder, 'package.json'), 'utf8'),
    before,
    'node_modules is untouched',
  );
});

test(
  "a download that breaks off is a failure, though the package's script may end well",
  { skip },
  async (t) => {
    const native = await tensorFlowPackage(projectAt());
    const server = await fileServer(t, await officialArchives(t));
    server.cuts.push(50);
    const staging = await tempFolder(t);
    await assert.rejects(
      installOfficially({ native, staging, env: environment(server.url) }),
      /install script|own way/,
    );
  },
);

test('no network: known within seconds, without starting the script', async (t) => {
  const native = await tensorFlowPackage(projectAt());
  const staging = await tempFolder(t);
  const started = Date.now();
  await assert.rejects(
    installOfficially({ native, staging, env: { TFJS_NODE_BASE_URI: 'http://127.0.0.1:9/lib-' } }),
    (error) => {
      assert(error instanceof NativeTensorFlowError);
      assert.match(error.answered, /ECONNREFUSED/);
      return true;
    },
  );
  assert(Date.now() - started < 5_000);
  assert.deepEqual(await fs.readdir(staging), []);
});

test("the server is read from the package's own settings, in its own order", () => {
  const host = (env: NodeJS.ProcessEnv) => officialServer(env).host;
  assert.equal(host({}), 'storage.googleapis.com');
  assert.equal(host({ CDN_STORAGE: 'http://cdn/' }), 'cdn');
  assert.equal(host({ CDN_STORAGE: 'http://cdn/', TFJS_NODE_CDN_STORAGE: 'http://mirror:81/' }), 'mirror:81');
  assert.equal(
    host({ TFJS_NODE_CDN_STORAGE: 'http://mirror/', TFJS_NODE_BASE_URI: 'http://base/x-' }),
    'base',
  );
});
