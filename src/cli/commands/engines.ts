/** `streamtrain engines`: fetches, starts, stops and shows the engines beside Kafka. */
import path from 'node:path';
import { Argument, type Command } from 'commander';
import {
  defaultEngineFolder,
  Engine,
  engineNames,
  engineAnswers,
  engineParts,
  EngineRunningError,
  EngineUnreachableError,
  fetchEngine,
  findRunningEngine,
  startEngineByName,
  stopRunningEngine,
  type EngineName,
  type RunningEngine,
} from '../../engines/index.ts';
import { messageOf } from '../../errors.ts';
import { unlessAborted, until } from '../../process/index.ts';
import { progressMeter } from '../../install/steps.ts';
import { readableBytes } from '../../terminal.ts';
import type { Bind, CliContext } from '../context.ts';

/** What was done for one engine, or found of it: for people and for programs. */
interface Result {
  readonly text: string;
  readonly json: object;
  readonly exitCode?: number;
}

/** How long one that another program is starting is waited for, ms. */
const PATIENCE_MS = 120_000;

/** What each subcommand does for one engine. */
type Work = (name: EngineName, context: CliContext) => Promise<Result>;

/** Adds its flags, its help and what it does to the command. */
export function enginesCommand(command: Command, bind: Bind): void {
  const add = (name: string, description: string, which: Argument, work: Work): Command =>
    command
      .command(name)
      .description(description)
      .addArgument(which.choices(engineNames))
      .showHelpAfterError()
      .action(bind((context, names) => run(context, names as readonly EngineName[], work)));
  const all = () => new Argument('[engine...]', 'which; default: all');
  add('fetch', 'Download what is missing, every file checked, into the cache.', all(), fetch);
  const one = new Argument('<engine...>', 'which');
  add('start', 'Start in the background; goes on after the terminal is closed.', one, start);
  add('stop', 'Stop those that were started so; what they wrote stays.', all(), stop);
  add('status', 'What is here, how big it is or would be, and what runs.', all(), status);
  command.showHelpAfterError().addHelpText(
    'after',
    `
Nothing of this is a part of "npm start" or of setup: they are big, and fetched on request. They listen on this machine only:
their interfaces have no login.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 status: one of them is not here.

Example:
  $ npx streamtrain engines fetch flink
`,
  );
}

async function run(
  context: CliContext,
  names: readonly EngineName[],
  work: Work,
): Promise<number | undefined> {
  const { output, refuseConnection } = context;
  refuseConnection('this command has nothing to do with a broker.');
  const results: Result[] = [];
  const failures: unknown[] = [];
  for (const name of names.length > 0 ? [...new Set(names)] : engineNames) {
    try {
      const result = await work(name, context);
      results.push(result);
      if (!output.json) output.line(result.text);
    } catch (error) {
      // One that fails keeps none of the others from being tried; the first failure is the command's end.
      context.signal.throwIfAborted();
      if (failures.push(error) > 1) context.note(`${name}: ${messageOf(error)}`);
    }
  }
  if (output.json) output.line(JSON.stringify(results.map(({ json }) => json)));
  if (failures.length > 0) throw failures[0];
  return results.find(({ exitCode }) => exitCode !== undefined)?.exitCode;
}

async function fetch(name: EngineName, { signal, note, output, isGiven }: CliContext): Promise<Result> {
  const { title, version } = await engineParts(name);
  const isQuiet = output.json || isGiven('quiet');
  const meter = progressMeter(title, isQuiet ? { write: () => undefined } : process.stderr);
  try {
    const work = fetchEngine(name, { log: (line) => note(`  ${line}`), onProgress: meter.update });
    const fetched = await unlessAborted(work, signal);
    const how = fetched.outcome === 'done' ? 'fetched' : 'already there';
    return {
      text: `${title} ${version}: ${how} (${fetched.files} files, ${readableBytes(fetched.bytes)})\n  in  ${fetched.folder}`,
      json: fetched,
    };
  } finally {
    meter.clear();
  }
}

async function start(name: EngineName, { signal, note }: CliContext): Promise<Result> {
  const folder = defaultEngineFolder(name);
  const { title, version } = await engineParts(name);
  const alreadyRunning = async (running: RunningEngine): Promise<Result> => {
    await untilItAnswers(running, title, signal);
    return {
      text: `${title} ${running.version} is already running at ${running.url} (process ${running.pid})\n  in    ${folder}`,
      json: { ...factsOf(running), running: true, started: false, folder },
    };
  };
  const found = await findRunningEngine(folder);
  if (found) return alreadyRunning(found);
  const options = { folder, daemon: true, log: (line: string) => note(`  ${line}`), signal };
  const engine = await startEngineByName(name, options).catch((error: unknown) => error);
  if (!(engine instanceof Engine)) {
    // Another program may have started it in this moment.
    const other = engine instanceof EngineRunningError ? await findRunningEngine(folder) : undefined;
    if (other) return alreadyRunning(other);
    throw engine;
  }
  const { pid, url, startedInMs } = engine;
  return {
    text:
      `${title} ${version} is running at ${url} (process ${pid}, ready in ${(startedInMs / 1000).toFixed(1)} s)\n` +
      `  in    ${folder}\n  stop  npx streamtrain engines stop ${name}`,
    json: { engine: name, version, pid, url, running: true, started: true, startedInMs, folder },
  };
}

/** One that another program is just starting is waited for. */
async function untilItAnswers(running: RunningEngine, title: string, signal: AbortSignal): Promise<void> {
  const { url, pid, engine } = running;
  const isThere = async () => (await engineAnswers(running, signal)) || undefined;
  const late = () =>
    new EngineUnreachableError({
      ...{ url, what: `use the ${title} that is there (process ${pid})`, tried: [`GET ${url}`] },
      answered: `nothing in ${PATIENCE_MS / 1000} s`,
      toDo: `Stop it ("npx streamtrain engines stop ${engine}"), then start it again.`,
    });
  await until(isThere, { first: 100, longest: 1_000 }, PATIENCE_MS, late, signal);
}

async function stop(name: EngineName): Promise<Result> {
  const folder = defaultEngineFolder(name);
  const { title } = await engineParts(name);
  const stopped = await stopRunningEngine(folder);
  return {
    text: stopped
      ? `${title} is stopped (it was process ${stopped.pid}); what it wrote stays in ${folder}`
      : `${title} was not running in ${folder}`,
    json: { engine: name, running: false, stopped: stopped !== undefined, folder },
  };
}

async function status(name: EngineName, { signal }: CliContext): Promise<Result> {
  const parts = await engineParts(name);
  const folder = defaultEngineFolder(name);
  const running = await findRunningEngine(folder);
  const size = readableBytes(parts.bytes);
  const parted = parts.isFetched
    ? `here (${size}), in ${parts.folder}`
    : `not here; "npx streamtrain engines fetch ${name}" downloads ${parts.files} files, ${size}`;
  const answers = running !== undefined && (await engineAnswers(running, signal));
  const runs = !running
    ? 'does not run'
    : answers
      ? `runs at ${running.url} (process ${running.pid})`
      : `process ${running.pid} is there, and does not answer at ${running.url}: it is starting, or hangs`;
  return {
    text: `${parts.title} ${parts.version}\n  parts  ${parted}\n  now    ${runs}, in ${path.relative(process.cwd(), folder)}`,
    json: { ...parts, ...(running ? { ...factsOf(running), running: true, answers } : { running: false }) },
    ...(parts.isFetched ? {} : { exitCode: 3 }),
  };
}

function factsOf({
  engine,
  version,
  pid,
  url,
  startedAt,
}: NonNullable<Awaited<ReturnType<typeof findRunningEngine>>>) {
  return { engine, version, pid, url, startedAt };
}
