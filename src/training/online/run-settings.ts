/** The settings a training was made with, kept in its checkpoint so that the next life can say which ones are others. */
import type { OnlineModel, State } from '../../model/index.ts';
import type { TrainOnlineOptions } from './options.ts';

/** By name; what is not set has its default. */
export type RunSettings = Readonly<Record<string, number | string | boolean>>;

/** What of a training's options changes its course, and may be another in the next life. */
export function runSettingsOf(options: TrainOnlineOptions): RunSettings {
  const { batchSize = 32, epochsPerBatch = 1, shuffle = true, seed = 0, source, model } = options;
  const mini: RunSettings =
    'open' in source ? {} : { maxRecords: source.maxRecords ?? 1024, order: source.order ?? 'arrival' };
  // A model that says itself what of its settings differs is not asked for its learning rate.
  const rate: RunSettings = model.restoreRemarks === undefined ? { learningRate: model.learningRate } : {};
  return { batchSize, epochsPerBatch, shuffle, seed, ...mini, ...rate };
}

/**
 * Gives a model that was just restored the learning rate it was made with, where that is another than the one the
 * checkpoint's was made with. A rate that was changed on the way (by `onDrift`) stays.
 *
 * @returns what is to be remarked about it besides {@link settingRemarks}
 */
export function applyLearningRate(
  model: OnlineModel,
  then: RunSettings,
  now: RunSettings,
): string | undefined {
  const [before, wanted] = [then['learningRate'], now['learningRate']];
  if (typeof wanted !== 'number' || wanted === model.learningRate) return undefined;
  if (before === undefined)
    return (
      `The learning rate is the checkpoint's, ${model.learningRate}, not ${wanted}: the checkpoint is of an earlier ` +
      'version, which did not note whether it was changed on the way. Set model.learningRate in onProgress for another.'
    );
  if (before !== wanted) model.learningRate = wanted;
  return undefined;
}

/**
 * A sentence for each setting that is another now. All of them are applied as given; what either life does not know of is
 * passed over.
 */
export function settingRemarks(then: RunSettings, now: RunSettings): readonly string[] {
  return Object.entries(now).flatMap(([name, value]) => {
    const before = Object.hasOwn(then, name) ? then[name] : undefined;
    if (before === undefined || before === value) return [];
    return [
      `${name} is ${value} from here on, as given; the training that wrote the checkpoint had ${before}. Give it the ` +
        'old value if it is to go on as it was.',
    ];
  });
}

/** The settings in a checkpoint; none in those of earlier versions. */
export function readRunSettings(state: State | undefined): RunSettings {
  if (typeof state !== 'object' || state === null || Array.isArray(state) || ArrayBuffer.isView(state))
    return {};
  const known = ['number', 'string', 'boolean'];
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => known.includes(typeof value)),
  ) as RunSettings;
}
