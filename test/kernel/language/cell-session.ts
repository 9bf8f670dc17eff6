/** Runs cells for the tests: compiled by the language room, run in a process of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import type { CellDiagnostic, CellLanguage } from '../../../src/kernel/contracts.ts';
import { globalsTypes } from '../../../src/kernel/display/globals-types.ts';
import { createCellLanguage, Language } from '../../../src/kernel/language/language.ts';
import { runnerFlags } from '../../../src/kernel/runner/node-internals.ts';
import { typescriptProgram } from '../../helpers/typescript.ts';

/** Whether the tests take the plain checker, which makes a program for each cell: `plain-checker.test.ts` asks for it. */
export function isPlain(): boolean {
  return process.env['STREAMTRAIN_TEST_CHECKER'] === 'plain';
}

/** The language side, with the checker that the tests take. */
export function makeLanguage(cwd: string, globals = globalsTypes): CellLanguage {
  return isPlain() ? new Language({ cwd, globals, reuse: false }) : createCellLanguage({ cwd, globals });
}

/** What came of a cell. */
export interface Outcome {
  /** The result, as `util.inspect` writes it. */
  readonly value?: string;
  /** What it threw. */
  readonly error?: string;
  readonly stack?: string;
  /** What the checker said. */
  readonly diagnostics: readonly CellDiagnostic[];
  /** Whether it was run. */
  readonly ran: boolean;
  /** What it gave to `print`. */
  readonly printed: readonly string[];
}

/** A notebook of the tests. Its `language` and process end with the test. */
export class CellSession {
  readonly language: CellLanguage;
  readonly #child: ChildProcess;
  #number = 0;

  private constructor(cwd: string, child: ChildProcess) {
    const globals = `${globalsTypes}\ndeclare function print(text: unknown): void; declare var maps: string[];`;
    this.language = makeLanguage(cwd, globals);
    this.#child = child;
  }

  static async start(test: Pick<TestContext, 'after'>, cwd: string): Promise<CellSession> {
    const file = fileURLToPath(new URL('./cell-child.ts', import.meta.url));
    const child = spawn(process.execPath, [...runnerFlags, ...typescriptProgram(file)], {
      cwd,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    await once(child, 'message');
    const session = new CellSession(cwd, child);
    test.after(async () => {
      session.language.dispose();
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    return session;
  }

  /** Compiles and, if nothing speaks against it, runs a cell. */
  async run(source: string): Promise<Outcome> {
    this.#number += 1;
    const compiled = this.language.compile(source, this.#number);
    if (!compiled.ok) return { diagnostics: compiled.diagnostics, ran: false, printed: [] };
    this.language.accept(compiled.cell);
    const printed: string[] = [];
    const { code, fileName, diagnostics } = compiled.cell;
    const done = new Promise<Pick<Outcome, 'value' | 'error' | 'stack'>>((resolve) => {
      const listen = (message: { type: string; text?: unknown } & Outcome) => {
        if (message.type === 'log') printed.push(String(message.text));
        else {
          this.#child.off('message', listen);
          resolve(message);
        }
      };
      this.#child.on('message', listen);
    });
    this.#child.send({ code, fileName });
    const { value, error, stack } = await done;
    return {
      diagnostics,
      ran: true,
      printed,
      ...(value !== undefined && { value }),
      ...(error !== undefined && { error }),
      ...(stack !== undefined && { stack }),
    };
  }

  /** The result of a cell that has to run; fails with what the checker or the cell said otherwise. */
  async value(source: string): Promise<string | undefined> {
    const outcome = await this.run(source);
    if (!outcome.ran)
      throw new Error(outcome.diagnostics.map((each) => `${each.message}\n${each.excerpt}`).join('\n'));
    if (outcome.error !== undefined) throw new Error(`${source}\n${outcome.stack ?? outcome.error}`);
    return outcome.value;
  }
}
