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

/**
 * By the name used on the command line: title, program, arguments. The programs are called by their path, because
 * `node_modules/.bin/tsc` is the TypeScript of another package.
 */
const CHECKS = {
  types: { title: 'Types', program: 'node_modules/typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  lint: { title: 'Lint', program: 'node_modules/eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
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
const names = Object.keys(CHECKS);

const { values, positionals } = commandLine({
  name: 'npm run check',
  options: {},
  words: names.length,
  makes: true,
});
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined)
  wrongUsage('npm run check', ['help'], `There is no check "${unknown}": ${names.join(', ')}`);

/** Runs checks side by side and prints a line for each, with what it says where it fails. @returns {Promise<number>} the worst exit code */
async function main() {
  const chosen = Object.entries(CHECKS).filter(
    ([name]) => positionals.length === 0 || positionals.some((one) => one === name),
  );
  const codes = await Promise.all(
    chosen.map(async ([, { title, program, args }]) => {
      const started = performance.now();
      const { code, output } = await runNode([path.normalize(program), ...args], {
        capture: true,
      });
      const mark = code === 0 ? '✓' : '✗';
      console.log(`${mark} ${title.padEnd(34)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
      if (code !== 0) console.log(output);
      return code;
    }),
  );
  return Math.max(...codes);
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true, compiled: false });
