/** How compiled cells and the kernel call what only they may see. */
import { Object } from './primordials.ts';

/** Two characters that nobody types one after the other; both may stand in a name, and neither can be seen. */
const mark = '\u200D\u200C';

/**
 * The variable behind a name that a cell declared at its top level. A `let Set` in the global scope would be the `Set`
 * of every module and library of the process, so no variable of a cell is called as the user wrote it.
 */
export function variableOf(name: string): string {
  return `${name}${mark}`;
}

/**
 * The variable behind an imported name that follows its module: an object that has the name, most often the module's
 * namespace. Code of cells reads the name there, which V8 does almost as fast as it reads a variable.
 */
export function holderOf(name: string): string {
  return variableOf(variableOf(name));
}

/** How compiled code reads a name from its holder, as V8 writes it in messages. */
const held = new RegExp(`\\(0 ?, ?([^\\s.()]+)${mark}${mark}\\.\\1\\)`, 'gu');

/** A text as the user would have written it: messages and stack traces of V8 speak of variables. */
export function withoutMarks(text: string): string {
  return text.includes(mark) ? text.replaceAll(held, '$1').replaceAll(mark, '') : text;
}

/** A name that only code made by the kernel can speak of: no cell can, and no variable of a cell is called so. */
function hiddenName(name: string): string {
  return `${name}\u200C\u200D`;
}

/** Global variables by which code that the kernel compiles reaches the kernel; no declaration can hide them. */
export const hooks = {
  /** What cells and local modules load modules with. */
  cells: hiddenName('cells'),
  /** What top-level awaits wait by, so that an interrupt ends them: `awaitHook` of the runner. */
  wait: hiddenName('wait'),
  /** Makes variables of cells when they get their first value, by reading a property of that name. */
  declare: hiddenName('declare'),
  /** Decides what happens when the watcher has paused the main thread. */
  pause: hiddenName('pause'),
  /** What the debugger asks of the main thread: source maps, and how values are shown. */
  debug: hiddenName('debug'),
} as const;

/** Names that a compiled cell makes for itself, or has from the kernel. */
export const hidden = {
  cell: hiddenName('cell'),
  wait: hooks.wait,
  module: hiddenName('module'),
  /** What a pattern took out of a value, before the names of the pattern get it. */
  part: hiddenName('part'),
  /** A constant: what a cell may not assign to becomes this one, and V8 throws. */
  constant: hiddenName('constant'),
} as const;

/** Makes a value the global variable of that name, for good. */
export function installHook(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, enumerable: false });
}

/** So begins a source map of ours that is written behind the code; a user's file may have one of somebody else's. */
export const mapPrefix = 'data:application/json;of=streamtrain,';
