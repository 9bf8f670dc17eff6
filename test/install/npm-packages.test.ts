/** Install scripts by the real npm, on packages from files: no network is asked. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../../src/install/command.ts';
import { projectAt } from '../../src/install/folders.ts';
import { installPackages, runScripts, scriptsToRun } from '../../src/install/npm-packages.ts';
import { findNpm } from '../../src/install/npm.ts';
import { tempFolder } from './helpers.ts';

const npmCli = findNpm();

/** A project that needs a package that needs `built`, whose script fails until there is a file `allowed`. */
async function scene(t: TestContext) {
  const folder = await tempFolder(t);
  const project = projectAt(path.join(folder, 'project'));
  await fs.mkdir(project.folder);
  const npm = (args: readonly string[], cwd: string) =>
    runCommand(process.execPath, [npmCli, ...args, '--offline', '--no-audit', '--no-fund'], {
      ...{ what: 'npm', toDo: '', cwd },
    });
  const pack = async (name: string, manifest: object, files: Record<string, string> = {}) => {
    const at = path.join(folder, name);
    await fs.mkdir(at);
    await fs.writeFile(
      path.join(at, 'package.json'),
      JSON.stringify({ name, version: '1.0.0', ...manifest }),
    );
    for (const [file, text] of Object.entries(files)) await fs.writeFile(path.join(at, file), text);
    await npm(['pack', '--pack-destination', folder], at);
    return `file:${path.join(folder, `${name}-1.0.0.tgz`)}`;
  };
  const allowed = path.join(folder, 'allowed');
  const built = await pack(
    'built',
    { scripts: { install: 'node build.js' } },
    {
      'build.js': `const fs = require('fs');
        if (!fs.existsSync(${JSON.stringify(allowed)})) { console.error('no compiler today'); process.exit(3); }
        fs.appendFileSync('addon', 'x');`,
    },
  );
  const root = await pack('root-package', { dependencies: { built } });
  await fs.writeFile(path.join(project.folder, '.npmrc'), 'offline=true\nfund=false\n');
  await fs.writeFile(
    path.join(project.folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { 'root-package': root } }),
  );
  const notes: string[] = [];
  const request = { project, npmCli, roots: ['root-package'], note: (text: string) => notes.push(text) };
  const addon = () =>
    fs.readFile(path.join(project.nodeModules, 'built', 'addon'), 'utf8').catch(() => 'none');
  return { project, request, notes, npm, addon, allow: () => fs.writeFile(allowed, '') };
}

test('a script that failed is run again the next time, and once it has run it is left alone', async (t) => {
  const { project, request, notes, addon, allow } = await scene(t);
  // Nothing of ours: what only came with an installation that broke off.
  const stranger = { ...request, roots: [] };
  await assert.rejects(installPackages(stranger), {
    code: 'ST_INSTALL_COMMAND',
    message: /no compiler today/,
  });
  assert.equal(await addon(), 'none');
  assert.deepEqual(await scriptsToRun(project, []), ['node_modules/built']);
  await allow();
  await installPackages(stranger);
  assert.equal(await addon(), 'x');
  assert.deepEqual(notes, Array(2).fill('install scripts of built'));
  assert.deepEqual(await scriptsToRun(project, []), []);
  await installPackages(request);
  assert.equal(await addon(), 'x');
});

test('scripts that npm was told to leave out are run for what a part needs, and for nothing else', async (t) => {
  const { project, request, npm, addon, allow } = await scene(t);
  await npm(['install', '--ignore-scripts'], project.folder);
  assert.deepEqual(await scriptsToRun(project, ['another-package']), []);
  assert.deepEqual(await scriptsToRun(project, request.roots), ['node_modules/built']);
  await assert.rejects(runScripts(request), { code: 'ST_INSTALL_COMMAND' });
  await allow();
  await runScripts(request);
  assert.equal(await addon(), 'x');
  assert.deepEqual(await scriptsToRun(project, request.roots), []);
  // A folder that was made anew has run nothing.
  await npm(['ci', '--ignore-scripts'], project.folder);
  assert.equal(await addon(), 'none');
  assert.deepEqual(await scriptsToRun(project, request.roots), ['node_modules/built']);
});
