/**
 * The debugger's end in the process of the cells, in the watcher's thread: passes what the server asks to the engine's
 * inspector of the main thread, and passes on what that says. No port is opened, and a paused main thread does not stop it.
 */
import { Session, type Debugger } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../errors.ts';
import { InspectorQueue } from './inspector-queue.ts';
import type { RunnerEvent, RunnerRequest } from './protocol.ts';
import { word, type Shared } from './shared-pipe.ts';

type Ask = Extract<RunnerRequest, { type: 'inspector' }>;
type InspectorEvent = Extract<RunnerEvent, { type: 'inspector' }>;

/** Everything of this package: no code of the user's. */
const ownFolder = new URL('../../', import.meta.url).href;

/** What is neither stopped in nor stepped into: Node, packages, the kernel. */
const foreign = [
  '^node:',
  '[/\\\\]node_modules[/\\\\]',
  `^${literally(ownFolder)}`,
  literally(fileURLToPath(ownFolder)),
];

/** Files that may be the user's: cells and local modules. */
function isUsers(url: string): boolean {
  return /^(?:In \[|file:|\/)/.test(url) && !foreign.some((pattern) => new RegExp(pattern).test(url));
}

/** One session with the main thread's inspector at a time. */
export class DebugPort {
  readonly #shared: Shared;
  readonly #send: (event: InspectorEvent) => void;
  readonly #isBreaking: () => boolean;
  readonly #wakeMain: () => void;
  #session: { readonly session: Session; readonly queue: InspectorQueue } | undefined;
  /** Another session speaks with the main thread: no session of ours begins. */
  #isHeld = false;
  /** What was asked for meanwhile. */
  readonly #waiting: Ask[] = [];

  /**
   * @param isBreaking whether an interrupt is what pauses the main thread
   * @param wakeMain gives the main thread something to do
   */
  constructor(
    shared: Shared,
    send: (event: InspectorEvent) => void,
    isBreaking: () => boolean,
    wakeMain: () => void,
  ) {
    this.#shared = shared;
    this.#send = send;
    this.#isBreaking = isBreaking;
    this.#wakeMain = wakeMain;
  }

  /** Passes a request on; its answer is sent back as an event. */
  ask(request: Ask): void {
    if (this.#isHeld && !this.#session) {
      this.#waiting.push(request);
      return;
    }
    const { id, method, params } = request;
    try {
      if (method === 'disconnect') {
        this.close();
        return this.#send({ type: 'inspector', id, result: {} });
      }
      this.#connect().post(method, params ?? {}, (error, result) =>
        this.#send({
          type: 'inspector',
          id,
          ...(error ? { error: error.message } : { result: result ?? {} }),
        }),
      );
    } catch (error) {
      this.#send({ type: 'inspector', id, error: messageOf(error) });
    }
  }

  /** Ends the session: a paused main thread goes on, and breakpoints are gone. */
  close(): void {
    this.#session?.session.disconnect();
    this.#session?.queue.close();
    this.#session = undefined;
    Atomics.store(this.#shared.control, word.debugging, 0);
  }

  /** Lets another session speak with the main thread, once that works on nothing; at once where there is no session. */
  hold(whenQuiet: () => void): void {
    this.#isHeld = true;
    if (this.#session) this.#session.queue.hold(whenQuiet);
    else whenQuiet();
  }

  /** The other session has ended. */
  letGo(): void {
    this.#isHeld = false;
    this.#session?.queue.letGo();
    for (const request of this.#waiting.splice(0)) this.ask(request);
  }

  #connect(): InspectorQueue {
    if (this.#session) return this.#session.queue;
    const session = new Session();
    session.connectToMainThread();
    const queue = new InspectorQueue(session, this.#wakeMain);
    this.#session = { session, queue };
    Atomics.store(this.#shared.control, word.debugging, 1);
    session.on('Debugger.scriptParsed', ({ params }) => {
      const { scriptId, url, sourceMapURL } = params;
      if (isUsers(url))
        this.#send({ type: 'inspector', method: 'scriptParsed', params: { scriptId, url, sourceMapURL } });
    });
    session.on('Debugger.paused', ({ params }) => this.#paused(queue, params));
    session.on('Debugger.resumed', () => this.#send({ type: 'inspector', method: 'resumed', params: {} }));
    queue.post('Debugger.setBlackboxPatterns', { patterns: foreign }, () => undefined);
    return queue;
  }

  /**
   * Scripts that are no cells and no local modules begin without a word. So does every script while an interrupt breaks in: the
   * main thread stands there until this session has let it go on, and no other session hears of it.
   */
  #paused(queue: InspectorQueue, params: Debugger.PausedEventDataType): void {
    const { url } = (params.data ?? {}) as { url?: string };
    const isBreaking = this.#isBreaking();
    if (params.reason === 'instrumentation' && (isBreaking || !isUsers(url ?? '')))
      return queue.first('Debugger.resume');
    if (isBreaking) return;
    this.#send({ type: 'inspector', method: 'paused', params });
  }
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
