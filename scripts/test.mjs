// `npm test`: set-up where it is missing, the checks of the sources, then every test on one embedded Kafka.
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder, runNode, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { room, setUp } from './rooms.mjs';

const HELP = `Usage: npm test -- [options]

Sets up what is missing, checks the sources (npm run check), starts one embedded Kafka and runs every test on it.

  --only PATTERN   only the test files whose path matches this regular expression; no checks
  --no-check       leave the checks of the sources out
  --help           this text

STREAMTRAIN_TEST_BROKERS=host:port,.. uses running brokers instead of an embedded one.
`;

const options = /** @type {const} */ ({ only: { type: 'string' }, 'no-check': { type: 'boolean' } });
const { values } = commandLine({ name: 'npm test', options });

/** @returns {string[]} the test files, relative to the project; Node 20 knows no patterns */
function testFiles() {
  const pattern = asPattern(values.only ?? '');
  return fs
    .readdirSync(path.join(projectFolder, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join('test', file))
    .filter((file) => pattern.test(file))
    .sort();
}

/** @param {string} text @returns {RegExp} */
function asPattern(text) {
  try {
    return new RegExp(text);
  } catch {
    wrongUsage('npm test', Object.keys(options), `--only wants a regular expression, not "${text}"`);
  }
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const files = testFiles();
  if (files.length === 0) throw new Error(`No test file matches "${values.only ?? ''}".`);
  await setUp();
  const isChecked = !values['no-check'] && values.only === undefined;
  const checks = isChecked ? (await runNode([path.join('scripts', 'check.mjs')])).code : 0;
  const { stopOnSignals } = await room('process');
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
