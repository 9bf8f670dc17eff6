// `npm run check`: types, lint, format, rooms and what nothing uses, or some of them; by this project's own programs.
import { performance } from 'node:perf_hooks';
import path from 'node:path';
import { runNode, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';

const HELP = `Usage: npm run check [-- types lint format rooms unused]
       npm run typecheck, npm run lint, npm run format:check

Checks all sources, or what is named; changes nothing. Exit code 1 or 2 when one fails.

  types    TypeScript's compiler
  lint     ESLint
  format   Prettier
  rooms    what may import what, cycles, sizes of files (scripts/room-rules.mjs)
  unused   files, exports and packages that nothing uses (scripts/knip.config.mjs)

  --help   this text
`;

/** Both by one TypeScript program, in one process: `scripts/check-sources.mjs`. */
const OF_SOURCES = { types: { title: 'Types' }, lint: { title: 'Lint' } };

/**
 * By the name used on the command line: title, program, arguments. The programs are called by their path, because
 * `node_modules/.bin/tsc` is the TypeScript of another package.
 */
const CHECKS = {
  format: {
    title: 'Format',
    program: 'node_modules/prettier/bin/prettier.cjs',
    // What it remembers of a file goes by its text, Prettier's version and the options.
    args: [
      '--check',
      '.',
      '--cache',
      '--cache-strategy',
      'content',
      '--cache-location',
      '.streamtrain/prettier',
    ],
  },
  rooms: { title: 'Rooms', program: 'scripts/check-rooms.mjs', args: [] },
  unused: {
    title: 'Nothing unused',
    program: 'node_modules/knip/bin/knip.js',
    args: ['--config', 'scripts/knip.config.mjs', '--no-progress'],
  },
};
const names = [...Object.keys(OF_SOURCES), ...Object.keys(CHECKS)];

const { values, positionals } = commandLine({
  name: 'npm run check',
  options: {},
  words: names.length,
  makes: true,
});
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined)
  wrongUsage('npm run check', ['help'], `There is no check "${unknown}": ${names.join(', ')}`);

/** @typedef {{ code: number, output: string }} Found */

/** @param {string} title @param {number} seconds @param {Found} found @returns {number} its exit code */
function tell(title, seconds, { code, output }) {
  console.log(`${code === 0 ? '✓' : '✗'} ${title.padEnd(34)} ${seconds.toFixed(1)} s`);
  if (code !== 0) console.log(output);
  return code;
}

/** Runs a check and prints a line for it, with what it says where it fails. @param {keyof typeof CHECKS} name @returns {Promise<number>} */
async function runCheck(name) {
  const { title, program, args } = CHECKS[name];
  const started = performance.now();
  const found = await runNode([path.normalize(program), ...args], { capture: true });
  return tell(title, (performance.now() - started) / 1000, found);
}

/** The same for those that share a program. @param {(keyof typeof OF_SOURCES)[]} names @returns {Promise<number>} the worst exit code */
async function checkSources(names) {
  if (names.length === 0) return 0;
  const program = path.join('scripts', 'check-sources.mjs');
  // More room for young objects: with Node's own 16 MB a fifteenth of the time goes into collecting them.
  const { code, output } = await runNode(['--max-semi-space-size=64', program, ...names], { capture: true });
  const lines = output.split('\n');
  const results = lines.filter((line) => line.startsWith('{"check":')).map((line) => JSON.parse(line));
  const rest = lines.filter((line) => !line.startsWith('{"check":')).join('\n');
  const codes = names.map((name) => {
    const result = results.find(({ check }) => check === name) ?? {
      code: code || 1,
      output: rest,
      seconds: 0,
    };
    return tell(OF_SOURCES[name].title, result.seconds, result);
  });
  return Math.max(...codes);
}

/** Runs checks side by side. @returns {Promise<number>} the worst exit code */
async function main() {
  /** @template {string} Name @param {Record<Name, unknown>} checks */
  const chosen = (checks) =>
    /** @type {Name[]} */ (Object.keys(checks)).filter(
      (name) => positionals.length === 0 || positionals.some((one) => one === name),
    );
  return Math.max(
    ...(await Promise.all([checkSources(chosen(OF_SOURCES)), ...chosen(CHECKS).map(runCheck)])),
  );
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true, compiled: false });
