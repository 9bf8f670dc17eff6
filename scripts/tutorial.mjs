// `npm run tutorial`: runs a notebook without a browser and prints what its cells print.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder, runScript } from './bootstrap.mjs';
import { room } from './rooms.mjs';
import { setUp } from './set-up.mjs';

const NOTEBOOK = 'notebooks/01-training-models-on-streaming-data.ipynb';

const HELP = `Usage: npm run tutorial -- [NOTEBOOK] [options]

Executes a notebook (default: ${NOTEBOOK}) on an embedded Kafka and prints its outputs.

  --kernel NAME           the Jupyter kernel to use (default: streamtrain)
  --output FILE           also write the executed notebook to FILE
  --brokers HOST:PORT,..  use these Kafka brokers instead of the embedded one
  --help                  this text
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string' },
    output: { type: 'string' },
    brokers: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** @returns {Promise<number>} the exit code */
async function main() {
  const named = values.brokers === undefined ? {} : { STREAMTRAIN_BROKERS: values.brokers };
  const externalEnv = { ...process.env, ...named };
  await setUp({ withBroker: !externalEnv['STREAMTRAIN_BROKERS'] });
  const { projectAt, stopOnSignals, venvPython } = await room('install');
  const { jupyterEnvironment } = await room('jupyter');
  const project = projectAt();
  const shutdown = stopOnSignals();
  try {
    const { ensureBroker } = await room('broker');
    const broker = await ensureBroker({ env: externalEnv });
    if (broker.source === 'started') shutdown.add({ title: 'Kafka', stop: () => broker.close() });
    const runner = path.join(projectFolder, 'scripts', 'python', 'run_notebook.py');
    const args = [
      runner,
      positionals[0] ?? path.join(projectFolder, NOTEBOOK),
      '--kernel',
      values.kernel ?? 'streamtrain',
    ];
    if (values.output) args.push('--output', values.output);
    const env = await jupyterEnvironment(project, broker.brokers);
    const child = spawn(venvPython(project), args, { stdio: 'inherit', env });
    const code = new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
    const end = await Promise.race([code, shutdown.requested]);
    return typeof end === 'number' ? end : 130;
  } finally {
    await shutdown.stopAll();
  }
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true });
