/** The thread of the language service: a long check delays neither heartbeat nor interrupt. */
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import type { LiveValues } from '../contracts.ts';
import { globalsTypes } from '../display/globals-types.ts';
import { createCellLanguage } from '../language/index.ts';
import type { LanguageAnswer, LanguageRequest } from './language-protocol.ts';

const server = parentPort!;
const language = createCellLanguage({ cwd: process.cwd(), globals: globalsTypes });
const questions = new Map<number, (value: unknown) => void>();
let lastQuestion = 0;

const ask = (live: 'properties' | 'preview', path: string): Promise<unknown> =>
  new Promise((resolve) => {
    lastQuestion += 1;
    questions.set(lastQuestion, resolve);
    tell({ live, path, id: lastQuestion });
  });

const live: LiveValues = {
  propertiesOf: async (path) => ((await ask('properties', path)) ?? []) as readonly string[],
  preview: async (path) => (await ask('preview', path)) as string | undefined,
};

server.on('message', (request: LanguageRequest) => {
  if (request.call === 'live') {
    questions.get(request.id)?.(request.value);
    questions.delete(request.id);
    return;
  }
  if (request.call === 'accept') return language.accept(request.cell);
  if (request.call === 'checking') {
    language.checking = request.checking;
    return;
  }
  answer(request).then(
    (value) => tell({ id: request.id, value }),
    (error: unknown) => tell({ id: request.id, error: messageOf(error) }),
  );
});

async function answer(request: Extract<LanguageRequest, { source: string }>): Promise<unknown> {
  switch (request.call) {
    case 'compile':
      return language.compile(request.source, request.number);
    case 'complete':
      return language.complete(request.source, request.cursor, live);
    case 'inspect':
      return language.inspect(request.source, request.cursor, request.detail, live);
    case 'isComplete':
      return language.isComplete(request.source);
  }
}

function tell(message: LanguageAnswer): void {
  server.postMessage(message);
}
