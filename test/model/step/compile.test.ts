import assert from 'node:assert/strict';
import { InvalidOptionError } from '../../../src/options.ts';
import { describe, it } from 'node:test';
import type { LayersModel, Tensor, layers } from '@tensorflow/tfjs-node';
import {
  ModelStateError,
  buildClassifier,
  compileClassifier,
  compileTrainStep,
  type TrainStep,
  type TrainStepOptions,
} from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numbers, relativeError } from './reference.ts';

const tf = tensorflow();
const quiet: TrainStepOptions = { onFallback: () => {} };

const refusal = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return 'taken';
};

describe('compileTrainStep', () => {
  const small = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });

  it('refuses options it does not know or that do not fit, and says which there are', () => {
    const model = small();
    const tensors = tf.memory().numTensors;
    const bad: [object, string, RegExp?][] = [
      [{ learnRate: 0.1 }, 'ST_OPTION_UNKNOWN', /"learnRate".*learningRate/],
      [{ optimizer: { kind: 'adam', beta_1: 0.5 } }, 'ST_OPTION_UNKNOWN', /beta_1.*beta1/],
      [{ optimizer: { kind: 'sgd', nesterov: true } }, 'ST_OPTION_INVALID', /momentum/],
      [{ optimizer: { kind: 'toString' } }, 'ST_OPTION_INVALID'],
      [{ optimizer: { kind: 'sgd', momentum: '0.5' } }, 'ST_OPTION_INVALID'],
      [{ loss: 'toString' }, 'ST_OPTION_INVALID'],
      [{ loss: 'constructor' }, 'ST_OPTION_INVALID'],
      [{ loss: 'mse', fromLogits: true }, 'ST_OPTION_INVALID', /cross-entropy/],
      [{ loss: 'mse', huberDelta: 2 }, 'ST_OPTION_INVALID', /huber/],
      [{ loss: 'categoricalCrossentropy' }, 'ST_OPTION_INVALID', /one output/],
      [{ fromLogits: 'yes' }, 'ST_OPTION_INVALID'],
      [{ learningRate: '0.1' }, 'ST_OPTION_INVALID'],
      [{ learningRate: -1 }, 'ST_OPTION_INVALID'],
      [{ clipNorm: '1' }, 'ST_OPTION_INVALID'],
      [{ clipValue: Infinity }, 'ST_OPTION_INVALID'],
      [{ metrics: 'accuracy' }, 'ST_OPTION_INVALID'],
      [{ onFallback: 'no' }, 'ST_OPTION_INVALID'],
      [{ classWeights: 2 }, 'ST_OPTION_INVALID'],
      [{ classWeights: { '': 2 } }, 'ST_OPTION_INVALID'],
      [{ classWeights: { 2: 1, 4: 3 } }, 'ST_OPTION_INVALID', /classes from 0 to 1/],
      [{ classWeights: new Map([[1, -1]]) }, 'ST_OPTION_INVALID'],
    ];
    for (const [options, code, says = /./] of bad) {
      const error = refusal(() => compileTrainStep(model, { ...quiet, ...options })) as InvalidOptionError;
      assert.equal(error.code, code, JSON.stringify(options));
      assert.match(error.message, says);
    }
    assert.equal(tf.memory().numTensors, tensors);
    using step = compileTrainStep(model, { loss: 'mse', metrics: undefined });
    assert.equal(
      refusal(() =>
        step.learnEpochs({ rows: 1, xs: numbers(2, 1), ys: numbers(1, 1) }, { epoch: 3 } as object),
      ) instanceof Error,
      true,
    );
    model.dispose();
    assert.match(String(refusal(() => buildClassifier({ input: 3 } as object))), /inputs/);
    const classifier = buildClassifier({ inputs: 2 });
    assert.match(String(refusal(() => compileClassifier(classifier, { rate: 3 } as object))), /learningRate/);
    classifier.dispose();
  });

  it('refuses fromLogits for a model that ends in probabilities', () => {
    const sigmoid = () => tf.layers.dense({ units: 1, inputShape: [2], activation: 'sigmoid' });
    const models: [string, LayersModel][] = [
      ['binaryCrossentropy', tf.sequential({ layers: [sigmoid()] })],
      ['binaryCrossentropy', tf.sequential({ layers: [tf.sequential({ layers: [sigmoid()] })] })],
      [
        'categoricalCrossentropy',
        tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), tf.layers.softmax()] }),
      ],
    ];
    for (const [loss, model] of models) {
      const options = { ...quiet, loss: loss as 'binaryCrossentropy', fromLogits: true };
      const error = refusal(() => compileTrainStep(model, options)) as InvalidOptionError;
      assert.equal(error.code, 'ST_OPTION_INVALID');
      assert.match(error.message, /ends in a (sigmoid|softmax).*squashed twice/);
      model.dispose();
    }
  });

  it('takes class weights as a map, too', () => {
    const model = buildClassifier({ inputs: 3, seed: 1 });
    const [record, map] = [{ 1: 3 }, new Map([[1, 3]])].map((classWeights) => {
      using step = compileTrainStep(model, { classWeights });
      return step.learn({ rows: 2, xs: numbers(6, 1), ys: Float32Array.of(0, 1) }).loss;
    });
    assert.equal(record, map);
    model.dispose();
  });

  it('takes the metrics a model was compiled with, as tfjs computes them', () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, activation: 'sigmoid', inputShape: [3] })],
    });
    model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['accuracy', 'mse'] });
    using step = compileTrainStep(model);
    const [xs, ys] = [numbers(12, 1), Float32Array.of(0, 1, 1, 0, 1, 1, 0, 0)];
    const { loss, metrics } = step.learn({ rows: 4, xs, ys });
    const expected = tf.tidy(() =>
      (model.evaluate(tf.tensor2d(xs, [4, 3]), tf.tensor2d(ys, [4, 2])) as Tensor[]).map(
        (t) => t.dataSync()[0]!,
      ),
    );
    const found = [
      loss,
      metrics['accuracy']!,
      metrics['MSE'] ?? metrics['meanSquaredError'] ?? metrics['mse']!,
    ];
    assert.ok(relativeError(found, expected) < 1e-5, `${found.join()}, not ${expected.join()}`);
    model.dispose();
  });

  it('refuses an optimizer whose own ways would be lost in a copy of it', () => {
    class Halved extends tf.SGDOptimizer {
      override applyGradients() {}
    }
    const model = small();
    const optimizer = new Halved(0.1);
    assert.ok(refusal(() => compileTrainStep(model, { ...quiet, optimizer })) instanceof InvalidOptionError);
    optimizer.dispose();
    model.dispose();
  });

  it('refuses what plain tfjs cannot repeat: layers with a memory, losses and layers that are in no description', () => {
    const rnn = tf.sequential();
    rnn.add(tf.layers.simpleRNN({ units: 2, stateful: true, batchInputShape: [3, 4, 1] }));
    assert.match(String(refusal(() => compileTrainStep(rnn, quiet))), /stateful/);
    rnn.dispose();

    const added = small();
    (added.layers[0] as unknown as { addLoss(loss: () => Tensor): void }).addLoss(() => tf.scalar(1));
    assert.match(String(refusal(() => compileTrainStep(added, quiet))), /addLoss/);
    added.dispose();

    const changed = small();
    const layer = changed.layers[0]!;
    const call: layers.Layer['call'] = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => tf.tidy(() => tf.mul(call(inputs, kwargs) as Tensor, 3));
    assert.match(String(refusal(() => compileTrainStep(changed, quiet))), /getConfig/);
    changed.dispose();

    const broken = small();
    broken.setWeights([tf.tensor2d([NaN, 1], [2, 1]), tf.zeros([1])]);
    assert.match(String(refusal(() => compileTrainStep(broken, quiet))), /NaN/);
    broken.dispose();
  });

  it('says so where a layer has no list of its weights, as another version of TensorFlow.js might', () => {
    const model = small();
    delete (model.layers[0] as unknown as { _trainableWeights?: unknown })._trainableWeights;
    assert.equal(
      (refusal(() => compileTrainStep(model, quiet)) as { code?: string }).code,
      'ST_MODEL_TFJS_LAYERS',
    );
  });

  it('says so where an optimizer has not a setting that it is read for', () => {
    const model = small();
    const optimizer = tf.train.adam(0.01);
    delete (optimizer as unknown as { beta1?: number }).beta1;
    const error = refusal(() => compileTrainStep(model, { ...quiet, optimizer })) as { code?: string };
    assert.equal(error.code, 'ST_MODEL_TFJS_LAYERS');
    model.dispose();
  });

  it('leaves no tensor behind when a loss of one’s own throws', () => {
    const model = small();
    using step = compileTrainStep(model, {
      ...quiet,
      loss: (y, p) => {
        p.sub(y).square();
        throw new Error('mine');
      },
    });
    model.dispose();
    const tensors = tf.memory().numTensors;
    const batch = { rows: 1, xs: Float32Array.of(1, 2), ys: Float32Array.of(1) };
    assert.throws(() => step.learn(batch), /mine/);
    assert.equal(tf.memory().numTensors, tensors);
  });

  it('says that noise without a seed makes runs differ', () => {
    const said: string[] = [];
    const model = tf.sequential({
      layers: [tf.layers.gaussianNoise({ stddev: 1, inputShape: [2] }), tf.layers.dense({ units: 1 })],
    });
    compileTrainStep(model, { loss: 'mse', onFallback: (text) => said.push(text) }).dispose();
    model.dispose();
    assert.match(said.join(), /noise of layer .*GaussianNoise.* is not fixed/);
  });

  it('tells two models in plain tfjs apart by any setting of a layer, but not by names', () => {
    const make = (rate: number, name: string): TrainStep => {
      const model: LayersModel = tf.sequential({
        layers: [
          tf.layers.permute({ dims: [1], inputShape: [3], name: `permute-${name}` }),
          tf.layers.dropout({ rate, name: `drop-${name}` }),
          tf.layers.dense({ units: 1, activation: 'sigmoid', name: `dense-${name}` }),
        ],
      });
      try {
        return compileTrainStep(model, quiet);
      } finally {
        model.dispose();
      }
    };
    using first = make(0.2, 'a');
    using same = make(0.2, 'b');
    same.restore(first.save());
    using other = make(0.4, 'c');
    assert.throws(() => other.restore(first.save()), ModelStateError);
  });
});
