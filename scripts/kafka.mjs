// `npm run kafka -- start|stop|status|reset`: the project's own Kafka, by `streamtrain kafka`.
import process from 'node:process';
import { runScript } from './bootstrap.mjs';
import { endQuietlyWithoutReader } from './command-line.mjs';

endQuietlyWithoutReader({ makes: true });
await runScript(
  async () => {
    process.argv.splice(2, 0, 'kafka');
    await import(new URL('../dist/cli/main.js', import.meta.url).href);
    return Number(process.exitCode);
  },
  { quiet: true },
);
