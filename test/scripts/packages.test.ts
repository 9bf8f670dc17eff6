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
import { projectAt, venvPython } from '../../src/install/index.ts';
import { runIn } from './tiny-clone.ts';

const own = projectAt();
const scripts = new URL('../../scripts/', import.meta.url);
const { findNpm } = (await import(new URL('bootstrap.mjs', scripts).href)) as { findNpm: () => string };

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

  it('says which package the kernel is in', async () => {
    const bin = path.join('node_modules', 'streamtrain', 'dist', 'cli', 'main.js');
    const { code, text } = await runIn(folder, [bin, 'kernel', 'list']);
    assert.equal(code, 1);
    assert.match(text, /ST_CLI_KERNEL_MISSING.*npm install @streamtrain\/kernel/);
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

it('the course itself is not packed or published by mistake', async () => {
  const { code, text } = await runIn(own.folder, [findNpm(), 'pack', '--dry-run']);
  assert.notEqual(code, 0);
  assert.match(text, /npm run pack/);
});

/** Runs Python from a Node, as all programs are run here. */
const startPython = `const { status } = require('node:child_process').spawnSync(process.argv[1], ['-c', process.argv[2]], { stdio: 'inherit' });
process.exitCode = status ?? 1;`;
