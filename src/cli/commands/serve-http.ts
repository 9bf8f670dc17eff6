/** `streamtrain serve-http`: predictions over HTTP, until Ctrl-C. */
import type { Command } from 'commander';
import { untilAborted } from '../../process/index.ts';
import { startPredictionServer } from '../../serving/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { isOneModel, openModel } from '../model-source.ts';
import { isTopic, openStore, storePlace } from '../model-store.ts';
import { wholeNumber } from '../values.ts';

interface ServeHttpFlags {
  models: string;
  name: string;
  host?: string;
  port: number;
  maxRows: number;
  maxBodyBytes: number;
}

/** Adds its flags, its help and what it does to the command. */
export function serveHttpCommand(command: Command, bind: Bind): void {
  command
    .requiredOption(
      '--models <place>',
      'a folder or kafka:TOPIC, where training keeps its checkpoints; or one checkpoint, or a saved model, which stay',
      storePlace,
    )
    .option('--name <name>', 'what the model is called in paths', 'model')
    .option('--host <host>', 'where to listen (default: loopback, so that nobody else reaches it)')
    .option('--port <port>', '0: a free one', wholeNumber(0, 65_535), 8501)
    .option('--max-rows <rows>', 'most rows of a request', wholeNumber(1), 4096)
    .option('--max-body-bytes <bytes>', 'most bytes of a request', wholeNumber(1), 1_048_576)
    .addHelpText(
      'after',
      '\nPOST /v1/models/NAME:predict with {"instances": [[5, 1, ...]]} is answered by {"predictions": [[0.97]]}. Rows are raw:\n' +
        'the checkpoint brings its scalers and imputer; null is a missing value. Ctrl-C and SIGTERM end it with exit code 0.\n' +
        '\nFor example: streamtrain serve-http --models checkpoints/cancer --name cancer\n',
    )
    .action(bind<ServeHttpFlags>(async (context, _args, flags) => answer(context, flags)));
}

async function answer(context: CliContext, flags: ServeHttpFlags): Promise<void> {
  const { output, note } = context;
  const { models, name, host, port, maxRows, maxBodyBytes } = flags;
  if (!isTopic(models))
    context.refuseConnection(`${models} is no topic (kafka:TOPIC), so nothing is asked of Kafka.`);
  const one = isOneModel(models) ? await openModel(models, context) : undefined;
  const { store, close } = one
    ? { store: one.source, close: async () => one[Symbol.asyncDispose]() }
    : await openStore(models, context.kafka, 1);
  try {
    await using server = await startPredictionServer({
      ...{ models: { [name]: store }, port, maxRows, maxBodyBytes },
      ...(host !== undefined && { host }),
      onRemark: note,
    });
    const version = server.versions.get(name);
    const url = `${server.url}/v1/models/${name}`;
    output.result(
      { event: 'listening', url, version: version ?? null },
      `${url} answers${version === undefined ? ' once there is a checkpoint' : `: version ${version}`}`,
    );
    await output.flush();
    await untilAborted(new Promise<never>(() => {}), AbortSignal.any([context.signal, output.closed]));
  } finally {
    await close();
  }
}
