// `npm run doctor`: versions and health of every part, for bug reports; exit code 1 when something is broken.
import fs from 'node:fs';
import path from 'node:path';
import { findNpm, projectFolder } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';
import { room } from './rooms.mjs';

const HELP = `Usage: npm run doctor -- [options]

Prints the versions and the health of every part; changes nothing. Exit code 1 when a part is broken.

  --json   as JSON
  --help   this text
`;

const { values } = commandLine({ name: 'npm run doctor', options: { json: { type: 'boolean' } } });

/** @returns {Promise<number>} the exit code */
async function main() {
  if (!fs.existsSync(path.join(projectFolder, 'dist', 'install', 'index.js'))) {
    console.log(`✓ Node                  ${process.version} at ${process.execPath}`);
    console.log(`✗ This clone            is not set up yet\n${' '.repeat(24)}-> Run "npm run setup".`);
    return 1;
  }
  const { cacheFolder, examine, healthLine, installChecks, isHealthy, projectAt } = await room('install');
  const { jupyterChecks } = await room('jupyter');
  const { brokerChecks } = await room('broker');
  const project = projectAt();
  const { folder: cache } = cacheFolder();
  const checks = [
    ...installChecks({ project, cache, npmCli: findNpm() }),
    ...jupyterChecks(project),
    ...brokerChecks({ project, cache }),
  ];
  const reports = await examine(checks, (report) => values.json || console.log(healthLine(report)));
  const healthy = isHealthy(reports);
  if (values.json) console.log(JSON.stringify({ healthy, parts: reports }, null, 2));
  else console.log(healthy ? '\nEverything works.' : '\nSomething is broken: see the lines marked ✗.');
  return healthy ? 0 : 1;
}

if (values.help) console.log(HELP);
else process.exitCode = await main();
