// `npm run kafka -- start|stop|status|reset`: the project's own Kafka, without Jupyter.
import { runScript } from './bootstrap.mjs';
import { endQuietlyWithoutReader } from './command-line.mjs';
import { room } from './rooms.mjs';

endQuietlyWithoutReader({ makes: true });
await runScript(
  async () => {
    const { kafkaCommand } = await room('broker');
    return kafkaCommand(process.argv.slice(2));
  },
  { quiet: true },
);
