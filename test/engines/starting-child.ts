/** Starts an engine that is never ready, so that whoever starts it can be killed on the way; its argument says how. */
import { startEngine } from '../../src/engines/engine.ts';

const { work, daemon, args } = JSON.parse(process.argv[2] ?? '') as {
  work: string;
  daemon: boolean;
  args: string[];
};
const engine = { name: 'waiting', title: 'Waiting', version: '1', files: [] };
await startEngine(engine, { folder: work, daemon }, 0, async () => ({
  args,
  url: 'http://127.0.0.1:1',
  isReady: async () => false,
}));
