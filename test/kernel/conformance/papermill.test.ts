/** `papermill -p` on notebooks of the kernels; installing papermill takes the network: asked for by STREAMTRAIN_LONG=1. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runPython } from '../../../src/jupyter/run-notebook.ts';
import { dialectName, dialects, installKernel } from '../../../src/kernel/index.ts';

const translator = fileURLToPath(new URL('../../../scripts/python/papermill', import.meta.url));
const long = process.env['STREAMTRAIN_LONG'] === '1';
let folder = '';
let env: NodeJS.ProcessEnv = {};

before(async () => {
  if (!long) return;
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-papermill-'));
  for (const dialect of dialects) await installKernel({ kind: 'prefix', folder }, { dialect });
  const packages = path.join(folder, 'packages');
  env = {
    ...process.env,
    PYTHONPATH: packages,
    JUPYTER_PATH: path.join(folder, 'share', 'jupyter'),
    JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
    JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
  };
  delete env['NODE_OPTIONS'];
  delete env['NODE_TEST_CONTEXT'];
  const { code, stderr } = await runPython(['-m', 'pip', 'install', '-q', '--target', packages, translator]);
  assert.equal(code, 0, stderr);
});
after(() => rm(folder, { recursive: true, force: true }));

for (const dialect of long ? dialects : []) {
  test(`papermill -p sets parameters of a ${dialect} notebook, whatever they are`, async () => {
    const { outputs, parameters } = await run(dialect, [
      ...['-p', 'epochs', '3', '-p', 'title', `a "b" \\ 'c' 😀`],
      ...['-y', '{rates: [0.1, 1.0e-7, null, true], more: {__proto__: 1, deep: {text: x}}}'],
    ]);
    const printed = [`6 a "b" \\ 'c' 😀`, '[ 0.1, 1e-7, null, true ]', `[ '__proto__', 'deep' ] x`, ''].join(
      '\n',
    );
    assert.equal(outputs, printed);
    assert.match(parameters, /^\/\/ Parameters\n[^]*var epochs = 3;\n/);
  });
}

if (long)
  test('a number that JavaScript does not hold exactly is refused', async () => {
    await assert.rejects(run('typescript', ['-p', 'epochs', '12345678901234567890']), /give it as text/);
  });

/** Runs a notebook with these arguments; what it printed, and the cell that papermill put in. */
async function run(
  dialect: (typeof dialects)[number],
  args: readonly string[],
): Promise<{ outputs: string; parameters: string }> {
  const kernelspec = { name: dialectName(dialect), language: dialect, display_name: dialect };
  const cell = (source: string, tags: readonly string[] = []) => ({
    cell_type: 'code',
    id: `cell-${tags.length}`,
    execution_count: null,
    metadata: { tags },
    outputs: [],
    source,
  });
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec },
    cells: [
      cell("const epochs = 1, title = 'none', rates = [0], more = { deep: { text: '' } };", ['parameters']),
      cell(
        'console.log(epochs * 2, title);\nconsole.log(rates);\nconsole.log(Object.keys(more), more.deep.text);',
      ),
    ],
  };
  const [input, output] = [path.join(folder, `${dialect}.ipynb`), path.join(folder, `${dialect}-out.ipynb`)];
  await writeFile(input, JSON.stringify(notebook));
  const { code, stderr } = await runPython(
    ['-m', 'papermill', '--no-progress-bar', input, output, ...args],
    env,
  );
  if (code !== 0) throw new Error(stderr);
  const { cells } = JSON.parse(await readFile(output, 'utf8')) as {
    cells: {
      source: string | string[];
      metadata: { tags: string[] };
      outputs: { text?: string | string[] }[];
    }[];
  };
  const injected = cells.find(({ metadata }) => metadata.tags.includes('injected-parameters'));
  const text = cells.flatMap(({ outputs }) => outputs.flatMap(({ text = '' }) => text)).join('');
  return { outputs: text, parameters: [injected?.source ?? ''].flat().join('') };
}
