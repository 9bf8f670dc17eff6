/** A model of Jupyter's widget protocol (2.1): a state that kernel and front end have in common, over a comm of its own. */
import { randomUUID } from 'node:crypto';
import { join, separate } from './buffers.ts';
import {
  controlTarget,
  kernelHook,
  type FrontComm,
  type FrontMessage,
  type Json,
  type KernelHook,
} from './kernel-hook.ts';

/** Which model and view the front end takes, and from which of its modules. */
export interface ModelNames {
  readonly module: string;
  readonly version: string;
  readonly model: string;
  readonly view: string;
  /** Default: as the model's. */
  readonly viewModule?: string;
}

/** The modules of ipywidgets 8. */
export const modules = {
  base: { module: '@jupyter-widgets/base', version: '2.0.0' },
  controls: { module: '@jupyter-widgets/controls', version: '2.0.0' },
  output: { module: '@jupyter-widgets/output', version: '1.0.0' },
} as const;

/** Told what the front end does. */
export interface ModelListener {
  /**
   * The front end has changed the state.
   *
   * @param before the whole state as it was
   * @returns false where it cannot be so: it is put back, in the front end, too; else what is to be waited for
   */
  changed(before: Json): unknown;
  /** Anything else that a view sends. */
  custom(content: unknown, buffers: readonly Uint8Array[]): unknown;
}

const protocol = { version: '2.1.0' } as const;
const live = new Map<string, Model>();

/** One of them. Nothing is sent before {@link open}. */
export class Model {
  readonly id = randomUUID().replaceAll('-', '');
  readonly names: ModelNames;
  readonly #listener: ModelListener | undefined;
  readonly #state: Record<string, unknown>;
  #comm: FrontComm | undefined;

  constructor(names: ModelNames, state: Json, listener?: ModelListener) {
    const { module, version, model, view, viewModule = module } = names;
    this.names = names;
    this.#listener = listener;
    this.#state = {
      ...{ _model_module: module, _model_module_version: version, _model_name: model },
      ...{ _view_module: viewModule, _view_module_version: version, _view_name: view },
      ...{ _view_count: null },
      ...state,
    };
  }

  get state(): Json {
    return this.#state;
  }

  /** What other models call it by. */
  get reference(): string {
    return `IPY_MODEL_${this.id}`;
  }

  /** Shows it to the front end, where there is a kernel; at most once. */
  open(): void {
    const hook = kernelHook();
    if (!hook || this.#comm?.isOpen) return;
    answerRequests(hook);
    const { state, paths, buffers } = separate(this.#state);
    const { id } = this;
    const data = { state, buffer_paths: paths };
    const comm = hook.comms.open('jupyter.widget', data, { id, metadata: protocol, buffers });
    this.#comm = comm;
    comm.onMessage((message) => this.#received(message, comm));
    comm.onClose(() => live.delete(id));
    live.set(id, this);
  }

  /** Changes the state, here and in the front end. */
  set(patch: Json): void {
    // What cannot be sent is thrown here, and changes nothing.
    if (this.#comm?.isOpen) this.#update(patch, this.#comm);
    Object.assign(this.#state, patch);
  }

  /** Sends something of its own to the views. */
  send(content: unknown, buffers: readonly Uint8Array[] = []): void {
    if (this.#comm?.isOpen) this.#comm.send({ method: 'custom', content }, { buffers });
  }

  close(): void {
    live.delete(this.id);
    this.#comm?.close();
  }

  #update(patch: Json, comm: FrontComm, method = 'update', answers?: FrontMessage): void {
    const { state, paths, buffers } = separate(patch);
    comm.send({ method, state, buffer_paths: paths }, { buffers, ...(answers && { answers }) });
  }

  #received(message: FrontMessage, comm: FrontComm): unknown {
    const { method, state, buffer_paths: paths, content } = message.data;
    if (method === 'request_state') return this.#update(this.#state, comm, 'update', message);
    if (method === 'custom') return this.#listener?.custom(content, message.buffers);
    if (method !== 'update' || typeof state !== 'object' || state === null) return undefined;
    const patch = join(state as Json, Array.isArray(paths) ? paths : [], message.buffers);
    // The front end that sent it waits for this, and others draw it.
    this.#update(patch, comm, 'echo_update', message);
    const names = Object.keys(patch).filter((name) => Object.hasOwn(this.#state, name));
    const before = { ...this.#state };
    for (const name of names) this.#state[name] = patch[name];
    const done = this.#listener?.changed(before);
    if (done !== false) return done;
    this.set(Object.fromEntries(names.map((name) => [name, before[name]])));
    return undefined;
  }
}

const answering = new WeakSet<object>();

/** A page that is loaded again asks for all states that there are. */
function answerRequests({ comms }: KernelHook): void {
  if (answering.has(comms)) return;
  comms.register(controlTarget, (comm) => {
    comm.onMessage((message) => {
      if (message.data['method'] !== 'request_states') return;
      const { all, failures } = statesOf(live);
      const { state, paths, buffers } = separate(all);
      comm.send(
        { method: 'update_states', states: state, buffer_paths: paths },
        { buffers, answers: message },
      );
      if (failures.length > 0) throw new AggregateError(failures, `controls left out: ${failures.length}`);
    });
  });
  answering.add(comms);
}

/** The states that can be sent: the front end takes one answer only, which a single one of them must not prevent. */
function statesOf(models: ReadonlyMap<string, Model>): { all: Json; failures: unknown[] } {
  const all: Record<string, unknown> = {};
  const failures: unknown[] = [];
  for (const [id, { names, state }] of models) {
    const { model: model_name, module: model_module, version: model_module_version } = names;
    try {
      JSON.stringify(separate(state).state);
      all[id] = { model_name, model_module, model_module_version, state };
    } catch (error) {
      failures.push(error);
    }
  }
  return { all, failures };
}
