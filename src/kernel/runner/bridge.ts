/** What code in cells may ask of the kernel: outputs, questions, settings. */
import { Comms } from '../comms/comms.ts';
import type { CommEvent } from '../comms/message.ts';
import { Atomics, Map, Promise, setTimeout } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import type { RunnerBridge } from '../display/bridge.ts';
import { InputRefusedError } from '../errors.ts';
import { captured, sinkOfCaller } from './cell-streams.ts';
import type { EventPipe } from './event-pipe.ts';
import type { RunnerRequest } from './protocol.ts';
import { runOfCaller } from './runs.ts';
import { word, type Shared } from './shared-pipe.ts';

type Answer = Extract<RunnerRequest, { type: 'input' }>;

/** The bridge, and where the answers to its questions are put. */
interface BridgeEnd {
  readonly bridge: RunnerBridge;
  readonly answered: (answer: Answer) => void;
  readonly comms: Comms;
}

/**
 * Builds the bridge on top of the event pipe.
 *
 * @param failed called with what a handler of a comm message throws, in the name of its cell
 */
export function makeBridge(
  pipe: EventPipe,
  { control }: Shared,
  versions: Readonly<Record<string, string>>,
  failed: (error: unknown) => void,
): BridgeEnd {
  const send = (comm: CommEvent) => pipe.event(runOfCaller().id, { type: 'comm', comm });
  const comms = new Comms({ send, failed, setTimeout });
  const questions = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  const bridge: RunnerBridge = {
    display(bundle: DisplayBundle): void {
      if (sinkOfCaller()?.display(bundle)) return;
      pipe.event(runOfCaller().id, { type: 'display', bundle });
    },
    clearOutput(wait: boolean): void {
      const sink = sinkOfCaller();
      if (sink) sink.clear(wait);
      else pipe.event(runOfCaller().id, { type: 'clear', wait });
    },
    input(prompt: string, password: boolean): Promise<string> {
      const run = runOfCaller();
      if (!run.allowStdin) {
        const problem = 'this front end takes no input for the cell (allow_stdin is false)';
        return Promise.reject(new InputRefusedError({ problem }));
      }
      const id = (lastId += 1);
      return new Promise((resolve, reject) => {
        const stop = (reason: Error) => {
          questions.delete(id);
          reject(reason);
        };
        run.waiters.add(stop);
        questions.set(id, ({ value, refused }) => {
          questions.delete(id);
          run.waiters.delete(stop);
          if (value !== undefined) resolve(value);
          else reject(new InputRefusedError({ problem: refused ?? 'there was no answer' }));
        });
        pipe.event(run.id, { type: 'input', id, prompt, password });
      });
    },
    get interruptSignal() {
      return runOfCaller().controller.signal;
    },
    get interrupts() {
      return Atomics.load(control, word.asked);
    },
    get cellNumber() {
      return runOfCaller().number;
    },
    setChecking(checking) {
      pipe.event(runOfCaller().id, { type: 'checking', checking });
    },
    versions: () => versions,
    comms,
    get isAttended() {
      return runOfCaller().allowStdin;
    },
    capture: captured,
  };
  return { bridge, comms, answered: (answer) => questions.get(answer.id)?.(answer) };
}
