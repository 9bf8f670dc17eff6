/** A worker: holds a compiled model, and learns or predicts what it is asked to, for whoever drives it. */
import { csvCodec, openKafka, type Codec, type CsvCodecOptions, type KafkaClient } from '../kafka/index.ts';
import type { TrainStep } from '../model/index.ts';
import { invalidOption } from '../options.ts';
import type { State } from '../state.ts';
import { learnEpoch } from '../training/rows/epoch.ts';
import { averageStates } from './average-states.ts';
import { WorkerRequestError, WorkerWithoutModelError } from './errors.ts';
import { stepOf, type StepText } from './model-text.ts';
import type { RequestOf, WorkerRequest } from './requests.ts';
import { fetchRows, givenRows, type FetchedRows } from './rows.ts';
import { stateFromText, stateToText } from './state-text.ts';

/** What a worker holds after "init". */
interface Readied {
  readonly step: TrainStep;
  readonly codec: Codec;
  readonly client: KafkaClient | undefined;
  readonly init: RequestOf<'init'>;
}

/** The facts of an answer, besides `id` and `ok`. */
export type Answer = Readonly<Record<string, unknown>>;

/** Answers one request after the other. Close it when there are no more. */
export class Worker implements AsyncDisposable {
  readonly #codec: Codec | undefined;
  readonly #signal: AbortSignal | undefined;
  #readied: Readied | undefined;

  /** @param given `codec`: reads the records of ranges, instead of the `csv` of a request */
  constructor({ codec, signal }: { codec?: Codec | undefined; signal?: AbortSignal | undefined } = {}) {
    this.#codec = codec;
    this.#signal = signal;
  }

  /** Does what is asked. What it throws becomes the answer; the worker then stands as it was, or has no model. */
  async answer(request: WorkerRequest): Promise<Answer> {
    switch (request.op) {
      case 'init':
        return this.#init(request);
      case 'train':
        return this.#train(request);
      case 'predict':
        return this.#predict(request);
      case 'average': {
        const states = request.states.map(({ rows, state }) => ({ rows, state: stateFromText(state) }));
        const rows = states.reduce((sum, one) => sum + one.rows, 0);
        return { rows, state: stateToText(averageStates(states)) };
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const readied = this.#readied;
    this.#readied = undefined;
    readied?.step.dispose();
    await readied?.client?.close();
  }

  async #init(init: RequestOf<'init'>): Promise<Answer> {
    await this[Symbol.asyncDispose]();
    const step = await stepOf({ model: init.model, step: { ...(init.step as StepText), ...quiet } });
    try {
      const codec = this.#codecFor(init, step.features);
      this.#readied = { step, codec, client: undefined, init };
      const { features, outputs, compiled } = step;
      return { features, outputs, compiled, state: stateToText(step.save()) };
    } catch (error) {
      step.dispose();
      throw error;
    }
  }

  #codecFor({ csv }: RequestOf<'init'>, features: number): Codec {
    const own = this.#codec;
    if (own !== undefined && csv !== undefined)
      throw new WorkerRequestError({
        problem: 'csv: this worker was started with a codec of its own (--codec)',
      });
    const codec = own ?? csvCodec((csv ?? { columns: features }) as unknown as CsvCodecOptions);
    if (codec.features === features) return codec;
    if (own === undefined)
      throw invalidOption('csv', csv, `columns for the model's ${features} features (not ${codec.features})`);
    throw new WorkerRequestError({
      problem: `model: it has ${features} features, and the rows of this worker's codec ${codec.features} (--fields)`,
    });
  }

  async #train(request: RequestOf<'train'>): Promise<Answer> {
    const { step } = this.#ready('train');
    const { epochs, batchSize, shuffle, seed } = request;
    const fetched = await this.#timed(() => this.#rows(request));
    const data = fetched.value;
    const held = step.save();
    try {
      const before = request.state === undefined ? held : stateFromText(request.state);
      const kept = (before as { readonly seed: number }).seed;
      // The draws of this round are its own; the seed of the model itself stays.
      step.restore({ ...(before as object), seed });
      const first = step.step;
      let loss = NaN;
      const trained = await this.#timed(async () => {
        for (let epoch = 0; epoch < epochs && data.rows > 0; epoch++)
          loss = await learnEpoch(step, data, { batchSize, shuffleSeed: shuffle ? seed : undefined });
      });
      const state = { ...(step.save() as { readonly [name: string]: State }), seed: kept };
      step.restore(state);
      return {
        ...{ rows: data.rows, bad: data.bad, steps: step.step - first, loss: data.rows > 0 ? loss : null },
        ...{ fetchMs: fetched.ms, trainMs: trained.ms, state: stateToText(state) },
      };
    } catch (error) {
      step.restore(held);
      throw error;
    }
  }

  async #predict(request: RequestOf<'predict'>): Promise<Answer> {
    const { step } = this.#ready('predict');
    const data = await this.#rows(request);
    const { xs, ys, rows, bad } = data;
    const predict = () => (rows > 0 ? step.predict(xs, rows) : new Float32Array());
    const predictions = request.state === undefined ? predict() : withState(step, request.state, predict);
    const judged = judge(step, predictions, ys);
    return {
      rows,
      bad,
      outputs: step.outputs,
      ...judged,
      ...(!request.count && { predictions: [...predictions] }),
    };
  }

  async #rows(request: RequestOf<'train' | 'predict'>): Promise<FetchedRows> {
    const readied = this.#ready(request.op);
    if (request.rows !== undefined) return givenRows(request.rows, readied.step.features);
    const client = await this.#client(readied);
    const { codec, init } = readied;
    return fetchRows(request.ranges!, { client, codec, onBad: init.onBad, signal: this.#signal });
  }

  /** Opened for the first range, and kept. */
  async #client(readied: Readied): Promise<KafkaClient> {
    if (readied.client) return readied.client;
    const { brokers, prefix, configuration } = readied.init.kafka;
    const client = await openKafka({
      ...(brokers !== undefined && { brokers }),
      ...(prefix !== undefined && { prefix }),
      ...(configuration !== undefined && { configuration }),
    });
    this.#readied = { ...readied, client };
    return client;
  }

  #ready(op: string): Readied {
    if (this.#readied) return this.#readied;
    throw new WorkerWithoutModelError({ op });
  }

  async #timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
    const began = performance.now();
    return { value: await work(), ms: Math.round(performance.now() - began) };
  }
}

/** Does something as another state would; the step then stands as it was. */
function withState<T>(step: TrainStep, text: string, work: () => T): T {
  const held = step.save();
  try {
    step.restore(stateFromText(text));
    return work();
  } finally {
    step.restore(held);
  }
}

/** A model that cannot be compiled is said in the answer, not on the console. */
const quiet = { onFallback: () => {} };

/** Of rows with labels: how many are right, by the more likely class. */
function judge({ outputs, task }: TrainStep, predictions: Float32Array, ys: Float32Array): Answer {
  if (task !== 'classification') return {};
  let [labelled, right] = [0, 0];
  for (const [row, label] of ys.entries()) {
    if (Number.isNaN(label)) continue;
    labelled++;
    const scores = predictions.subarray(row * outputs, (row + 1) * outputs);
    if (classOf(scores) === label) right++;
  }
  return labelled > 0 ? { labelled, right } : {};
}

function classOf(scores: Float32Array): number {
  if (scores.length === 1) return scores[0]! > 0.5 ? 1 : 0;
  return scores.indexOf(Math.max(...scores));
}
