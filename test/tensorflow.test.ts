/** Loading the native backend: it computes, comes once, and prints nothing, on every supported Node. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { tensorflow } from '../src/tensorflow.ts';
import { typescriptFlags } from './helpers/typescript.ts';

test('the native backend computes, and a second call gives the same module', () => {
  const tf = tensorflow();
  assert.equal(tf.getBackend(), 'tensorflow');
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync());
  assert.deepEqual([...product], [11]);
  assert.equal(tensorflow(), tf);
});

test('training prints nothing on its own: no start-up lines, no deprecation warnings', () => {
  const program = `
    import { tensorflow } from './src/tensorflow.ts';
    const tf = tensorflow();
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), { verbose: 0 });
    console.log('trained');`;
  const args = [...typescriptFlags(), '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepEqual({ stdout, stderr }, { stdout: 'trained\n', stderr: '' });
});
