// `npm test`: set-up where it is missing, the checks of the sources, then every test on one embedded Kafka.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder, runNode, runScript } from './bootstrap.mjs';
import { bundlePrograms } from './bundled-programs.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { compileAll } from './compiled-typescript.mjs';
import { room, setUp } from './rooms.mjs';
import { costTable, processorSeconds } from './test-cost.mjs';
import { endingFlags, groupsOf, testTree, writePrograms } from './test-groups.mjs';

const HELP = `Usage: npm test -- [options]

Sets up what is missing, checks the sources (npm run check), starts one embedded Kafka and runs every test on it; the files
of a room share a process (scripts/test-groups.mjs).

  --only PATTERN   only the test files whose path matches this regular expression; no checks
  --no-check       leave the checks of the sources out
  --help           this text

STREAMTRAIN_TEST_BROKERS=host:port,.. uses running brokers instead of an embedded one.
`;

const options = /** @type {const} */ ({ only: { type: 'string' }, 'no-check': { type: 'boolean' } });
const { values } = commandLine({ name: 'npm test', options });

/**
 * So many programs at a time, on two processors as on more: for half of their time tests wait, for brokers that come back,
 * kernels that answer, browsers that draw.
 */
const LANES = 3;

/** So long may a test take that has no limit of its own: as long as a chapter. */
const LONGEST_TEST_MS = 20 * 60_000;

/** @returns {string[]} the test files, by their path in the project */
function testFiles() {
  const pattern = asPattern(values.only ?? '');
  return testTree().filter((file) => file.endsWith('.test.ts') && pattern.test(file));
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
  const before = processorSeconds();
  const checks = isChecked ? (await runNode([path.join('scripts', 'check.mjs')])).code : 0;
  const others = isChecked ? [{ name: 'checks', seconds: processorSeconds() - before }] : [];
  const { stopOnSignals } = await room('process');
  const shutdown = stopOnSignals(() => undefined); // the summary of the tests is the last thing printed
  const env = { ...process.env };
  // Of this run, so that two at a time do not take each other's programs away.
  const folder = path.join(projectFolder, '.streamtrain', 'tests', String(process.pid));
  try {
    // A single file starts its own broker if it needs one; the whole suite shares this one.
    if (!env['STREAMTRAIN_TEST_BROKERS'] && files.length > 1) {
      const { startBroker } = await room('broker');
      const broker = await startBroker({ temporary: true });
      shutdown.add({ title: 'Kafka', stop: () => broker.stop() });
      env['STREAMTRAIN_TEST_BROKERS'] = broker.brokers.join(',');
    }
    const programs = writePrograms(groupsOf(files), folder);
    await compileAll();
    env['STREAMTRAIN_TEST_PROGRAMS'] = path.join(folder, 'programs');
    await bundlePrograms(env['STREAMTRAIN_TEST_PROGRAMS']);
    // What V8 has compiled is kept for the next process, by Node 22.1 and newer.
    env['NODE_COMPILE_CACHE'] ??= path.join(folder, 'code');
    const loader = pathToFileURL(path.join(projectFolder, 'scripts', 'register-compiled.mjs')).href;
    const failed = path.join(folder, 'failed.txt');
    const reporters = {
      [process.stdout.isTTY ? 'spec' : 'tap']: 'stdout',
      './scripts/failed-tests.mjs': failed,
    };
    const flags = Object.entries(reporters).flatMap(([reporter, destination]) => [
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${destination}`,
    ]);
    const lanes = `--test-concurrency=${LANES}`;
    const runner = ['--import', loader, '--test', lanes, ...endingFlags(LONGEST_TEST_MS)];
    const tests = runNode([...runner, ...flags, ...programs], { env });
    const end = await Promise.race([tests, shutdown.requested]);
    console.log(costTable(folder, others, programs.length));
    const failures = fs.existsSync(failed) ? fs.readFileSync(failed, 'utf8') : '';
    if (failures !== '') console.log(`Failed:\n${failures}`);
    return typeof end === 'object' ? Math.max(checks, end.code) : 130;
  } finally {
    // A process that ends late may still keep its code there.
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    await shutdown.stopAll();
  }
}

if (values.help) console.log(HELP);
else await runScript(main, { kafka: true });
