/**
 * What is published, as a stranger gets it: the tarballs, installed in an empty folder with an empty cache, from the registry
 * that npm is set to.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import ts from 'typescript';
import { readNotebook } from '../../src/course/index.ts';
import { projectAt, venvPython } from '../../src/install/index.ts';
import { runIn } from './tiny-clone.ts';

const own = projectAt();
const scripts = new URL('../../scripts/', import.meta.url);
const { findNpm } = (await import(new URL('bootstrap.mjs', scripts).href)) as { findNpm: () => string };

const command = path.join('node_modules', 'streamtrain', 'dist', 'cli', 'main.js');
let root: string;
const at = (...names: string[]) => path.join(root, ...names);

before(async () => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'streamtrain packages ')));
  const { code, text } = await runIn(own.folder, ['scripts/pack.mjs', '--built', '--to', at()]);
  assert.equal(code, 0, text);
});

after(() => fs.rmSync(root, { recursive: true, force: true }));

/** An empty project. */
function project(name: string): string {
  fs.mkdirSync(at(name));
  fs.writeFileSync(at(name, 'package.json'), '{ "private": true, "type": "module" }');
  return at(name);
}

/** Installs packages as a user does, but from an empty cache. */
async function install(folder: string, ...packages: string[]): Promise<void> {
  const cache = ['--cache', at('npm-cache'), '--no-audit', '--no-fund'];
  const { code, text } = await runIn(folder, [findNpm(), 'install', ...cache, ...packages]);
  assert.equal(code, 0, text);
}

/** The tarball of a package. */
function tarball(name: 'streamtrain' | 'streamtrain-kernel'): string {
  const file = fs.readdirSync(root).find((one) => new RegExp(`^${name}-\\d.*\\.tgz$`).test(one));
  return at(file ?? `no ${name}`);
}

/** What lies under a folder, MB as on disk. */
function megabytes(folder: string): number {
  const bytes = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => fs.lstatSync(path.join(folder, name)))
    .reduce((sum, { blocks }) => sum + blocks * 512, 0);
  return bytes / 1e6;
}

/** All copies of a package under a folder. */
function copies(folder: string, name: string): string[] {
  return fs
    .readdirSync(path.join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' })
    .filter((one) => `/${one}`.endsWith(`/node_modules/${name}`) || one === name);
}

describe('streamtrain alone, for Kafka', () => {
  let folder: string;
  before(async () => {
    folder = project('kafka only');
    await install(folder, tarball('streamtrain'));
  });

  it('takes 40 MB at most, and brings neither TensorFlow, danfojs, plotly nor a TypeScript', () => {
    assert.ok(megabytes(path.join(folder, 'node_modules')) <= 40);
    const packages = fs.readdirSync(path.join(folder, 'node_modules'));
    for (const name of ['@tensorflow', 'danfojs-node', 'plotly.js', 'typescript', 'tslab', 'zeromq'])
      assert.ok(!packages.includes(name), name);
    assert.ok(!fs.existsSync(path.join(folder, 'node_modules', '.bin', 'tsc')));
  });

  it('holds what it needs and nothing else: no TypeScript, no source maps, no notes of the compiler', () => {
    const library = path.join(folder, 'node_modules', 'streamtrain');
    const files = fs.readdirSync(library, { recursive: true, encoding: 'utf8' });
    const strange = files.filter((file) => /\.map$|tsbuildinfo|(?<!\.d)\.ts$|^dist\/kernel/.test(file));
    assert.deepEqual(strange, []);
    assert.deepEqual(fs.readdirSync(library).sort(), [
      ...['LICENSE', 'README.md', 'data', 'dist', 'package.json', 'scripts'],
    ]);
  });

  it('says which optional package an export needs', async () => {
    fs.writeFileSync(
      path.join(folder, 'export.mjs'),
      `import { exportModel } from 'streamtrain/export';
       import { LogisticRegression } from 'streamtrain/training';
       const model = new LogisticRegression({ features: 2 });
       const error = await exportModel(model, { format: 'onnx', to: 'model' }).catch((error) => error);
       console.log(error.code, error.message);`,
    );
    const { code, text } = await runIn(folder, ['export.mjs']);
    assert.equal(code, 0, text);
    assert.match(text, /^ST_EXPORT_PACKAGE .*protobufjs, which is not installed.*npm install protobufjs/);
  });

  it('is imported by ESM, by require and by tsx, every room of it', async () => {
    const { exports } = JSON.parse(
      fs.readFileSync(path.join(folder, 'node_modules/streamtrain/package.json'), 'utf8'),
    ) as { exports: Record<string, unknown> };
    const rooms = Object.keys(exports).filter((name) => name !== './package.json');
    assert.ok(rooms.includes('./kafka') && rooms.includes('./training'));
    const names = JSON.stringify(rooms.map((room) => `streamtrain${room.slice(1)}`));
    const loads = (load: string) =>
      `for (const name of ${names}) if (Object.keys(${load}).length === 0) throw name;`;
    fs.writeFileSync(path.join(folder, 'esm.mjs'), loads('await import(name)'));
    fs.writeFileSync(path.join(folder, 'common.cjs'), loads('require(name)'));
    fs.writeFileSync(
      path.join(folder, 'typed.ts'),
      `import { kafkaSettings, type KafkaOptions } from 'streamtrain/kafka';
       const options: KafkaOptions = { brokers: 'localhost:1' };
       console.log(JSON.stringify(kafkaSettings(options).brokers));`,
    );
    const tsx = new URL(import.meta.resolve('tsx')).href;
    const [esm, common, typed] = await Promise.all([
      runIn(folder, ['esm.mjs']),
      runIn(folder, ['--no-warnings', 'common.cjs']),
      runIn(folder, ['--import', tsx, 'typed.ts']),
    ]);
    assert.deepEqual([esm, common], Array(2).fill({ code: 0, text: '' }));
    assert.deepEqual(typed, { code: 0, text: '["localhost:1"]\n' });
  });

  for (const [name, module, moduleResolution] of [
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ] as const) {
    it(`the Kafka room has types under ${name}, its declarations checked as well`, () => {
      const file = path.join(folder, `types-${name}.ts`);
      fs.writeFileSync(
        file,
        `import { csvCodec, fromKafka } from 'streamtrain/kafka';
         for await (const { xs } of fromKafka('t').decodeBatch(csvCodec({ columns: 9 }), 32)) xs.dispose();
         // @ts-expect-error a topic has a name
         fromKafka(1);`,
      );
      const program = ts.createProgram([file], {
        ...{ strict: true, noEmit: true, skipLibCheck: false, module, moduleResolution },
        ...{ types: ['node'], typeRoots: [path.join(own.nodeModules, '@types')] },
        ...{
          target: ts.ScriptTarget.ES2022,
          lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
        },
      });
      const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
      assert.ok(files.length > 20);
      const problems = files.flatMap((one) => [
        ...program.getSyntacticDiagnostics(one),
        ...program.getSemanticDiagnostics(one),
      ]);
      assert.deepEqual(
        problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
        [],
      );
    });
  }

  it('says what is missing where it is needed, with the command that brings it', async () => {
    const kernel = await runIn(folder, [command, 'kernel', 'list']);
    assert.equal(kernel.code, 1);
    assert.match(kernel.text, /ST_CLI_KERNEL_MISSING.*npm install @streamtrain\/kernel/);
    for (const [use, problem] of [
      ['tensorflow()', /ST_TENSORFLOW_LOAD.*streamtrain setup --with tensorflow/],
      ['danfo()', /ST_TENSORFLOW_LOAD/],
      ['renderSvg(classBalanceFigure({ a: 1, b: 2 }))', /ST_PLOTS_TOOLS_MISSING.*setup --with plotly/],
    ] as const) {
      const program = `const { tensorflow, danfo, renderSvg, classBalanceFigure } = require('streamtrain');
        (async () => ${use})().catch((error) => console.log(error.code, error.message.replaceAll('\\n', ' ')));`;
      const { text } = await runIn(folder, ['--no-warnings', '-e', program]);
      assert.match(text, problem, use);
    }
  });

  it('doctor looks at what this project has, and setup refuses a folder without the package', async () => {
    const { code, text } = await runIn(folder, [command, 'doctor']);
    assert.equal(code, 0, text);
    assert.match(text, /✓ Parts +none: data sets on Kafka alone/);
    assert.doesNotMatch(text, /npm run|Python packages|C\+\+/);
    const elsewhere = project('elsewhere');
    const refused = await runIn(elsewhere, [path.join(folder, command), 'setup', '--with', 'danfojs']);
    assert.equal(refused.code, 1);
    assert.match(refused.text, /ST_INSTALL_PROJECT[^]*npm install streamtrain/);
    const misspelt = await runIn(folder, [command, 'setup', '--with', 'danfo']);
    assert.equal(misspelt.code, 2);
    assert.match(misspelt.text, /no part "danfo": tensorflow, danfojs, plotly, kafka/);
  });
});

describe('the kernel alone', () => {
  let folder: string;
  const bin = path.join('node_modules', '@streamtrain', 'kernel', 'dist', 'kernel', 'command.js');
  before(async () => {
    folder = project('kernel only');
    await install(folder, tarball('streamtrain-kernel'));
  });

  it("takes 110 MB at most; the project's own TypeScript stays what `tsc` is", async () => {
    assert.ok(megabytes(path.join(folder, 'node_modules')) <= 110);
    assert.equal(copies(folder, 'kafkajs').length + copies(folder, '@tensorflow').length, 0);
    await install(folder, '--save-dev', 'typescript@5.8.3');
    const { text } = await runIn(folder, [path.join('node_modules', '.bin', 'tsc'), '--version']);
    assert.equal(text, 'Version 5.8.3\n');
    assert.equal(copies(folder, 'typescript').length, 2);
  });

  it('installs itself into a Jupyter, and runs a checked cell there', async () => {
    const installed = await runIn(folder, [bin, 'install', '--prefix', '.', '--name', 'packed']);
    assert.deepEqual(installed.code, 0, installed.text);
    assert.match((await runIn(folder, [bin, 'list', '--prefix', '.'])).text, /^packed\t.*\tworks\t/m);
    const python = `
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name='packed', startup_timeout=120)
def show(message):
    if message['msg_type'] in ('stream', 'error'): print(message['content'].get('text') or message['content']['evalue'])
for code in ["const rows: number[] = [40, 2]; console.log(rows.reduce((a, b) => a + b));", "const text: string = 1;"]:
    print(client.execute_interactive(code, output_hook=show, timeout=120)['content']['status'])
client.stop_channels()
manager.shutdown_kernel()`;
    const cell = await runIn(folder, ['-e', startPython, venvPython(own), python], {
      JUPYTER_PATH: path.join(folder, 'share', 'jupyter'),
    });
    assert.match(cell.text, /^42\s+ok\n[^]*not assignable[^]*error\s+$/);
  });

  it('refuses what it does not understand', async () => {
    for (const [args, problem] of [
      [['instal'], /ST_KERNEL_USAGE: There is no 'instal'/],
      [['list', '--nam', 'x'], /ST_KERNEL_USAGE: Unknown option '--nam'/],
      [['list', '--name='], /Option '--name' is empty/],
      [['list', '--history', 'on'], /'list' takes neither/],
      [['install', '--user', '--prefix', '.'], /one of --user, --sys-prefix and --prefix/],
    ] as const) {
      const { code, text } = await runIn(folder, [bin, ...args]);
      assert.equal(code, 2, text);
      assert.match(text, problem);
    }
  });
});

if (process.env['STREAMTRAIN_LONG'] === '1')
  describe('with TensorFlow, danfojs and plotly', () => {
    let folder: string;
    before(async () => {
      folder = project('everything');
      await install(folder, tarball('streamtrain'));
      const { code, text } = await runIn(folder, [command, 'setup', '--with', 'tensorflow,danfojs,plotly'], {
        npm_config_cache: at('npm-cache'),
      });
      assert.equal(code, 0, text);
      assert.match(
        text,
        /package.json gets:\n +dependencies: @tensorflow\/tfjs-node 4.22.0\n[^]*✓ Native TensorFlow/,
      );
    });

    it('there is one copy of TensorFlow, none of what is old or from outside the registry, and all is well', async () => {
      assert.deepEqual(copies(folder, '@tensorflow/tfjs-node'), ['@tensorflow/tfjs-node']);
      assert.deepEqual(copies(folder, 'tslab'), []);
      const lock = fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
      assert.doesNotMatch(lock, /"resolved": "[^"]*(?:sheetjs\.com|\/request\/-\/)/);
      const doctor = await runIn(folder, [command, 'doctor']);
      assert.equal(doctor.code, 0, doctor.text);
      assert.match(doctor.text, /✓ Parts +tensorflow, danfojs, plotly/);
      const again = await runIn(folder, [command, 'setup']);
      assert.match(again.text, /✓ Packages +already there\n✓ Native TensorFlow +already there\n/);
    });

    it('a project from its lock file, without install scripts, is made whole by the same command', async () => {
      const cache = ['--cache', at('npm-cache'), '--no-audit', '--no-fund'];
      const fresh = await runIn(folder, [findNpm(), 'ci', '--ignore-scripts', ...cache]);
      assert.equal(fresh.code, 0, fresh.text);
      const addon = path.join(folder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');
      assert.ok(!fs.existsSync(addon));
      const { code, text } = await runIn(folder, [command, 'setup']);
      assert.equal(code, 0, text);
      assert.match(text, /✓ Packages[^]*libtensorflow [\d.]+ computes\n✓ Native TensorFlow/);
      assert.ok(fs.existsSync(addon));
    });

    it('cells of the first chapter run as train.ts, and a figure is drawn', async () => {
      const { cells } = readNotebook(
        path.join(own.folder, 'notebooks', '01-training-models-on-streaming-data.ipynb'),
      );
      const texts = cells
        .filter(({ cell_type: type }) => type === 'code')
        .map(({ source }) => [source].flat().join(''));
      const wanted = [
        /from 'streamtrain/,
        /const percent/,
        /readBreastCancer\(\)/,
        /encodeLabels\(/,
        /trainTestSplit\(/,
      ];
      const copied = texts
        .filter(
          (text) =>
            wanted.some((pattern) => pattern.test(text)) && !/await (?:ensureBroker|openKafka)/.test(text),
        )
        .slice(0, 6)
        .join('\n')
        .replaceAll(/^.*tslab.*$/gm, '');
      const drawn = `
        import { renderPng, classBalanceFigure } from 'streamtrain/plots';
        console.log((await renderPng(classBalanceFigure({ benign: 458, malignant: 241 }))).length > 1000);`;
      fs.writeFileSync(path.join(folder, 'train.ts'), `${copied}\n${drawn}`);
      const tsx = new URL(import.meta.resolve('tsx')).href;
      const { code, text } = await runIn(folder, ['--import', tsx, 'train.ts']);
      assert.equal(code, 0, text);
      assert.match(text, /TensorFlow.js 4.22.0 \| backend tensorflow/);
      assert.match(text, /699 rows, 11 columns[^]*Number of training samples: \d+[^]*true\s*$/);
    });

    it('is imported by a test of vitest', async () => {
      await install(folder, '--ignore-scripts', '--save-dev', 'vitest@3.2.4');
      fs.writeFileSync(
        path.join(folder, 'rows.test.ts'),
        `import { expect, test } from 'vitest';
         import { OnlineStandardScaler, datasetOf } from 'streamtrain';
         test('a scaler', () => expect(new OnlineStandardScaler(1)).toBeTruthy());
         test('a dataset', async () => expect(await datasetOf([1, 2, 3]).map((x: number) => 2 * x).toArray()).toEqual([2, 4, 6]));`,
      );
      const { code, text } = await runIn(folder, [path.join('node_modules', 'vitest', 'vitest.mjs'), 'run']);
      assert.equal(code, 0, text);
      assert.match(text, /2 passed/);
    });
  });

it('the course itself is not packed or published by mistake', async () => {
  const { code, text } = await runIn(own.folder, [findNpm(), 'pack', '--dry-run']);
  assert.notEqual(code, 0);
  assert.match(text, /npm run pack/);
});

/** Runs Python from a Node, as all programs are run here. */
const startPython = `const { status } = require('node:child_process').spawnSync(process.argv[1], ['-c', process.argv[2]], { stdio: 'inherit' });
process.exitCode = status ?? 1;`;
