// `npm run setup`: puts everything in place that is missing, and nothing else.
import { runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';
import { setUp } from './rooms.mjs';

const HELP = `Usage: npm run setup -- [options]

Puts in place what is missing: JavaScript packages, dist, Python packages, native TensorFlow, the Jupyter kernel,
Java and Kafka. What is there already is left alone. Large things are kept once per user in
$XDG_CACHE_HOME/streamtrain (~/.cache/streamtrain).

  --no-broker   leave Java and Kafka out
  --help        this text
`;

const { values } = commandLine({
  name: 'npm run setup',
  options: { 'no-broker': { type: 'boolean' } },
  makes: true,
});
if (values.help) console.log(HELP);
else {
  const withBroker = !values['no-broker'];
  await runScript(() => setUp({ withBroker }), { native: true, kafka: withBroker });
}
