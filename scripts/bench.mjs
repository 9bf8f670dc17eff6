// `npm run bench`: sets up what is missing, then runs bench/all.ts, which has the flags and their help.
import process from 'node:process';
import { runScript } from './bootstrap.mjs';
import { endQuietlyWithoutReader } from './command-line.mjs';
import { setUp } from './rooms.mjs';

endQuietlyWithoutReader({ makes: true });
const args = process.argv.slice(2);
await runScript(
  async () => {
    if (!args.includes('--help') && !args.includes('-h')) await setUp();
    const { register } = await import('tsx/esm/api');
    register();
    const { main } = await import('../bench/all.ts');
    return main(args);
  },
  { quiet: true },
);
