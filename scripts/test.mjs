// `npm test`: set-up where it is missing, types, lint, format, then every test on one embedded Kafka.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { projectFolder, runScript } from './bootstrap.mjs';
import { room } from './rooms.mjs';
import { setUp } from './set-up.mjs';

const HELP = `Usage: npm test -- [options]

Sets up what is missing, checks types, lint and format, starts one embedded Kafka and runs every test on it.

  --only PATTERN   only the test files whose path matches this regular expression; no checks
  --no-check       leave types, lint and format out
  --help           this text

STREAMTRAIN_TEST_BROKERS=host:port,.. uses running brokers instead of an embedded one.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'no-check': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** What `npm run check` runs, started directly: name, program inside node_modules, arguments. */
const CHECKS = [
  { title: 'Types', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  { title: 'Lint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  { title: 'Format', program: 'prettier/bin/prettier.cjs', args: ['--check', '.'] },
];

/** @returns {string[]} the test files, relative to the project; Node 20 knows no patterns */
function testFiles() {
  const pattern = new RegExp(values.only ?? '');
  return fs
    .readdirSync(path.join(projectFolder, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join('test', file))
    .filter((file) => pattern.test(file))
    .sort();
}

/**
 * @param {string[]} args Node's arguments
 * @param {{ capture?: boolean, env?: NodeJS.ProcessEnv }} [options] `capture`: keep the output back
 * @returns {Promise<{ code: number, output: string }>}
 */
async function runNode(args, { capture = false, env = process.env } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: projectFolder,
    env,
    stdio: capture ? 'pipe' : 'inherit',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  return { code, output };
}

/** @returns {Promise<number>} the worst exit code of the checks, run side by side */
async function runChecks() {
  const codes = await Promise.all(
    CHECKS.map(async ({ title, program, args }) => {
      const started = performance.now();
      const { code, output } = await runNode([path.join('node_modules', program), ...args], {
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

/** @returns {Promise<number>} the exit code */
async function main() {
  const files = testFiles();
  if (files.length === 0) throw new Error(`No test file matches "${values.only ?? ''}".`);
  await setUp();
  const checks = values['no-check'] || values.only !== undefined ? 0 : await runChecks();
  const { stopOnSignals } = await room('install');
  const shutdown = stopOnSignals(() => undefined); // the summary of the tests is the last thing printed
  const env = { ...process.env };
  try {
    // A single file starts its own broker if it needs one; the whole suite shares this one.
    if (!env['STREAMTRAIN_TEST_BROKERS'] && files.length > 1) {
      const { startBroker } = await room('broker');
      const broker = await startBroker({ temporary: true });
      shutdown.add({ title: 'Kafka', stop: () => broker.stop() });
      env['STREAMTRAIN_TEST_BROKERS'] = broker.brokers.join(',');
    }
    const tests = runNode(['--import', 'tsx', '--test', '--test-concurrency=2', ...files], { env });
    const end = await Promise.race([tests, shutdown.requested]);
    return typeof end === 'object' ? Math.max(checks, end.code) : 130;
  } finally {
    await shutdown.stopAll();
  }
}

if (values.help) console.log(HELP);
else await runScript(main);
