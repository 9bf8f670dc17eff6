// `npm run tutorial`: runs a notebook without a browser and prints what its cells print.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { room, setUp } from './rooms.mjs';

const NOTEBOOK = 'notebooks/01-training-models-on-streaming-data.ipynb';

const HELP = `Usage: npm run tutorial -- [NOTEBOOK] [options]

Executes a notebook (default: ${NOTEBOOK}) on an embedded Kafka and prints its outputs.

  --kernel NAME           the Jupyter kernel to use (default: streamtrain)
  --output FILE           also write the executed notebook to FILE
  --brokers HOST:PORT,..  use these Kafka brokers instead of the embedded one
  --help                  this text
`;

const options = /** @type {const} */ ({
  kernel: { type: 'string' },
  output: { type: 'string' },
  brokers: { type: 'string' },
});
const { values, positionals } = commandLine({ name: 'npm run tutorial', options, words: 1 });
const notebook = path.resolve(positionals[0] ?? path.join(projectFolder, NOTEBOOK));
if (!values.help && !fs.existsSync(notebook))
  wrongUsage('npm run tutorial', Object.keys(options), `There is no notebook ${notebook}`);

/** @returns {Promise<number>} the exit code */
async function main() {
  const named = values.brokers === undefined ? {} : { STREAMTRAIN_BROKERS: values.brokers };
  const externalEnv = { ...process.env, ...named };
  await setUp({ withBroker: !externalEnv['STREAMTRAIN_BROKERS'] });
  const { projectAt, venvPython } = await room('install');
  const { stopOnSignals } = await room('process');
  const { jupyterEnvironment } = await room('jupyter');
  const project = projectAt();
  const shutdown = stopOnSignals();
  try {
    const { ensureBroker } = await room('broker');
    const broker = await ensureBroker({ env: externalEnv });
    if (broker.source === 'started') shutdown.add({ title: 'Kafka', stop: () => broker.close() });
    const runner = path.join(projectFolder, 'scripts', 'python', 'run_notebook.py');
    const args = [runner, notebook, '--kernel', values.kernel ?? 'streamtrain'];
    if (values.output) args.push('--output', values.output);
    const env = await jupyterEnvironment(project, broker.brokers);
    const child = spawn(venvPython(project), args, { stdio: 'inherit', env, windowsHide: true });
    const code = new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
    const end = await Promise.race([code, shutdown.requested]);
    return typeof end === 'number' ? end : 130;
  } finally {
    await shutdown.stopAll();
  }
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true, native: true });
