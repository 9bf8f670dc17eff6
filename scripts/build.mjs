// `npm run build`: compiles `src` into `dist`, whatever is there; a build that fails leaves the old `dist`.
import { runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run build

Compiles src into dist with this project's TypeScript. It is written beside dist and put in its place when it is whole:
a build that fails leaves dist as it was.

  --help   this text
`;

const { values } = commandLine({ name: 'npm run build', options: {}, makes: true });
if (values.help) console.log(HELP);
else await runScript(async () => undefined, { build: true });
