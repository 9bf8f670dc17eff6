/** What the tests of checkpoints share. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { State, Stateful } from '../../../src/model/index.ts';
import type { CheckpointContent } from '../../../src/training/index.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-checkpoint-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A checkpoint's content with a number to tell it by. */
export function contentOf(n: number): CheckpointContent {
  return {
    topics: ['cancer'],
    position: { cancer: { 0: n * 10 } },
    parts: {
      model: { kind: 'memory', state: { weights: Float32Array.of(n, NaN, -0), step: n } },
      metrics: { kind: 'memory', state: [n, null, 'text'] },
    },
  };
}

/** Keeps any state; refuses those with a member `refuse`. */
export class Memory implements Stateful {
  readonly kind: string;
  state: State;

  constructor(state: State, kind = 'memory') {
    this.state = state;
    this.kind = kind;
  }

  save(): State {
    return structuredClone(this.state);
  }

  restore(state: State): void {
    if (state !== null && typeof state === 'object' && 'refuse' in state) throw new Error('too wide by 3');
    this.state = state;
  }
}
