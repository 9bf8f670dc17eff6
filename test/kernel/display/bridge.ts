/** A bridge that writes down what the kernel would send. */
import { Comms } from '../../../src/kernel/comms/comms.ts';
import type { CommEvent } from '../../../src/kernel/comms/message.ts';
import type { Checking, DisplayBundle } from '../../../src/kernel/contracts.ts';
import { bridgeKey, type RunnerBridge } from '../../../src/kernel/display/bridge.ts';

/** What was asked of the bridge, in order. */
export interface Recorded {
  readonly bridge: RunnerBridge;
  readonly shown: DisplayBundle[];
  readonly cleared: boolean[];
  readonly asked: { prompt: string; password: boolean }[];
  /** Answers to come; when there are none left, input is refused. */
  readonly answers: string[];
  checking: Checking;
  /** What was sent over comms. */
  readonly sent: CommEvent[];
}

/** A new recorder, not yet installed. */
export function recordingBridge(): Recorded {
  const interruption = new AbortController();
  const recorded: Omit<Recorded, 'bridge'> = {
    shown: [],
    cleared: [],
    asked: [],
    answers: [],
    checking: 'error',
    sent: [],
  };
  const bridge: RunnerBridge = {
    display: (bundle) => void recorded.shown.push(bundle),
    clearOutput: (wait) => void recorded.cleared.push(wait),
    async input(prompt, password) {
      recorded.asked.push({ prompt, password });
      const answer = recorded.answers.shift();
      if (answer === undefined) throw new Error('the front end takes no input');
      return answer;
    },
    interruptSignal: interruption.signal,
    interrupts: 0,
    cellNumber: 7,
    setChecking: (checking) => void (recorded.checking = checking),
    versions: () => ({ kernel: '0.1.0', typescript: '6.0.3', node: process.version }),
    comms: new Comms({
      send: (event) => void recorded.sent.push(event),
      failed: (error) => {
        throw error;
      },
      setTimeout: (work, ms) => setTimeout(work, ms).unref(),
    }),
    isAttended: true,
    capture: (_sink, work) => work(),
  };
  return Object.assign(recorded, { bridge });
}

/** Runs a test with a recorder in the kernel's place. */
export async function withBridge(run: (recorded: Recorded) => unknown): Promise<void> {
  const recorded = recordingBridge();
  const globals = globalThis as Record<symbol, unknown>;
  const before = globals[bridgeKey];
  globals[bridgeKey] = recorded.bridge;
  try {
    await run(recorded);
  } finally {
    globals[bridgeKey] = before;
  }
}
