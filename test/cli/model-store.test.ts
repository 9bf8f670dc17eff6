/** Where a model is, as flags say it: what is no folder of checkpoints is not waited for. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../src/cli/errors.ts';
import { isOneModel } from '../../src/cli/model-source.ts';
import { openStore } from '../../src/cli/model-store.ts';
import { modelOf, saveVersion, versionsOf } from '../serving/helpers.ts';

test('a file, and one checkpoint, are no folder of checkpoints; one that is not there yet is', async (t) => {
  const { store, folder } = await versionsOf(t);
  const id = await saveVersion(store, { model: modelOf(1) });
  const [file, one] = [join(folder, 'model.json'), join(folder, id)];
  assert.deepEqual([one, `${one}/.`, folder, join(folder, 'later')].map(isOneModel), [
    true,
    true,
    false,
    false,
  ]);
  writeFileSync(file, '{}');
  assert.equal(isOneModel(file), true);
  for (const [place, problem] of [
    [file, /is no folder/],
    [join(file, 'in it'), /is no folder/],
    [one, /is one checkpoint: name the folder it is in/],
  ] as const)
    await assert.rejects(
      openStore(place, {}, 1),
      (error) => error instanceof UsageError && problem.test(error.message),
    );
  const saved = join(folder, 'saved');
  mkdirSync(saved);
  writeFileSync(join(saved, 'model.json'), '{}');
  await assert.rejects(openStore(saved, {}, 1), /is a saved model, and no folder of checkpoints/);
  const opened = await openStore(join(folder, 'later'), {}, 1);
  assert.deepEqual(await opened.store.list(), []);
});
