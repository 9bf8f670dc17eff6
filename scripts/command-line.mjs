// What the command lines of all scripts share: options, wrong usage, and a reader that has seen enough.
import process from 'node:process';
import { parseArgs } from 'node:util';

/**
 * Reads the options of a script. What is not understood ends the process with one sentence that names the known options,
 * and exit code 2.
 *
 * @template {import('node:util').ParseArgsConfig['options']} Options
 * @param {object} about
 * @param {string} about.name how users call the script: `npm run setup`
 * @param {NonNullable<Options>} about.options as `parseArgs` of node:util takes them; `--help` is added
 * @param {number} [about.words] how many words may stand beside the options; default none
 * @param {boolean} [about.makes] see {@link endQuietlyWithoutReader}
 */
export function commandLine({ name, options, words = 0, makes = false }) {
  endQuietlyWithoutReader({ makes });
  const known = { ...options, help: /** @type {const} */ ({ type: 'boolean', short: 'h' }) };
  try {
    const parsed = parseArgs({ options: known, allowPositionals: words > 0 });
    const empty = Object.entries(parsed.values).find(([, value]) => value === '');
    if (empty) throw new Error(`Option '--${empty[0]}' is empty.`);
    const more = parsed.positionals[words];
    if (more !== undefined) throw new Error(`Unexpected argument '${more}'.`);
    return parsed;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    // Node's own advice about positional arguments is of no use here.
    wrongUsage(name, Object.keys(known), problem.split(/\.\s/)[0] ?? problem);
  }
}

/**
 * Ends the process with exit code 2 and one sentence.
 *
 * @param {string} name how users call the script
 * @param {readonly string[]} options names of its options, without dashes
 * @param {string} problem what is wrong
 * @returns {never}
 */
export function wrongUsage(name, options, problem) {
  const list = options.map((option) => `--${option}`).join(', ');
  console.error(
    `✗ ${problem.replace(/\.?$/, '.')} Options of "${name}": ${list} ("${name} -- --help" explains them).`,
  );
  process.exit(2);
}

/**
 * `npm run doctor | head -3`: what nobody reads any more is not printed, without a word. A script that only shows something
 * ends there with exit code 0; one that has something to stop in order (it listens for Ctrl-C) does so, as at
 * Ctrl-C; one that makes something goes on to its end.
 *
 * @param {{ makes?: boolean }} [options] `makes`: the script's work is worth more than what it prints
 */
export function endQuietlyWithoutReader({ makes = false } = {}) {
  let isOver = false;
  /** @param {NodeJS.ErrnoException} error */
  const onError = (error) => {
    if (error.code !== 'EPIPE') throw error;
    if (isOver || makes) return;
    isOver = true;
    if (process.listenerCount('SIGINT') > 0) process.emit('SIGINT', 'SIGINT');
    else process.exit(0);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onError);
}
