/** Turns whatever was thrown into what Jupyter shows: name, message, and a coloured trace of the user's own code. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, styleText, types } from 'node:util';
import { Array, Error, Math, Number, Object, Set, String, URL, process } from '../primordials.ts';
import { withoutMarks } from '../cell-names.ts';
import type { ErrorReport } from './protocol.ts';
import { isCellsName } from './live.ts';
import { isMapped, sourceText } from './stack-maps.ts';

/** How deep causes and the errors of an `AggregateError` are followed, and how many of the latter. */
const bounds = { depth: 5, errors: 10, frames: 30, foreign: 3, message: 20_000 } as const;

/** Everything of this package that is not the user's. */
const ownFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Reports a thrown value. Never throws, whatever its getters do. */
export function reportError(thrown: unknown): ErrorReport {
  try {
    const { name, message } = nameAndMessage(thrown);
    return { ename: name, evalue: message, traceback: lines(thrown, 0, new Set()) };
  } catch (error) {
    const evalue = `an error that cannot be shown (${String((error as { message?: unknown })?.message)})`;
    return { ename: 'Error', evalue, traceback: [evalue] };
  }
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!isError(thrown)) return { name: 'Thrown', message: clip(inspect(thrown, { depth: 2 })) };
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  const className = (thrown.constructor as { name?: unknown } | undefined)?.name;
  const shown =
    [name, className].find((each) => typeof each === 'string' && each && each !== 'Error') ?? 'Error';
  return { name: shown as string, message: clip(typeof message === 'string' ? message : inspect(message)) };
}

function lines(thrown: unknown, depth: number, seen: Set<unknown>): string[] {
  const { name, message } = nameAndMessage(thrown);
  const result = [`${red(name)}${message ? `: ${message}` : ''}`];
  if (!isError(thrown)) return result;
  seen.add(thrown);
  const frames = shownFrames(thrown);
  result.push(
    ...excerpt(frames),
    ...frames.map(({ text }) => `    ${gray('at')} ${text}`),
    ...facts(thrown),
    ...hint(message),
  );
  if (depth >= bounds.depth) return result;
  const inner = (label: string, error: unknown) => {
    if (seen.has(error)) return;
    const [first = '', ...rest] = lines(error, depth + 1, seen);
    result.push(`  ${gray(label)} ${first}`, ...rest.map((line) => `  ${line}`));
  };
  const { errors } = thrown as { errors?: unknown };
  if (Array.isArray(errors)) {
    for (const [index, error] of errors.slice(0, bounds.errors).entries()) inner(`[${index}]`, error);
    if (errors.length > bounds.errors) result.push(`  ... ${errors.length - bounds.errors} more errors`);
  }
  if ('cause' in thrown && thrown.cause !== undefined) inner('caused by', thrown.cause);
  return result;
}

/** `eval` and `new Function` look for names in the global scope, where those of cells are not. */
function hint(message: string): string[] {
  const name = /^([\p{ID_Start}$_][\p{ID_Continue}$]*) is not defined$/u.exec(message)?.[1];
  if (name === undefined || !isCellsName(name)) return [];
  return [
    `A cell declares "${name}", but eval, new Function and modules see no names of cells: hand it over, as in new Function('${name}', code)(${name}), or set globalThis.${name} = ${name}.`,
  ];
}

interface Frame {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The user's frames; those of packages, as far as they say where it was, if there are none. */
function shownFrames(error: Error): Frame[] {
  const users = framesOf(error, isUsers);
  return users.length > 0
    ? users
    : framesOf(error, (file) => !file.startsWith(ownFolder)).slice(0, bounds.foreign);
}

function framesOf(error: Error, isShown: (file: string) => boolean): Frame[] {
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const match = /^ {4}at (?:(.*) \()?((?:In \[\d+\]|file:|\/|[A-Za-z]:\\).*?):(\d+):(\d+)\)?$/.exec(line);
    if (!match) continue;
    const [, name, where = '', row, column] = match;
    const file = where.startsWith('file:') ? fileURLToPath(where) : where;
    if (!isShown(file)) continue;
    const place = `${green(`${shortened(file)}:${row}:${column}`)}`;
    // The function that a cell is wrapped into is not the user's.
    const shown = name && !/^(async )?(<anonymous>|__cell|eval)$/.test(name) ? `${name} (${place})` : place;
    frames.push({ text: shown, file, line: Number(row), column: Number(column) });
    if (frames.length >= bounds.frames) break;
  }
  return frames;
}

function isUsers(file: string): boolean {
  if (isMapped(file) || file.startsWith('In [')) return true;
  return !file.includes(`${path.sep}node_modules${path.sep}`) && !file.startsWith(ownFolder);
}

function shortened(file: string): string {
  if (file.startsWith('In [')) return file;
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

/** The source around the innermost frame of the user's, with a marker. */
function excerpt([frame]: Frame[]): string[] {
  if (!frame) return [];
  const text = sourceText(frame.file) ?? textOnDisk(frame.file);
  const rows = text?.split('\n');
  if (rows?.[frame.line - 1] === undefined) return [];
  const from = Math.max(1, frame.line - 2);
  const to = Math.min(rows.length, frame.line + 1);
  const width = String(to).length;
  const shown: string[] = [];
  for (let row = from; row <= to; row += 1) {
    const isHere = row === frame.line;
    const source = (rows[row - 1] ?? '').slice(0, 200);
    shown.push(`${isHere ? red('>') : ' '} ${gray(`${String(row).padStart(width)} |`)} ${source}`);
    if (isHere && frame.column <= 200) {
      shown.push(`  ${gray(`${' '.repeat(width)} |`)} ${' '.repeat(frame.column - 1)}${red('^')}`);
    }
  }
  return shown;
}

function textOnDisk(file: string): string | undefined {
  if (file.startsWith('In [')) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Further fields an error carries, such as `code` and `path`. */
function facts(error: Error): string[] {
  const skipped = new Set(['stack', 'message', 'name', 'cause', 'errors']);
  const shown: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    if (property.enumerable && 'value' in property && !skipped.has(key)) shown[key] = property.value;
  }
  if (Object.keys(shown).length === 0) return [];
  return inspect(shown, { depth: 2, colors: false, maxArrayLength: 20, maxStringLength: 500 })
    .slice(0, 4000)
    .split('\n')
    .map((line) => `    ${line}`);
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function clip(written: string): string {
  const text = withoutMarks(written);
  return text.length > bounds.message ? `${text.slice(0, bounds.message)} ...` : text;
}

function colored(style: 'red' | 'gray' | 'green', text: string): string {
  return styleText(style, text, { validateStream: false });
}
const red = (text: string) => colored('red', text);
const gray = (text: string) => colored('gray', text);
const green = (text: string) => colored('green', text);
