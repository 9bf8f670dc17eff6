/** Lives of a training as processes: started, killed at random moments, or let run to their end. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { typescriptProgram } from '../../helpers/typescript.ts';
import type { KillChild, KillMessage } from './kill-child.ts';

const childFile = fileURLToPath(new URL('kill-child.ts', import.meta.url));

/** When a child is killed. */
export type Moment = 'starting' | 'saving' | 'learning';

/** Lets a child live up to a random moment; returns how many rows it said were learnt and safe. */
export async function killAt(
  child: ChildProcess,
  moment: Moment,
  draw: (below: number) => number,
): Promise<number> {
  let learnt = 0;
  let failure = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (failure += text));
  const closed = once(child, 'close');
  const reached = new Promise<void>((resolve) => {
    // Up to the third time, so that now and then some mini datasets are learnt. A fast start must not become a finish.
    let left = moment === 'starting' ? 1 : 1 + draw(3);
    child.on('message', (message: KillMessage) => {
      if (message.at === 'learnt') learnt = message.totalRows;
      if (message.at === (moment === 'saving' ? 'saving' : 'learnt') && --left === 0) resolve();
    });
  });
  const waits = [reached, closed, ...(moment === 'starting' ? [sleep(draw(900))] : [])];
  await Promise.race(waits);
  // Microseconds matter here: a checkpoint is written in a few milliseconds.
  const until = performance.now() + draw(moment === 'saving' ? 5_000 : 20_000) / 1000;
  while (performance.now() < until);
  child.kill('SIGKILL');
  const [, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  assert.equal(signal, 'SIGKILL', `it ended by itself: ${failure}`);
  return learnt;
}

/** Lets a child run to its end; returns what it tells then. */
export async function finish(child: ChildProcess): Promise<Extract<KillMessage, { at: 'end' }>> {
  let end: Extract<KillMessage, { at: 'end' }> | undefined;
  let failure = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (failure += text));
  child.on('message', (message: KillMessage) => {
    if (message.at === 'end') end = message;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  assert.equal(exitCode, 0, failure);
  assert.ok(end, 'it told nothing');
  return end;
}

/** Starts a life of the training, in a folder of its own where one is named. */
export function start(told: KillChild, folder?: string): ChildProcess {
  return spawn(process.execPath, [...typescriptProgram(childFile), JSON.stringify(told)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(folder !== undefined && { cwd: folder }),
  });
}
