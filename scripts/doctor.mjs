// `npm run doctor`: versions and health of every part, for bug reports; exit code 1 when something is broken.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findNpm, projectFolder } from './bootstrap.mjs';
import { room } from './rooms.mjs';

const HELP = `Usage: npm run doctor -- [options]

Prints the versions and the health of every part; changes nothing. Exit code 1 when a part is broken.

  --json   as JSON
  --help   this text
`;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

/** @returns {Promise<number>} the exit code */
async function main() {
  if (!fs.existsSync(path.join(projectFolder, 'dist', 'install', 'index.js'))) {
    console.log(`✓ Node                  ${process.version} at ${process.execPath}`);
    console.log(`✗ This clone            is not set up yet\n${' '.repeat(24)}-> Run "npm run setup".`);
    return 1;
  }
  const { cacheFolder, examine, healthLine, installChecks, isHealthy, projectAt } = await room('install');
  const { jupyterChecks } = await room('jupyter');
  const project = projectAt();
  const { folder: cache } = cacheFolder();
  const checks = [
    ...installChecks({ project, cache, npmCli: findNpm() }),
    ...jupyterChecks(project),
    { name: 'Java and Kafka', examine: () => javaAndKafka(cache) },
  ];
  const reports = await examine(checks, (report) => values.json || console.log(healthLine(report)));
  const healthy = isHealthy(reports);
  if (values.json) console.log(JSON.stringify({ healthy, parts: reports }, null, 2));
  else console.log(healthy ? '\nEverything works.' : '\nSomething is broken: see the lines marked ✗.');
  return healthy ? 0 : 1;
}

/**
 * Finds Java and Kafka the way a start does, but stops before anything is fetched.
 *
 * @param {string} cache
 * @returns {Promise<import('../src/install/index.ts').Health>}
 */
async function javaAndKafka(cache) {
  const { prepareBroker } = await room('broker');
  const log = (/** @type {string} */ line) => {
    if (!line.startsWith('passing over')) throw new Error(`not there yet (set-up would say: ${line})`);
  };
  const { java, jars, classArchive } = await prepareBroker({ cache, log });
  const start =
    classArchive === undefined ? 'no class-data archive (slower start)' : 'class-data archive there';
  return {
    status: 'ok',
    detail: `Java ${java.version} from ${java.source} (${java.program})\nKafka ${jars.version} from ${jars.source}, ${jars.files.length} jars, ${start}`,
  };
}

if (values.help) console.log(HELP);
else process.exitCode = await main();
