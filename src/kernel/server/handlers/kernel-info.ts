/** `kernel_info_request`: who this is and what it speaks. */
import { protocolVersion } from '../../wire/index.ts';
import { kernelVersions } from '../../versions.ts';
import type { Handler } from './handler.ts';

const links = [
  { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
  { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' },
];

/** Answers at once: nothing has to be loaded for it. */
export const kernelInfo: Handler = async ({ wire }, request, channel) => {
  const { streamtrain = '', node = '', typescript = '' } = kernelVersions();
  await wire.reply(channel, request, 'kernel_info_reply', {
    status: 'ok',
    protocol_version: protocolVersion,
    implementation: 'streamtrain',
    implementation_version: streamtrain,
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: `TypeScript ${typescript} (streamtrain ${streamtrain}, Node.js ${node})`,
    debugger: false,
    supported_features: [],
    help_links: links,
  });
};
