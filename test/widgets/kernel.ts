/** The kernel's side of controls without a kernel: the real comms of the cells' process, their other end written down. */
import type { CommContent, CommEvent } from '../../src/kernel/comms/message.ts';
import { Comms } from '../../src/kernel/comms/comms.ts';
import { formatResult } from '../../src/kernel/display/format.ts';
import { captured } from '../../src/kernel/runner/cell-streams.ts';
import type { KernelHook } from '../../src/widgets/kernel-hook.ts';

type Sent = Extract<CommEvent, CommContent>;

/** What the front end saw, and its hands. */
export class FrontEnd {
  readonly sent: Sent[] = [];
  readonly shown: unknown[] = [];
  readonly errors: unknown[] = [];
  readonly handled: number[] = [];
  isAttended = true;
  interrupts = 0;
  readonly comms: Comms;
  #messages = 0;

  constructor() {
    this.comms = new Comms({
      send: (event) => {
        if ('data' in event) this.sent.push(event);
        else if (event.action === 'handled') this.handled.push(event.message);
      },
      failed: (error) => void this.errors.push(error),
      setTimeout: (work, ms) => setTimeout(work, ms).unref(),
    });
  }

  /** Sends a message, and waits until it is dealt with. */
  async send(id: string, data: Record<string, unknown>, buffers: string[] = []): Promise<void> {
    await this.act('message', id, 'jupyter.widget', data, buffers);
  }

  async act(
    action: 'open' | 'message' | 'close',
    id: string,
    target: string,
    data: Record<string, unknown>,
    buffers: string[] = [],
  ): Promise<void> {
    this.#messages += 1;
    const message = this.#messages;
    this.comms.received({ action, id, target, message, data, buffers });
    while (!this.handled.includes(message)) await new Promise((go) => setImmediate(go));
  }

  /** The state with which a model was opened. */
  opened(id: string): Record<string, unknown> {
    const event = this.sent.find((each) => each.action === 'open' && each.id === id);
    return (event?.data['state'] ?? {}) as Record<string, unknown>;
  }

  /** What was sent to a model since it was opened. */
  messages(id: string): Record<string, unknown>[] {
    return this.sent.filter((each) => each.action === 'message' && each.id === id).map(({ data }) => data);
  }
}

const key = Symbol.for('streamtrain.controls');

/** Runs a test before such a front end. */
export async function withFrontEnd(run: (front: FrontEnd) => unknown): Promise<void> {
  const front = new FrontEnd();
  const hook: KernelHook = {
    comms: front.comms,
    get isAttended() {
      return front.isAttended;
    },
    get interrupts() {
      return front.interrupts;
    },
    show: (value) => {
      front.shown.push(value);
      return { update: (next) => front.shown.push(next) };
    },
    bundle: async (value) => (await formatResult(value)) ?? { data: {} },
    capture: captured,
  };
  const globals = globalThis as Record<symbol, unknown>;
  globals[key] = hook;
  try {
    await run(front);
  } finally {
    delete globals[key];
  }
}
