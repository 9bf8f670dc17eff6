/** Checkpoints in a folder. */
import assert from 'node:assert/strict';
import { InvalidOptionError } from '../../../src/options.ts';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  CheckpointLockedError,
  CheckpointRefusedError,
  CheckpointSaveError,
  CheckpointUnusableError,
  localCheckpoints,
  restoreNewest,
} from '../../../src/training/index.ts';
import { ModelNotFiniteError, buildClassifier, compileTrainStep } from '../../../src/model/index.ts';
import { writeCheckpoint } from '../../../src/training/checkpoint/manifest.ts';
import { contentOf, Memory, temporaryFolder } from './helpers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('gives back what was saved, newest first, and keeps the last ones only', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'not', 'there', 'yet');
  const store = localCheckpoints(folder, { keep: 2 });
  assert.deepEqual(await store.list(), []);
  for (let n = 1; n <= 4; n++) await store.save(contentOf(n));
  assert.deepEqual(await store.list(), ['checkpoint-000000000004', 'checkpoint-000000000003']);
  const { id, created, topics, position, parts } = await store.load('checkpoint-000000000004');
  assert.deepEqual({ topics, position, parts }, contentOf(4));
  assert.equal(id, 'checkpoint-000000000004');
  assert.ok(Math.abs(created.getTime() - Date.now()) < 60_000);
  assert.deepEqual(
    (await fs.readdir(folder)).sort(),
    [...(await store.list())].sort(),
    'nothing else is left',
  );
});

test('its files are those that a topic gets, whatever the memory held before: large and small ones at once', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder, { keep: 9 });
  const lock = await store.lock();
  const contents = [1000, 3, 0, 1001, 7, 800, 600].map((length) => ({
    ...contentOf(length),
    parts: {
      ...contentOf(length).parts,
      odd: { kind: 'memory', state: [new Uint8Array(length).fill(255), Float64Array.of(length), 'x'] },
    },
  }));
  // A state belongs to whoever has it: it may change as soon as the call has returned.
  const given = contents.map((content) => structuredClone(content));
  const save = (content: (typeof given)[number]) => {
    const saved = store.save(content);
    content.parts.odd.state.forEach((one) => typeof one === 'string' || one.fill(1));
    return saved;
  };
  // The last one in the memory of the one before.
  const ids = [...(await Promise.all(given.slice(0, -1).map(save))), await save(given.at(-1)!)];
  assert.deepEqual(ids, [...(await store.list())].reverse());
  const dateless = (text: string) => text.replace(/"sha256":"\w+","manifest"|"created":"[^"]+"/g, '');
  for (const [i, content] of contents.entries()) {
    const expected = writeCheckpoint(content);
    const file = (name: string) => fs.readFile(path.join(folder, ids[i]!, name));
    assert.deepEqual(await file('arrays.bin'), expected.arrays);
    assert.equal(dateless(String(await file('manifest.json'))), dateless(String(expected.manifest)));
    assert.deepEqual((await store.load(ids[i]!)).parts, content.parts);
  }
  await lock.release();
});

test('the memory of a checkpoint is let go where the next ones are smaller, and with the lock', async (t) => {
  const store = localCheckpoints(await temporaryFolder(t), { keep: 1 });
  const lock = await store.lock();
  const bytes = 32 * 2 ** 20;
  const save = (length: number) =>
    store.save({ ...contentOf(1), parts: { a: { kind: 'memory', state: new Uint8Array(length) } } });
  const before = heldBytes();
  // The memory of what is collected is given back a little later.
  const isLetGo = async () => {
    for (const until = performance.now() + 10_000; heldBytes() - before >= bytes / 2; await sleep(20))
      assert.ok(performance.now() < until, 'it is held still');
  };
  await save(bytes);
  assert.ok(heldBytes() - before > bytes / 2, 'it is kept for the next one');
  await save(40);
  await isLetGo();
  await save(bytes);
  await lock.release();
  await isLetGo();
});

/** Of array buffers that something refers to. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

test('any flipped bit and any cut in any file is refused with its reason, and the one before is used', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder);
  await store.save(contentOf(1));
  await store.save(contentOf(2));
  const newest = path.join(folder, 'checkpoint-000000000002');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('manifest.json', 'arrays.bin'),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.constantFrom('flip', 'cut', 'append', 'zero'),
      fc.integer({ min: 0, max: 7 }),
      async (name, where, how, bit) => {
        const file = path.join(newest, name);
        const good = await fs.readFile(file);
        const at = Math.floor(where * good.length);
        const bad = Buffer.from(good);
        if (how === 'flip') bad[at]! ^= 1 << bit;
        if (how === 'zero') bad.fill(0, at);
        const bytes =
          how === 'cut'
            ? good.subarray(0, at)
            : how === 'append'
              ? Buffer.concat([good, Buffer.of(at)])
              : bad;
        await fs.writeFile(file, bytes);
        try {
          if (bytes.equals(good)) return;
          const model = new Memory(null);
          const { checkpoint, refused } = await restoreNewest(localCheckpoints(folder), ['cancer'], {
            model,
            metrics: new Memory(null),
          });
          assert.equal(checkpoint?.id, 'checkpoint-000000000001');
          assert.deepEqual(model.state, contentOf(1).parts['model']?.state);
          assert.equal(refused.length, 1);
          assert.ok(refused[0]?.message.includes('checkpoint-000000000002'), refused[0]?.message);
        } finally {
          await fs.writeFile(file, good);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('says which it was: torn, damaged, foreign or of a newer format', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder);
  const id = await store.save(contentOf(1));
  const place = path.join(folder, id);
  const manifest = await fs.readFile(path.join(place, 'manifest.json'), 'utf8');
  const faultOf = async (): Promise<string> => {
    const error: unknown = await store.load(id).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof CheckpointRefusedError, String(error));
    return `${error.code} ${error.fault}: ${error.message}`;
  };
  const withManifest = async (text: string): Promise<string> => {
    await fs.writeFile(path.join(place, 'manifest.json'), text);
    const found = await faultOf();
    await fs.writeFile(path.join(place, 'manifest.json'), manifest);
    return found;
  };
  assert.match(
    await withManifest(manifest.slice(0, 100)),
    /^ST_TRAINING_CHECKPOINT_DAMAGED torn: .*manifest\.json is no JSON/,
  );
  assert.match(
    await withManifest(manifest.replace('"cancer"', '"cancel"')),
    /^ST_TRAINING_CHECKPOINT_DAMAGED damaged: .*checksum/,
  );
  assert.match(
    await withManifest('{"a":1}\n'),
    /^ST_TRAINING_CHECKPOINT_FOREIGN foreign: .*not one of streamtrain's/,
  );
  assert.match(
    await withManifest('{"checksum":"x","manifest":{"format":"streamtrain-checkpoint","version":7}}\n'),
    /^ST_TRAINING_CHECKPOINT_NEWER newer: .*format 7.*up to 3.*Update/,
  );
  await fs.truncate(path.join(place, 'arrays.bin'), 10);
  assert.match(await faultOf(), /DAMAGED torn: .*arrays\.bin has 10 of 16 bytes/);
  await fs.rm(path.join(place, 'arrays.bin'));
  assert.match(await faultOf(), /DAMAGED torn: .*arrays\.bin is missing/);
});

test('another topic, another kind, another shape: refused, nothing restored, and training does not start over', async (t) => {
  const store = localCheckpoints(await temporaryFolder(t));
  const parts = contentOf(1).parts;
  await store.save({
    ...contentOf(1),
    parts: { ...parts, metrics: { kind: 'memory', state: { refuse: true } } },
  });
  const model = new Memory('as it was');
  const metrics = new Memory('as it was, too');
  for (const [topics, statefuls, problem] of [
    [['weather'], { model, metrics }, /topic cancer, not of weather/],
    [['cancer'], { model: new Memory(1, 'forest'), metrics }, /its model is a memory, not a forest/],
    [['cancer'], { model, metrics, scaler: new Memory(1) }, /no state for scaler \(memory\)/],
    [['cancer'], { model }, /a state for metrics \(memory\), which this training has not/],
    [['cancer'], { model, metrics }, /its metrics does not fit: too wide by 3/],
  ] as const) {
    await assert.rejects(restoreNewest(store, topics, statefuls), (error) => {
      assert.ok(error instanceof CheckpointUnusableError);
      assert.match(error.message, problem);
      assert.equal(error.refused[0]?.fault, 'foreign');
      assert.equal(error.cause, error.refused[0]);
      return true;
    });
    assert.deepEqual([model.state, metrics.state], ['as it was', 'as it was, too']);
  }
});

test('a refused checkpoint is left alone and not counted until it is mended, and its number is not used again', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder, { keep: 1 });
  await store.save(contentOf(1));
  await fs.mkdir(path.join(folder, 'checkpoint-000000000005'));
  const memories = { model: new Memory(null), metrics: new Memory(null) };
  const { checkpoint, refused } = await restoreNewest(store, ['cancer'], memories);
  assert.deepEqual([checkpoint?.id, refused.length], ['checkpoint-000000000001', 1]);
  assert.equal(await store.save(contentOf(2)), 'checkpoint-000000000006');
  assert.deepEqual(await store.list(), ['checkpoint-000000000006', 'checkpoint-000000000005']);
  const [whole, torn] = [6, 5].map((n) => path.join(folder, `checkpoint-00000000000${n}`));
  await fs.cp(whole!, torn!, { recursive: true });
  assert.deepEqual((await store.load('checkpoint-000000000005')).position, contentOf(2).position);
  await store.save(contentOf(3));
  assert.deepEqual(await store.list(), ['checkpoint-000000000007']);
});

test('disk full: the save fails with its reason, earlier checkpoints are whole, and it works again later', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs a file-size limit as Linux shells have it');
  const folder = await temporaryFolder(t);
  await localCheckpoints(folder).save(contentOf(1));
  // Writes beyond 100 KB fail half-way, as on a disk that is full.
  const script = `
    process.on('SIGXFSZ', () => {});
    const { localCheckpoints } = await import(${JSON.stringify(new URL('../../../src/training/index.ts', import.meta.url).href)});
    const store = localCheckpoints(${JSON.stringify(folder)});
    const content = { topics: ['cancer'], position: {}, parts: { model: { kind: 'm', state: new Uint8Array(5e5) } } };
    try { await store.save(content); console.log('saved'); } catch (error) { console.log(error.code, error.canRetry, error.cause.code); }`;
  const limited = `ulimit -f 200; exec "$0" --import tsx --input-type=module -e "$1"`;
  const said = execFileSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
  assert.equal(said, 'ST_TRAINING_CHECKPOINT_SAVE true EFBIG\n');
  assert.deepEqual(await fs.readdir(folder), ['checkpoint-000000000001']);
  const store = localCheckpoints(folder);
  assert.deepEqual((await store.load('checkpoint-000000000001')).position, contentOf(1).position);
  assert.equal(await store.save(contentOf(2)), 'checkpoint-000000000002');
});

test('a folder that cannot be written to is an error with its reason', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a-file');
  await fs.writeFile(file, '');
  const store = localCheckpoints(path.join(file, 'below'));
  await assert.rejects(store.save(contentOf(1)), CheckpointSaveError);
  await assert.rejects(store.lock(), { code: 'ST_TRAINING_CHECKPOINT_SAVE' });
});

test('where what a dead trainer left cannot be removed, the error says so and the lock is not kept', async (t) => {
  if (process.platform === 'win32') return;
  const folder = await temporaryFolder(t);
  await fs.chmod(folder, 0o777);
  const sealed = path.join(folder, '.writing-abc', 'sealed');
  await fs.mkdir(sealed, { recursive: true });
  await fs.writeFile(path.join(sealed, 'file'), '');
  await fs.chmod(sealed, 0o500);
  const isRoot = process.geteuid?.() === 0; // to whom everything is permitted
  if (isRoot) process.seteuid?.(65534);
  try {
    await assert.rejects(localCheckpoints(folder).lock(), (error) => {
      assert.ok(error instanceof CheckpointSaveError);
      assert.match(error.message, /\.writing-/);
      return true;
    });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  const [left, ...others] = await fs.readdir(folder);
  assert.deepEqual(others, [], 'no lock');
  await fs.chmod(path.join(folder, left!, 'sealed'), 0o700);
  await (await localCheckpoints(folder).lock()).release();
  assert.deepEqual(await fs.readdir(folder), []);
});

test('the second trainer on a folder is refused and told who has it; after release it may', async (t) => {
  const folder = await temporaryFolder(t);
  const lock = await localCheckpoints(folder).lock();
  await assert.rejects(localCheckpoints(folder).lock(), (error) => {
    assert.ok(error instanceof CheckpointLockedError);
    assert.deepEqual([error.pid, error.host], [process.pid, os.hostname()]);
    assert.ok(error.message.includes(`Process ${process.pid}`));
    return true;
  });
  await lock.release();
  await (await localCheckpoints(folder).lock()).release();
  assert.deepEqual(await fs.readdir(folder), []);
});

test('what a killed trainer left behind is taken over and cleared away: its lock and a half-written checkpoint', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `
    const { localCheckpoints } = await import(${JSON.stringify(new URL('../../../src/training/index.ts', import.meta.url).href)});
    await localCheckpoints(${JSON.stringify(folder)}).lock();
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  await assert.rejects(localCheckpoints(folder).lock(), { pid: child.pid });
  child.kill('SIGKILL');
  await once(child, 'close');
  await fs.mkdir(path.join(folder, '.writing-abc'));
  await fs.writeFile(path.join(folder, '.writing-abc', 'arrays.bin'), 'half');
  const lock = await localCheckpoints(folder).lock();
  assert.deepEqual(await fs.readdir(folder), ['lock.json']);
  // A process id that now belongs to another process (here: ours) does not keep a dead owner's lock.
  const owner = JSON.parse(await fs.readFile(path.join(folder, 'lock.json'), 'utf8')) as object;
  await lock.release();
  if (process.platform !== 'linux') return;
  await fs.writeFile(path.join(folder, 'lock.json'), JSON.stringify({ ...owner, processStart: '1' }));
  await (await localCheckpoints(folder).lock()).release();
});

test('of many that try at once for a dead lock, one gets it', async (t) => {
  const folder = await temporaryFolder(t);
  const dead = { id: 'x', pid: 2 ** 22 + 1, host: os.hostname(), processStart: '1' };
  await fs.writeFile(path.join(folder, 'lock.json'), JSON.stringify(dead));
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => localCheckpoints(folder).lock()));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('options that cannot be are refused at once', () => {
  assert.throws(() => localCheckpoints(''), InvalidOptionError);
  assert.throws(() => localCheckpoints('x', { keep: 0 }), { option: 'keep', value: 0 });
});

test('a network that has diverged is brought back from its last good checkpoint', async (t) => {
  const store = localCheckpoints(await temporaryFolder(t));
  const layers = buildClassifier({ inputs: 2, seed: 1 });
  using model = compileTrainStep(layers, { optimizer: 'sgd' });
  layers.dispose();
  const batch = { rows: 2, xs: Float32Array.of(1, 2, 3, 4), ys: Float32Array.of(0, 1) };
  model.learn(batch);
  const good = model.predict(batch.xs, 2);
  await store.save({ ...contentOf(1), parts: { model: { kind: model.kind, state: model.save() } } });
  model.learningRate = 1e38;
  assert.throws(() => {
    for (let i = 0; i < 5; i++) model.learn(batch);
  }, ModelNotFiniteError);
  assert.throws(() => model.save(), ModelNotFiniteError);
  const { topics } = contentOf(1);
  await restoreNewest(store, topics, { model });
  assert.deepEqual(model.predict(batch.xs, 2), good);
  assert.equal(model.learningRate, 0.01);
});

test('it is written in a bundle, too, whose names are short and yet kept', async (t) => {
  const folder = await temporaryFolder(t);
  const { build, stop } = await import('esbuild');
  t.after(() => stop());
  const entry = new URL('../../../src/training/checkpoint/local-checkpoints.ts', import.meta.url);
  // In a folder of the project, where packages are found.
  const ignored = fileURLToPath(new URL('../../../.streamtrain/', import.meta.url));
  const bundle = path.join(ignored, `bundle-${process.pid}`, 'local-checkpoints.mjs');
  t.after(() => fs.rm(path.dirname(bundle), { recursive: true, force: true }));
  await build({
    ...{ entryPoints: [fileURLToPath(entry)], outfile: bundle, bundle: true, packages: 'external' },
    ...{ format: 'esm', platform: 'node', minify: true, keepNames: true },
  });
  const bundled = (await import(pathToFileURL(bundle).href)) as { localCheckpoints: typeof localCheckpoints };
  const store = bundled.localCheckpoints(path.join(folder, 'checkpoints'), { keep: 1 });
  const lock = await store.lock();
  await store.save(contentOf(1));
  assert.equal(await store.save(contentOf(2)), 'checkpoint-000000000002');
  await lock.release();
  const [id] = await localCheckpoints(store.place).list();
  assert.deepEqual((await localCheckpoints(store.place).load(id!)).parts, contentOf(2).parts);
});
