/** Errors that the server itself has to report: faulty types, a runner that ended, an interrupt. */
import { styleText } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { CellDiagnostic } from '../contracts.ts';
import type { ErrorReport } from '../runner/protocol.ts';
import type { RunnerExit } from './runner-host.ts';

const color = (style: 'red' | 'yellow' | 'cyan' | 'gray', text: string) =>
  styleText(style, text, { validateStream: false });

const freshProcess = 'A fresh process has been started: all variables are lost, imports have to run again.';

/** How a fault is called: by TypeScript's number, or as what the engine found. */
const nameOf = (code: number): string => (code === 0 ? 'SyntaxError' : `TS${code}`);

/** One fault as lines: place, number, message, excerpt. */
export function diagnosticLines({
  severity,
  code,
  message,
  file,
  line,
  column,
  excerpt,
}: CellDiagnostic): string[] {
  const tone = severity === 'error' ? 'red' : 'yellow';
  const head = `${color('cyan', `${file}:${line}:${column}`)} - ${color(tone, severity)} ${color('gray', `${nameOf(code)}:`)} ${message}`;
  return [...head.split('\n'), ...excerpt.split('\n').filter((row) => row !== '')];
}

/** The error of a cell that does not pass the type check. */
export function typeErrorReport(diagnostics: readonly CellDiagnostic[]): ErrorReport {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors.length > 0 ? errors : diagnostics;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const evalue = first
    ? `${first.file}:${first.line}:${first.column} - ${nameOf(first.code)}: ${first.message}${more}`
    : 'the cell could not be compiled';
  return { ename: 'TypeScriptError', evalue, traceback: diagnostics.flatMap(diagnosticLines) };
}

/** The error of a cell whose process ended, in the user's words. */
export function exitReport(exit: RunnerExit, exitCode: number | undefined, printed: string): ErrorReport {
  const { ename, what, hint } = exitFacts(exit, exitCode, printed);
  return {
    ename,
    evalue: what,
    traceback: [`${color('red', ename)}: ${what}`, ...(hint ? [hint] : []), freshProcess],
  };
}

function exitFacts({ code, signal }: RunnerExit, exitCode: number | undefined, printed: string) {
  if (/heap out of memory|Reached heap limit|allocation failed/i.test(printed) && signal) {
    return {
      ename: 'OutOfMemory',
      what: `the cell used more memory than Node allows (the process ended by ${signal})`,
      hint: 'To allow more, start Jupyter with NODE_OPTIONS=--max-old-space-size=8192 (megabytes).',
    };
  }
  if (exitCode !== undefined && code !== null) {
    const what = `process.exit(${code}) was called: the process of the cells ended with code ${code}`;
    return { ename: 'ProcessExit', what, hint: undefined };
  }
  const how = signal === null ? `code ${code ?? 'unknown'}` : `signal ${signal}`;
  const killed =
    'Linux ends processes by SIGKILL when the machine is out of memory; somebody may also have done it.';
  const hint =
    signal === 'SIGKILL' ? killed : signal ? 'Native code crashed, or somebody sent the signal.' : undefined;
  return { ename: 'ProcessDied', what: `the process of the cells ended by ${how}`, hint };
}

/** The error of a cell that was interrupted before, or without, code of its own being stopped. */
export function interruptReport(hard: boolean): ErrorReport {
  const evalue = hard
    ? 'the cell did not stop at the first interrupt, so its process was ended'
    : 'the cell was interrupted';
  const lines = [`${color('red', 'KeyboardInterrupt')}: ${evalue}`];
  if (hard) lines.push(freshProcess);
  return { ename: 'KeyboardInterrupt', evalue, traceback: lines };
}

/** What is wrong with a request, in a sentence: which parts of it, where it is not as the protocol says. */
export function problemOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

/** The error of a request that cannot be answered. */
export function requestReport(error: unknown): ErrorReport {
  const evalue = problemOf(error);
  return { ename: 'RequestError', evalue, traceback: [evalue] };
}

/** The error for anything unforeseen in the kernel itself. */
export function internalReport(error: unknown): ErrorReport {
  const evalue = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? evalue) : evalue;
  return { ename: 'KernelError', evalue, traceback: stack.split('\n') };
}
