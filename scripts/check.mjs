// `npm run check`, and `npm run typecheck`, `lint`, `format:check` for one of the three.
import { checkNames, runChecks } from './checks.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { runScript } from './bootstrap.mjs';

const HELP = `Usage: npm run check
       npm run typecheck, npm run lint, npm run format:check

Checks types, lint and format of all sources, or one of them; changes nothing. Exit code 1 or 2 when one fails.

  --help   this text
`;

const { values, positionals } = commandLine({
  name: 'npm run check',
  options: {},
  words: checkNames.length,
  makes: true,
});
const unknown = positionals.find((name) => !checkNames.includes(name));
if (unknown !== undefined)
  wrongUsage('npm run check', ['help'], `There is no check "${unknown}": ${checkNames.join(', ')}`);
if (values.help) console.log(HELP);
else
  await runScript(() => runChecks(positionals.length === 0 ? checkNames : positionals), {
    quiet: true,
    compiled: false,
  });
