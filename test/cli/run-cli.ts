/** Runs the command line: in a process of its own as a user does, or within this one where that changes nothing. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.ts';
import { testBrokers } from '../helpers/broker.ts';
import { typescriptProgram } from '../helpers/typescript.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a finished command left behind. */
export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A command that is running. */
export interface RunningCli {
  child: ChildProcessWithoutNullStreams;
  result: Promise<CliResult>;
  /** Resolves when stdout holds the text. */
  printed(text: string): Promise<void>;
  /** What stdout holds by now. */
  printedSoFar(): string;
}

/** Starts `streamtrain` with these arguments against the test broker. */
export async function startCli(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<RunningCli> {
  const brokers = (await testBrokers()).join(',');
  const child = spawn(process.execPath, [...typescriptProgram(main), ...args], {
    cwd: root,
    env: { ...process.env, STREAMTRAIN_BROKERS: brokers, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    stdout,
    stderr,
  }));
  return {
    child,
    result,
    printedSoFar: () => stdout,
    printed: async (text) => {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended without printing ${text}: ${stdout}${stderr}`);
        await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      }
    },
  };
}

/** Runs a command to its end in a process of its own. */
export async function spawnCli(...args: string[]): Promise<CliResult> {
  const running = await startCli(args);
  running.child.stdin.end();
  return running.result;
}

/** Runs a command within this process, which saves the start of one. */
export async function runCli(...args: string[]): Promise<CliResult> {
  const brokers = (await testBrokers()).join(',');
  const stdout = new TextSink();
  const stderr = new TextSink();
  // As a user sets it: a command that asks nothing of Kafka refuses the flag.
  const { env } = process;
  if (underWay++ === 0) before = env['STREAMTRAIN_BROKERS'];
  env['STREAMTRAIN_BROKERS'] = brokers;
  try {
    const exitCode = await run(args, { stdout, stderr });
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  } finally {
    if (--underWay === 0) {
      if (before === undefined) delete env['STREAMTRAIN_BROKERS'];
      else env['STREAMTRAIN_BROKERS'] = before;
    }
  }
}

/** Commands that run within this process just now, and what the variable was before them. */
let underWay = 0;
let before: string | undefined;

/** Keeps what is written to it. */
export class TextSink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
