/** Requests about the kernel itself: what it is, which cells it ran, interrupt, shutdown and its debugger. */
import { z } from 'zod';
import { orAfter } from '../../process/waiting.ts';
import { kernelVersions } from '../versions.ts';
import { protocolVersion } from '../wire/codec.ts';
import type { HistoryQuery } from './history.ts';
import type { Handler, Handlers } from './handler.ts';

const nodeLink = { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' };

const languages = {
  typescript: {
    title: 'TypeScript',
    extension: '.ts',
    link: { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
  },
  javascript: {
    title: 'JavaScript',
    extension: '.js',
    link: { text: 'JavaScript', url: 'https://developer.mozilla.org/docs/Web/JavaScript' },
  },
} as const;

/** Answers at once: nothing has to be loaded for it. */
const kernelInfo: Handler = async ({ wire, dialect }, request, channel) => {
  const { streamtrain = '', node = '', typescript = '' } = kernelVersions();
  const { title, extension, link } = languages[dialect];
  const version = dialect === 'typescript' ? typescript : node;
  await wire.reply(channel, request, 'kernel_info_reply', {
    status: 'ok',
    protocol_version: protocolVersion,
    implementation: 'streamtrain',
    implementation_version: streamtrain,
    language_info: {
      name: dialect,
      version,
      mimetype: `text/${dialect}`,
      file_extension: extension,
      pygments_lexer: dialect,
      codemirror_mode: dialect,
      nbconvert_exporter: 'script',
    },
    banner: `${title} ${version} (streamtrain ${streamtrain}, Node.js ${node})`,
    debugger: true,
    supported_features: ['debugger'],
    help_links: [link, nodeLink],
  });
};

/** The ports; long deprecated, but part of the protocol. */
const connect: Handler = async ({ wire, connection }, request, channel) => {
  const port = (address: string) => Number(/(\d+)$/.exec(address)?.[1]);
  const { shell, iopub, stdin, control, hb } = connection.addresses;
  await wire.reply(channel, request, 'connect_reply', {
    status: 'ok',
    shell_port: port(shell),
    iopub_port: port(iopub),
    stdin_port: port(stdin),
    control_port: port(control),
    hb_port: port(hb),
  });
};

const count = z.int().min(0).nullish();
const historyRequest = z.object({
  hist_access_type: z.enum(['range', 'tail', 'search']),
  output: z.boolean().default(false),
  session: z.int().nullish(),
  start: count,
  stop: count,
  n: count,
  pattern: z.string().nullish(),
  unique: z.boolean().nullish(),
});

/** Answers as triples of session, number and input, or input and output. */
const history: Handler = async (kernel, request, channel) => {
  const content = historyRequest.parse(request.content);
  const entries = kernel.history.find(historyQuery(content));
  await kernel.wire.reply(channel, request, 'history_reply', {
    status: 'ok',
    history: entries.map(({ session, line, input, output }) => [
      session,
      line,
      content.output ? [input, output ?? null] : input,
    ]),
  });
};

function historyQuery(content: z.infer<typeof historyRequest>): HistoryQuery {
  const { hist_access_type: kind, session, start, stop, n, pattern, unique } = content;
  if (kind === 'tail') return { kind, n: n ?? 10 };
  if (kind === 'search') return { kind, pattern: pattern ?? '*', n: n ?? undefined, unique: unique ?? false };
  return { kind, session: session ?? 0, start: start ?? 0, stop: stop ?? undefined };
}

/** Answers when the interrupt is on its way; how the cell ended is in the cell's own reply. */
const interrupt: Handler = async (kernel, request, channel) => {
  kernel.interrupt();
  await kernel.wire.reply(channel, request, 'interrupt_reply', { status: 'ok' });
};

const shutdownRequest = z.object({ restart: z.boolean().default(false) });

/** Ends the cells' process first, answers, then ends this process. */
const shutdown: Handler = async (kernel, request, channel) => {
  const content = { status: 'ok', restart: shutdownRequest.parse(request.content).restart };
  await kernel.close();
  void kernel.wire.publish({ type: 'shutdown_reply', content, parent: request.header });
  await kernel.wire.reply(channel, request, 'shutdown_reply', content);
  setImmediate(() => {
    void orAfter(kernel.wire.flushed(), 200).then(() => {
      kernel.wire.close();
      process.exit();
    });
  });
};

const debugRequest = z.looseObject({
  seq: z.number().default(0),
  command: z.string().default(''),
  arguments: z.unknown().optional(),
});

const debug: Handler = async ({ wire, debugging }, request, channel) => {
  const { seq, command, arguments: given } = debugRequest.parse(request.content);
  const answer = await debugging.request(request, command, given);
  const response = { type: 'response', seq, request_seq: seq, command, ...answer };
  await wire.reply(channel, request, 'debug_reply', response);
};

/** The handlers of this file. */
export const sessionHandlers: Handlers = {
  kernel_info_request: kernelInfo,
  connect_request: connect,
  history_request: history,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  debug_request: debug,
};
