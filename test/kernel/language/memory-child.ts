/** The process in which `memory.test.ts` measures: compiles the cells that it is sent, and says how large its heap is. */
import { getHeapStatistics } from 'node:v8';
import { makeLanguage } from './cell-session.ts';

const language = makeLanguage(process.cwd());
let number = 0;

process.on('message', (cells: string[]) => {
  for (const cell of cells) {
    const compiled = language.compile(cell, (number += 1));
    if (compiled.ok) language.accept(compiled.cell);
  }
  process.send!({ heap: getHeapStatistics().total_heap_size / 2 ** 20 });
});
