// `npm start`: set-up where it is missing, an embedded Kafka, JupyterLab on the first notebook, until Ctrl-C.
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { room, setUp } from './rooms.mjs';

const NOTEBOOK = 'notebooks/01-training-models-on-streaming-data.ipynb';

const HELP = `Usage: npm start -- [options]

Sets up what is missing, starts an embedded Kafka and opens JupyterLab on the first notebook.
Ctrl-C stops both; a second Ctrl-C ends them at once.

  --no-browser            only print JupyterLab's address
  --port PORT             JupyterLab's port (default: 8888 or the next free one)
  --host ADDRESS          what JupyterLab listens on (default: 127.0.0.1; a container needs 0.0.0.0)
  --data DIR              where the embedded Kafka keeps its data (default: .streamtrain/kafka)
  --brokers HOST:PORT,..  use these Kafka brokers instead of the embedded one
  --notebook FILE         the notebook to open (default: ${NOTEBOOK})
  --help                  this text
`;

const options = /** @type {const} */ ({
  'no-browser': { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  brokers: { type: 'string' },
  notebook: { type: 'string' },
});
const { values } = commandLine({ name: 'npm start', options });
const port = wishedPort();
if (values.notebook !== undefined && !fs.existsSync(path.resolve(projectFolder, values.notebook)))
  refuse(`--notebook ${values.notebook} is not in ${projectFolder}`);

/** @returns {number | undefined} the wished port */
function wishedPort() {
  if (values.port === undefined) return undefined;
  const number = /^\d+$/.test(values.port) ? Number(values.port) : NaN;
  if (number > 0 && number < 65536) return number;
  refuse(`--port wants a number from 1 to 65535, not "${values.port}"`);
}

/** @param {string} problem @returns {never} */
function refuse(problem) {
  wrongUsage('npm start', Object.keys(options), problem);
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const env = {
    ...process.env,
    ...(values.brokers === undefined ? {} : { STREAMTRAIN_BROKERS: values.brokers }),
  };
  await setUp({ withBroker: !env['STREAMTRAIN_BROKERS'] });
  const { runSteps } = await room('install');
  const { stopOnSignals } = await room('process');
  const { startJupyter, openBrowser } = await room('jupyter');
  const shutdown = stopOnSignals();

  const startup = async () => {
    const { ensureBroker } = await room('broker');
    const dataFolder = values.data === undefined ? undefined : path.resolve(values.data);
    const kafka = ensureBroker({ dataFolder, env });
    const brokers = kafka.then((broker) => broker.brokers);
    // Its programs are loaded while Kafka starts; where Kafka does not start, that is told.
    const lab = startJupyter({ port, host: values.host, brokers, notebook: values.notebook ?? NOTEBOOK });
    for (const promise of [brokers, lab]) promise.catch(() => undefined);
    await runSteps([
      {
        title: 'Start Kafka',
        run: async ({ note }) => {
          const broker = await kafka;
          if (broker.source === 'started') shutdown.add({ title: 'Kafka', stop: () => broker.close() });
          else note(`using ${broker.brokers.join(', ')} (${broker.source}); it is not stopped at the end`);
          return broker.source === 'started' ? 'done' : 'already there';
        },
      },
    ]);
    /** @type {import('../src/jupyter/index.ts').JupyterServer | undefined} */
    let jupyter;
    await runSteps([
      {
        title: 'Start JupyterLab',
        run: async () => {
          const server = await lab;
          shutdown.add({ title: 'JupyterLab', stop: () => server.stop() });
          jupyter = server;
          return 'done';
        },
      },
    ]);
    if (jupyter === undefined) throw new Error('JupyterLab did not start');
    return { brokers: await brokers, jupyter };
  };

  const starting = startup();
  try {
    const started = await Promise.race([starting, shutdown.requested]);
    if (typeof started === 'object') {
      const { brokers, jupyter } = started;
      console.log(
        `\n  Kafka       ${brokers.join(', ')}\n  JupyterLab  ${jupyter.url}\n\n  Ctrl-C stops both.\n`,
      );
      if (!values['no-browser']) await openBrowser(jupyter.url);
      const reason = await Promise.race([shutdown.requested, jupyter.ended]);
      if (reason === undefined) console.log('JupyterLab has ended.');
    } else {
      starting.catch(() => undefined); // what was still starting is ended below and may say so
    }
  } finally {
    console.log('');
    await shutdown.stopAll();
  }
  return 0;
}

if (values.help) console.log(HELP);
else {
  await runScript(main, { native: true, kafka: values.brokers === undefined });
  process.exit(); // sockets of an interrupted start-up must not keep the process
}
