/** A package whose index names megabytes of declarations: read is what is named, by whomever, and that is checked. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { CellLanguage } from '../../../src/kernel/contracts.ts';
import { makeProject } from '../modules/project.ts';
import { isPlain, makeLanguage } from './cell-session.ts';

/** Twenty-four services in modules of their own, with 200 KB of declarations each. */
const services = Array.from({ length: 24 }, (_, at) => `Service${at}`);
const padding = `  // ${'declarations '.repeat(16_000)}\n`;
const serviceFiles = Object.fromEntries(
  services.map((name) => [
    `node_modules/cloud/services/${name.toLowerCase()}.d.ts`,
    `${padding}declare class ${name} { put(key: string): number; }\nexport = ${name};\n`,
  ]),
);
const names = (line: (name: string) => string) => services.map(line).join('');

const cloud = {
  ...serviceFiles,
  'node_modules/cloud/package.json': { name: 'cloud', types: './index.d.ts', main: './index.js' },
  'node_modules/cloud/index.d.ts': "export * from './services/all';\nexport declare const version: string;\n",
  'node_modules/cloud/services/all.d.ts':
    names((name) => `export import ${name} = require('./${name.toLowerCase()}');\n`) +
    "import renamed = require('./service7');\nexport { renamed as Other };\n",
  'node_modules/helper/package.json': { name: 'helper', types: './index.d.ts', main: './index.js' },
  'node_modules/helper/index.d.ts':
    "import { Service5 } from 'cloud';\nexport declare function make(): Service5;\n",
};

class Notebook {
  readonly language: CellLanguage;
  #count = 0;

  constructor(t: TestContext, folder: string) {
    this.language = makeLanguage(folder);
    t.after(() => this.language.dispose());
  }

  /** The codes of what is wrong with a cell; one that is right is remembered. */
  run(source: string): number[] {
    const compiled = this.language.compile(source, (this.#count += 1));
    if (compiled.ok) this.language.accept(compiled.cell);
    return (compiled.ok ? compiled.cell.diagnostics : compiled.diagnostics).map(({ code }) => code);
  }
}

const strict = { 'tsconfig.json': { compilerOptions: { strict: true, module: 'nodenext' } } };

test('of a large index, what cells name is read and checked, and nothing else', (t) => {
  const { run, files } = notebookIn(t, { ...cloud, ...strict });
  assert.deepEqual(run("import * as cloud from 'cloud';"), []);
  assert.deepEqual(run('const one = new cloud.Service1(); const n: number = one.put("a");'), []);
  assert.deepEqual(run('one.put(5);'), [2345]);
  assert.deepEqual(run('const two: string = new cloud.Service2().put("a");'), [2322]);
  assert.deepEqual(run('cloud.Zervix'), [2339], 'what the index does not have is told');
  assert.deepEqual(run('const other: string = new cloud.Other().put("a");'), [2322], 'by its other name');
  assert.deepEqual(run('const configured = { service3: 1 }; const three = cloud.Service3;'), []);
  if (isPlain()) return;
  assert.deepEqual(
    files()
      .map((name) => path.basename(name))
      .sort(),
    ['all.d.ts', 'index.d.ts', 'service1.d.ts', 'service2.d.ts', 'service3.d.ts', 'service7.d.ts'],
  );
});

test("what the user's modules and other packages name is read, too", (t) => {
  const { run, folder } = notebookIn(t, {
    ...cloud,
    ...strict,
    'mine.mts': "import { Service4 } from 'cloud';\nexport const four = new Service4();\n",
  });
  assert.deepEqual(run("import { four } from './mine.mts';\nimport { make } from 'helper';"), []);
  assert.deepEqual(run('const text: string = four.put("a");'), [2322]);
  assert.deepEqual(run('make().put(5);'), [2345]);
  appendFileSync(
    path.join(folder, 'mine.mts'),
    "import { Service6 } from 'cloud';\nexport const six = new Service6();\n",
  );
  assert.deepEqual(run("import { six } from './mine.mts';\nsix.put(6);"), [2345]);
});

test('what completes in a cell that first names a module is known', async (t) => {
  const { run, language } = notebookIn(t, { ...cloud, ...strict });
  assert.deepEqual(run("import * as cloud from 'cloud';"), []);
  const source = 'new cloud.Service8().';
  const completed = async (text: string) =>
    (await language.complete(text, text.length)).entries.map((entry) => entry.text);
  assert.ok((await completed(source)).includes('put'));
  assert.ok((await completed('cloud.Service')).includes('Service9'));
});

test('an index that declares things of its own is read whole', (t) => {
  const { run } = notebookIn(t, {
    ...cloud,
    ...strict,
    'node_modules/cloud/services/all.d.ts': `${names(
      (name) => `import ${name} = require('./${name.toLowerCase()}');\n`,
    )}export declare const made: Service0;\n`,
  });
  assert.deepEqual(run("import { made } from 'cloud';\nmade.put(5);"), [2345]);
});

function notebookIn(t: TestContext, files: Readonly<Record<string, unknown>>) {
  const folder = makeProject(t, files);
  const notebook = new Notebook(t, folder);
  const { language } = notebook;
  return {
    folder,
    language,
    run: (source: string) => notebook.run(source),
    /** The package's files that are read. */
    files: () =>
      (language as CellLanguage & { handOver(): string[] })
        .handOver()
        .filter((name) => name.includes('/node_modules/cloud/')),
  };
}
