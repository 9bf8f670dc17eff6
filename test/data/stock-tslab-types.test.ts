/** The declarations we publish, read by the TypeScript that stock tslab brings (5.0, Node10 resolution). */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const project = fileURLToPath(new URL('../../', import.meta.url));
const rooms = ['data', 'model', 'training', 'plots'];
// The same API, an older release: what tslab itself compiles cells with.
const tslabTs = createRequire(import.meta.url)('@tslab/typescript-for-tslab') as typeof ts;
let user: string;

/** A user's project with the package in its node_modules, its declarations fresh from the sources. */
before(() => {
  user = mkdtempSync(join(tmpdir(), 'streamtrain types '));
  const installed = join(user, 'node_modules', 'streamtrain');
  mkdirSync(installed, { recursive: true });
  for (const name of ['@tensorflow', '@types', 'danfojs-node'])
    symlinkSync(join(project, 'node_modules', name), join(user, 'node_modules', name));
  copyFileSync(join(project, 'package.json'), join(installed, 'package.json'));
  const { config } = ts.readConfigFile(join(project, 'tsconfig.build.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, project);
  const emit: ts.CompilerOptions = {
    ...options,
    emitDeclarationOnly: true,
    incremental: false,
    noCheck: true,
  };
  delete emit.tsBuildInfoFile;
  const roots = rooms.map((room) => join(project, 'src', room, 'index.ts'));
  ts.createProgram(roots, {
    ...emit,
    outDir: join(installed, 'dist'),
    sourceMap: false,
    inlineSources: false,
  }).emit();
});
after(() => rmSync(user, { recursive: true }));

/** What tslab's TypeScript says about a cell. */
function complaints(cell: string): string[] {
  const file = join(user, 'cell.ts');
  writeFileSync(file, cell);
  const program = tslabTs.createProgram([file], {
    module: tslabTs.ModuleKind.CommonJS,
    moduleResolution: tslabTs.ModuleResolutionKind.Node10,
    target: tslabTs.ScriptTarget.ES2022,
    esModuleInterop: true,
    skipLibCheck: true,
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(project, 'node_modules', '@types')],
  });
  const published = program.getSourceFiles().filter(({ fileName }) => fileName.includes('streamtrain/dist'));
  assert.ok(published.length > 10, `${published.length} declaration files read`);
  // skipLibCheck is for danfojs and the like: our own declarations are checked all the same.
  const all = [program.getSourceFile(file)!, ...published].flatMap((source) => [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]);
  return all.map(
    ({ file: at, messageText }) =>
      `${at?.fileName}: ${tslabTs.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

const imports = `
import { readBreastCancer, encodeLabels, trainTestSplit, fitMedianImputer,
  fitStandardScaler, splitLabels, toCsvRows, toKafkaItems, breastCancerFeatures } from 'streamtrain/data';
import { buildClassifier, compileClassifier, saveModel, loadModel } from 'streamtrain/model';
import { evaluateClassifier, confusionMatrix } from 'streamtrain/training';
import { confusionMatrixFigure, classBalanceFigure, showFigure } from 'streamtrain/plots';
`;

describe("on stock tslab's TypeScript 5.0", () => {
  it('a notebook gets every room with its full types', () => {
    assert.equal(tslabTs.versionMajorMinor, '5.0');
    const cell = `${imports}
      async function all(display: { raw(mime: string, content: string | Uint8Array): void }) {
        const frame = encodeLabels((await readBreastCancer()).drop({ columns: ['Sample_code_number'] }));
        frame.head(5).print();
        const { train, test } = trainTestSplit(frame, { testSize: 0.4, seed: 1 });
        const filled = fitMedianImputer(train).transform(test);
        fitStandardScaler(train, { columns: breastCancerFeatures }).transform(filled);
        const { features, labels } = splitLabels(filled, 'Class');
        const first: string = toKafkaItems(features, labels)[0]!.value + toCsvRows(features)[0];
        const model = compileClassifier(buildClassifier({ inputs: 9, seed: 1 }));
        model.summary();
        await saveModel(model, 'folder');
        const evaluation = await evaluateClassifier(await loadModel('folder'), []);
        await showFigure(display, classBalanceFigure({ benign: 458, malignant: 241 }));
        await showFigure(display, confusionMatrixFigure(evaluation.confusion, { classes: ['a', 'b'] }));
        return [first, confusionMatrix([0], [1])[0][1].toFixed(), evaluation.accuracy.toFixed(3)];
      }
      void all;`;
    assert.deepEqual(complaints(cell), []);
  });

  it('a wrong option or a missing name is an error in the cell, so the types are not any', () => {
    const found = complaints(`${imports}
      buildClassifier({ input: 9 });
      trainTestSplit(1);
      const text: string = classBalanceFigure({ a: 1 });
      evaluateClassifier(loadModel('x'), []);
      void [text];`);
    assert.equal(found.length, 4, found.join('\n'));
  });
});
