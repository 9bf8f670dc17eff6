// A reporter of Node's test runner that names what failed: the end of a long output is what people and CI see.
import path from 'node:path';
import { inspect } from 'node:util';
import { projectFolder } from './bootstrap.mjs';

/** So many lines of an error are shown: its sentence and where it was thrown. */
const ERROR_LINES = 16;

/**
 * Gives each failed test once, by its place and name, with its error. Suites that failed by a test in them are left out, and
 * so are tests that may fail (`todo`).
 *
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 * @returns {AsyncGenerator<string>}
 */
export default async function* failedTests(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.todo) continue;
    const error = /** @type {Error & { failureType?: string }} */ (data.details.error);
    if (error.failureType === 'subtestsFailed') continue;
    const place = data.file === undefined ? '' : `${path.relative(projectFolder, data.file)}:${data.line} `;
    const lines = inspect(error.cause ?? error).split('\n');
    yield [`✗ ${place}${data.name}`, ...lines.slice(0, ERROR_LINES)].join('\n    ') + '\n';
  }
}
