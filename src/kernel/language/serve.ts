/** The language service as a process: it answers the messages of the server, and ends with it. */
import { messageOf } from '../../errors.ts';
import type { CellLanguage, Checking, CompiledCell, Dialect, LiveValues } from '../contracts.ts';
import { globalsTypes } from '../display/globals-types.ts';
import { askFirst, IdleTasks } from './idle.ts';
import { createCellLanguage } from './language.ts';

/** The calls that are answered. */
export type Call = 'compile' | 'complete' | 'expression' | 'inspect' | 'isComplete';

/** A request; `id` comes back with the answer. */
export type LanguageRequest =
  | { readonly call: Call; readonly id: number; readonly args: readonly unknown[] }
  | { readonly call: 'accept'; readonly cell: CompiledCell }
  | { readonly call: 'checking'; readonly checking: Checking }
  | { readonly call: 'live'; readonly id: number; readonly value?: unknown };

/** An answer, or a question about live values. */
export type LanguageAnswer =
  | { readonly id: number; readonly value?: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly live: 'properties' | 'preview'; readonly path: string };

/** So long after a first cell its user may press Tab; those who run all cells are not held up, ms. */
const questionsAfter = 40;

/** Serves cells of a dialect that run in the working directory, over the channel that `spawn` made. */
export function serve(dialect: Dialect): void {
  const language = createCellLanguage({ cwd: process.cwd(), globals: globalsTypes, dialect });
  const questions = new Map<number, (value: unknown) => void>();
  let lastQuestion = 0;
  const send = (message: LanguageAnswer) => void process.send!(message);
  const ask = (live: 'properties' | 'preview', path: string): Promise<unknown> =>
    new Promise((resolve) => {
      lastQuestion += 1;
      questions.set(lastQuestion, resolve);
      send({ live, path, id: lastQuestion });
    });
  const live: LiveValues = {
    propertiesOf: async (path) => ((await ask('properties', path)) ?? []) as readonly string[],
    preview: async (path) => (await ask('preview', path)) as string | undefined,
  };

  const idle = new IdleTasks([{ after: questionsAfter, work: () => askFirst(language) }]);
  process.on('disconnect', () => process.exit());
  // A Ctrl-C in the terminal is for the kernel.
  process.on('SIGINT', () => undefined);
  process.on('message', (request: LanguageRequest) => {
    switch (request.call) {
      case 'live':
        questions.get(request.id)?.(request.value);
        questions.delete(request.id);
        return;
      case 'accept':
        return language.accept(request.cell);
      case 'checking':
        language.checking = request.checking;
        return;
      default:
        idle.pause();
        void answer(language, request, live).then((found) => {
          send(found);
          idle.asked();
        });
    }
  });
}

async function answer(
  language: CellLanguage,
  { call, id, args }: Extract<LanguageRequest, { args: unknown }>,
  live: LiveValues,
): Promise<LanguageAnswer> {
  try {
    // Those that look at live values take them last; the others have no more parameters.
    const methods = language as unknown as Readonly<Record<Call, (...given: unknown[]) => unknown>>;
    return { id, value: await methods[call](...args, live) };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}
