/** Readers that have seen enough (`| head`), and Ctrl-C as a terminal and npx deliver it: quiet, orderly ends. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { wholeProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';
import { sharedBench, type Bench } from '../kafka/dataset-helpers.ts';
import { writeRows } from '../training/online/helpers.ts';
import { startCli, type RunningCli } from './run-cli.ts';

/** A pipe whose reader is gone: as the process's own stdout, it fails at every write. */
class ClosedPipe extends Writable {
  constructor() {
    super({ autoDestroy: false });
  }
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error: Error) => void): void {
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

/** A file on a disk that is full. */
class FullDisk extends ClosedPipe {
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error: Error) => void): void {
    done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  }
}

let bench: Bench;
let folder: string;
before(async () => {
  bench = await sharedBench();
  folder = await mkdtemp(join(tmpdir(), 'streamtrain-cli-pipes-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('a reader that has gone', () => {
  test('the help of every command ends with 0, and without a command it is wrong usage as ever', async () => {
    const sink = new ClosedPipe();
    const all = (command: Command): string[][] => [
      [],
      ...command.commands.flatMap((child) => all(child).map((names) => [child.name(), ...names])),
    ];
    const commands = all(
      await wholeProgram({
        signal: new AbortController().signal,
        streams: { stdout: sink, stderr: sink },
      }),
    );
    assert.ok(commands.length > 15);
    for (const names of commands)
      assert.equal(
        await run([...names, '--help'], { stdout: new ClosedPipe(), stderr: new ClosedPipe() }),
        0,
      );
    assert.equal(await run([], { stdout: new ClosedPipe(), stderr: new ClosedPipe() }), 2);
  });

  test('output that cannot be written is no success', async () => {
    for (const args of [['--help'], ['--json', 'completion', 'bash']]) {
      let said = '';
      const stderr = new Writable({ write: (chunk, _, done) => ((said += String(chunk)), done()) });
      assert.equal(await run(args, { stdout: new FullDisk(), stderr }), 1);
      assert.match(said, /ST_CLI_OUTPUT_FILE.*Standard output cannot be written: ENOSPC/);
    }
  });

  test('a real pipe: help, results, errors; nothing is said about it', async () => {
    const closed = async (args: string[], which: 'stdout' | 'stderr') => {
      const { child, result } = await startCli(args);
      child[which].destroy();
      const { exitCode, stdout, stderr } = await result;
      return { exitCode, said: which === 'stdout' ? stderr : stdout };
    };
    assert.deepEqual(
      await Promise.all([
        closed(['lag', '--help'], 'stdout'),
        closed(['topics', 'list', '--json'], 'stdout'),
        closed(['topics', 'frobnicate'], 'stderr'),
      ]),
      [
        { exitCode: 0, said: '' },
        { exitCode: 0, said: '' },
        { exitCode: 2, said: '' },
      ],
    );
  });

  test('train --json | head stops as by Ctrl-C: with a checkpoint, and 0', async () => {
    const { running, checkpoint } = await training('head');
    await running.printed('"rows":100');
    running.child.stdout.destroy();
    await writeRows(bench, running.topic, 100, { from: 200 });
    const { exitCode, stderr } = await running.result;
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.ok((await readdir(checkpoint)).some((name) => name.startsWith('checkpoint-')));
  });
});

describe('Ctrl-C', () => {
  test('delivered twice, as by a terminal and npx, is one: train finishes its mini dataset and keeps it', async () => {
    // Mini datasets that take a second each: the signals come while the next one is learnt.
    const { running, checkpoint } = await training('twice', ['--epochs', '20000']);
    await running.printed('"rows":100');
    await sleep(300);
    for (const signal of ['SIGINT', 'SIGINT'] as const) running.child.kill(signal);
    const { exitCode, stdout, stderr } = await running.result;
    assert.equal(exitCode, 0, stderr);
    const { rows, ended } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { rows: number; ended: string };
    assert.equal(ended, 'stopped');
    assert.ok(rows === 200 || rows === 100, String(rows));
    assert.equal((await readdir(checkpoint)).filter((name) => name.startsWith('checkpoint-')).length, 1);
  });
});

/** Starts a training of two mini datasets of 100 rows that then waits for more. */
async function training(
  name: string,
  more: string[] = [],
): Promise<{ running: RunningCli & { topic: string }; checkpoint: string }> {
  const topic = await bench.topic();
  await writeRows(bench, topic, 200);
  const checkpoint = join(folder, name);
  const group = bench.group();
  const running = await startCli([
    ...['train', topic, '-g', group, '--checkpoint', checkpoint, '--columns', '3', '--linear', '--json'],
    ...['--records', '100', '--stream-timeout', '-1', '--checkpoint-every', '1000', ...more],
  ]);
  return { running: Object.assign(running, { topic }), checkpoint };
}
