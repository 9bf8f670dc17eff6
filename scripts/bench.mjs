// `npm run bench`: installs what is missing, then runs bench/all.ts, which has the flags and their help.
import process from 'node:process';
import { runNode, runScript } from './bootstrap.mjs';
import { endQuietlyWithoutReader } from './command-line.mjs';

endQuietlyWithoutReader({ makes: true });
await runScript(
  async () => {
    const { code } = await runNode(['--import', 'tsx', 'bench/all.ts', ...process.argv.slice(2)]);
    return code;
  },
  { quiet: true },
);
