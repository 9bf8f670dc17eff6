/** The declarations of `streamtrain/kafka`: whole where TensorFlow is not installed, and with tfjs' own tensors where it is. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type * as tfjs from '@tensorflow/tfjs-node';
import ts from 'typescript';
import { datasetOf } from '../../src/kafka/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

before(() => {
  project = mkdtempSync(path.join(tmpdir(), 'streamtrain-types-'));
  const packages = path.join(project, 'node_modules');
  const library = path.join(packages, 'streamtrain');
  mkdirSync(library, { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(library, 'package.json'));
  // Its real path decides what can be found from a file: a copy, so that nothing of this project's packages is.
  cpSync(path.join(root, 'dist'), path.join(library, 'dist'), {
    recursive: true,
    filter: (from) => !/\.(js|map)$/.test(from),
  });
  for (const name of ['@types', 'undici-types', 'ajv', 'avsc', 'kafkajs', 'zod'])
    symlinkSync(path.join(root, 'node_modules', name), path.join(packages, name));
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }');
});

after(() => rmSync(project, { recursive: true, force: true }));

/** What the compiler says of a program, and of the library's declarations unless `skipLibCheck`. */
function problemsOf(text: string, { skipLibCheck = false } = {}): readonly string[] {
  const file = path.join(project, 'program.ts');
  writeFileSync(file, text);
  const program = ts.createProgram([file], {
    ...{
      strict: true,
      noEmit: true,
      skipLibCheck,
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules/@types')],
    },
    ...{
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  });
  const ours = program.getSourceFiles().filter(({ fileName }) => path.resolve(fileName).startsWith(project));
  return ours
    .flatMap((one) => [...program.getSyntacticDiagnostics(one), ...program.getSemanticDiagnostics(one)])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe('without TensorFlow', () => {
  it('streamtrain/kafka type-checks, and so does a program that trains by it', () => {
    const program = `
      import { csvCodec, datasetOf, fromKafka } from 'streamtrain/kafka';
      export async function rows(): Promise<number> {
        let rows = 0;
        for await (const { xs, ys } of fromKafka('t').decodeBatch(csvCodec({ columns: 9 }), 32)) {
          rows += xs.shape[0] ?? 0;
          const labels: ArrayLike<number> = ys.dataSync();
          rows += labels.length;
          xs.dispose();
          ys.dispose();
        }
        for await (const batch of datasetOf([1, 2, 3]).batch(2)) batch.dispose();
        return rows;
      }`;
    assert.deepEqual(problemsOf(program), []);
  });

  it('a room that stands on TensorFlow says what it lacks', () => {
    const problems = problemsOf(`import * as model from 'streamtrain/model';\nvoid model;`);
    assert.match(problems.join('\n'), /Cannot find module '@tensorflow\/tfjs/);
  });
});

it("with TensorFlow, mini-batches go to tfjs' models, also where rooms are imported one by one", () => {
  const tensorflow = path.join(project, 'node_modules', '@tensorflow');
  symlinkSync(path.join(root, 'node_modules', '@tensorflow'), tensorflow);
  const program = (room: string) => `
    import { csvCodec, fromKafka } from 'streamtrain/kafka';
    import type { LayersModel } from '@tensorflow/tfjs-node';
    import * as room from '${room}';
    export async function predict(model: LayersModel): Promise<void> {
      for await (const { xs } of fromKafka('t').decodeBatch(csvCodec({ columns: 9 }), 32)) model.predict(xs);
    }
    void room;`;
  for (const room of ['streamtrain/model', 'streamtrain/training'])
    assert.deepEqual(problemsOf(program(room), { skipLibCheck: true }), [], room);
  rmSync(tensorflow);
});

it("with TensorFlow, mini-batches are tfjs' own tensors, by their types as well", async () => {
  const [batch] = await datasetOf([1, 2, 3]).batch(3).toArray();
  const own: tfjs.Tensor2D | undefined = batch;
  assert.ok(own instanceof tensorflow().Tensor);
  own.dispose();
});
