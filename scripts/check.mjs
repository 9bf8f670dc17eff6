// `npm run check`: types, lint, format, rooms and what nothing uses, or some of them; by this project's own programs.
import { performance } from 'node:perf_hooks';
import path from 'node:path';
import { runNode, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';

const HELP = `Usage: npm run check [-- types lint format rooms unused]
       npm run typecheck, npm run lint, npm run format:check

Checks all sources, or what is named; changes nothing. Exit code 1 or 2 when one fails.

  types    TypeScript's compiler
  lint     oxlint, with types (.oxlintrc.json, scripts/lint-rules.mjs)
  format   oxfmt (.oxfmtrc.json)
  rooms    what may import what, cycles, sizes of files (scripts/room-rules.mjs)
  unused   files, exports and packages that nothing uses (scripts/knip.config.mjs)

  --help   this text
`;

/**
 * By the name used on the command line: title, program, arguments. The programs are called by their path, because
 * `node_modules/.bin/tsc` may be that of another TypeScript.
 */
const CHECKS = {
  // The compiler written in Go checks in a fourth of the time. The one that compiles `src` into `dist` checks it once more.
  types: { title: 'Types', program: 'node_modules/typescript-7/bin/tsc', args: ['-p', 'tsconfig.json'] },
  lint: { title: 'Lint', program: 'node_modules/oxlint/bin/oxlint', args: [] },
  format: { title: 'Format', program: 'node_modules/oxfmt/bin/oxfmt', args: ['--check', '.'] },
  rooms: { title: 'Rooms', program: 'scripts/check-rooms.mjs', args: [] },
  unused: {
    title: 'Nothing unused',
    program: 'node_modules/knip/bin/knip.js',
    args: ['--config', 'scripts/knip.config.mjs', '--no-progress'],
  },
};
const names = /** @type {(keyof typeof CHECKS)[]} */ (Object.keys(CHECKS));

const { values, positionals } = commandLine({
  name: 'npm run check',
  options: {},
  words: names.length,
  makes: true,
});
const unknown = positionals.find((name) => !names.some((one) => one === name));
if (unknown !== undefined)
  wrongUsage('npm run check', ['help'], `There is no check "${unknown}": ${names.join(', ')}`);

/**
 * Runs a check and prints a line for it, with what it says where it fails.
 *
 * @param {keyof typeof CHECKS} name
 * @returns {Promise<number>} its exit code
 */
async function runCheck(name) {
  const { title, program, args } = CHECKS[name];
  const started = performance.now();
  const { code, output } = await runNode([path.normalize(program), ...args], { capture: true });
  console.log(
    `${code === 0 ? '✓' : '✗'} ${title.padEnd(34)} ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  if (code !== 0) console.log(output);
  return code;
}

/** Runs checks side by side. @returns {Promise<number>} the worst exit code */
async function main() {
  const chosen =
    positionals.length === 0 ? names : names.filter((name) => positionals.some((one) => one === name));
  return Math.max(...(await Promise.all(chosen.map(runCheck))));
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true, compiled: false });
