import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  GraphBuildError,
  GraphBuilder,
  GraphDisposedError,
  GraphLoadError,
  GraphRunError,
  Maths,
  loadGraph,
} from '../../src/graph/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

function counter(container: string) {
  const graph = new GraphBuilder(container);
  const m = new Maths(graph);
  const count = graph.variable('count', 'float32', [2]);
  const by = graph.placeholder('float32', [2], 'by');
  const set = graph.assign(count, graph.op('DeepCopy', [by]));
  const reset = m.identity(graph.constant(0), [set]);
  const added = graph.run('AssignAddVariableOp', [count.handle, by]);
  const now = graph.read(count, { control: [added] });
  const session = loadGraph(graph);
  return {
    session,
    reset: session.signature('reset', [by], [reset]),
    add: session.signature('add', [by], [now]),
  };
}

const nativeTensors = () =>
  (tensorflow().backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();
const pair = (a: number, b: number) => [{ data: Float32Array.of(a, b), shape: [2] }];

describe('a graph', () => {
  it('computes what its nodes say, over any number of rows', () => {
    const graph = new GraphBuilder();
    const m = new Maths(graph);
    const x = graph.placeholder('float32', [null, 2], 'x');
    const y = m.matMul(x, graph.constant([1, 2, 3, 4], { shape: [2, 2] }));
    assert.deepEqual(y.shape, [null, 2]);
    const outputs = [y, m.sum(y, [1]), m.max(y, 12), m.concat([m.reshape(y, [null]), m.reshape(x, [null])])];
    using session = loadGraph(graph);
    const all = session.signature('all', [x], outputs);
    const found = all.run([{ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }]);
    assert.deepEqual(
      found.map((array) => [...array]),
      [
        [7, 10, 15, 22],
        [17, 37],
        [12, 12, 15, 22],
        [7, 10, 15, 22, 1, 2, 3, 4],
      ],
    );
    assert.deepEqual([...all.run([{ data: Float32Array.of(5, 6), shape: [1, 2] }])[0]!], [23, 34]);
  });

  it('keeps variables from call to call, each session its own, even under the same names', () => {
    const [a, b] = [counter('same'), counter('same')];
    const start = pair(1, 2);
    a.reset.run(start);
    b.reset.run(pair(0, 0));
    a.add.run(pair(1, 1));
    assert.deepEqual([...a.add.run(pair(1, 1))[0]!], [3, 4]);
    assert.deepEqual([...b.add.run(pair(1, 1))[0]!], [1, 1]);
    assert.deepEqual([...start[0]!.data], [1, 2], 'the fed array is not the variable');
    a.session.dispose();
    assert.deepEqual([...b.add.run(pair(1, 1))[0]!], [2, 2]);
    b.session.dispose();
  });

  it('refuses shapes that do not go together while it is built, and says where', () => {
    const graph = new GraphBuilder();
    const m = new Maths(graph);
    const x = graph.placeholder('float32', [null, 3], 'x');
    const refused = (build: () => unknown, op: string) =>
      assert.throws(
        build,
        (error) => error instanceof GraphBuildError && error.op === op && error.message.includes('3'),
      );
    refused(() => m.matMul(x, graph.constant([1, 2], { shape: [2, 1] })), 'MatMul');
    refused(() => m.add(x, graph.constant([1, 2])), 'AddV2');
    assert.throws(() => graph.op('NoOp', []), GraphBuildError);
  });

  it('refuses arrays of another shape than its inputs say, which TensorFlow would compute on', () => {
    const graph = new GraphBuilder();
    const x = graph.placeholder('float32', [null, 2]);
    const y = graph.op('Identity', [x]);
    using session = loadGraph(graph);
    const same = session.signature('same', [x], [y]);
    for (const shape of [[1, 4], [4], [2, 2, 1]])
      assert.throws(
        () => same.run([{ data: Float32Array.of(1, 2, 3, 4), shape }]),
        /takes the shape \[\?, 2\]/,
      );
    assert.deepEqual(same.run([{ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }]), [
      Float32Array.of(1, 2, 3, 4),
    ]);
  });

  for (const [place, byteOffset] of [
    ['in place', 64],
    ['only as a copy', 68],
  ] as const)
    it(`takes what held arrays hold at each run, also where TensorFlow reads them ${place}`, () => {
      const graph = new GraphBuilder();
      const x = graph.placeholder('float32', [null, 2]);
      const y = graph.op('Neg', [x]);
      using session = loadGraph(graph);
      const negative = session.signature('negative', [x], [y]);
      const data = new Float32Array(new WebAssembly.Memory({ initial: 1 }).buffer, byteOffset, 4);
      const before = nativeTensors();
      const held = negative.hold([{ data, shape: [2, 2] }]);
      assert.equal(nativeTensors() - before, byteOffset === 64 ? 1 : 0);
      for (const first of [1, 5]) {
        data.set([first, 2, 3, 4]);
        assert.deepEqual(held.run(), [Float32Array.of(-first, -2, -3, -4)]);
      }
      assert.throws(() => negative.hold([{ data, shape: [4] }]), GraphRunError);
      held.dispose();
      held.dispose();
      assert.throws(
        () => held.run(),
        (error) => error instanceof GraphRunError && /let go/.test(error.message),
      );
      assert.equal(nativeTensors(), before);
      using later = negative.hold([{ data, shape: [2, 2] }]);
      session.dispose();
      assert.throws(() => later.run(), GraphDisposedError);
    });

  it('says what is wrong with a call, and works after it; refuses use after dispose', () => {
    const { session, add, reset } = counter('errors');
    reset.run(pair(0, 0));
    assert.throws(() => add.run([]), GraphRunError);
    assert.throws(() => add.run([{ data: Float32Array.of(1, 2, 3), shape: [2] }]), GraphRunError);
    assert.throws(() => add.run([{ data: Float32Array.of(1, 2, 3), shape: [3] }]), GraphRunError);
    assert.throws(() => add.run([{ data: Int32Array.of(1, 2), shape: [2] }]), GraphRunError);
    assert.deepEqual([...add.run(pair(1, 1))[0]!], [1, 1]);
    session.dispose();
    session.dispose();
    assert.throws(() => add.run(pair(1, 1)), GraphDisposedError);
  });

  it('leaves no temporary folder, neither when it loads nor when TensorFlow refuses it', async () => {
    await inTemporaryPlace(async (place) => {
      counter('folders').session.dispose();
      const graph = new GraphBuilder();
      // A cast without its target type: TensorFlow sees it, we do not.
      const x = graph.placeholder('float32', [2], 'x');
      graph.run('Cast', [x]);
      assert.throws(() => loadGraph(graph), GraphLoadError);
      assert.deepEqual(await readdir(place), []);
    });
  });

  it('says so when the place for temporary files cannot be written', async () => {
    await inTemporaryPlace(async (place) => {
      process.env['TMPDIR'] = join(place, 'missing');
      assert.throws(() => counter('nowhere'), GraphLoadError);
    });
  });

  it('says so where the backend is not the native one', async () => {
    const tf = tensorflow();
    const graph = new GraphBuilder();
    await tf.setBackend('cpu');
    try {
      assert.throws(() => loadGraph(graph), { code: 'ST_GRAPH_BACKEND', backend: 'cpu' });
    } finally {
      await tf.setBackend('tensorflow');
    }
  });
});

/** Runs with a place for temporary files of our own. */
async function inTemporaryPlace(run: (place: string) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'test-graph-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = place;
  try {
    await run(place);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await rm(place, { recursive: true, force: true });
  }
}
