/** The thread of the language service: a long check delays neither heartbeat nor interrupt. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import type { Dialect, LiveValues } from '../contracts.ts';
import { globalsTypes } from '../display/globals-types.ts';
import { createCellLanguage } from '../language/language.ts';
import type { LanguageAnswer, LanguageRequest } from './language-client.ts';

const server = parentPort!;
const language = createCellLanguage({
  cwd: process.cwd(),
  globals: globalsTypes,
  dialect: workerData as Dialect,
});
const questions = new Map<number, (value: unknown) => void>();
let lastQuestion = 0;

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

server.on('message', (request: LanguageRequest) => {
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
      void answer(request);
  }
});

async function answer({ call, id, args }: Extract<LanguageRequest, { args: unknown }>): Promise<void> {
  try {
    // Those that look at live values take them last; the others have no more parameters.
    const methods = language as unknown as Readonly<Record<typeof call, (...given: unknown[]) => unknown>>;
    send({ id, value: await methods[call](...args, live) });
  } catch (error) {
    send({ id, error: messageOf(error) });
  }
}

function send(message: LanguageAnswer): void {
  server.postMessage(message);
}
