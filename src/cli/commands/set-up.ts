/** `streamtrain setup` and `streamtrain doctor`: what a project needs beside the package, and how it is doing. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { brokerChecks, brokerSteps, requireWayToKafka } from '../../broker/index.ts';
import {
  cacheFolder,
  examine,
  findNpm,
  healthLine,
  installChecks,
  isClone,
  isHealthy,
  nativeTensorFlowStep,
  ownFolder,
  packagesStep,
  partNames,
  partsOf,
  projectAt,
  runSteps,
  tensorFlowCopies,
  UserProjectError,
  type HealthCheck,
  type Part,
  type Project,
} from '../../install/index.ts';
import type { Bind, CliContext } from '../context.ts';

const known = [...partNames, 'kafka'] as const;

/** What `--with` names. */
type Wish = (typeof known)[number];

/** Why neither command takes the options of a connection. */
const noBroker = 'this command looks at what is installed, and connects to no broker.';

interface SetUpFlags {
  with?: Wish[];
}

/** Adds its flags, its help and what it does to the command. */
export function setUpCommand(command: Command, bind: Bind): void {
  command
    .option('--with <parts>', `of ${known.join(', ')}; several with commas between`, wishes)
    .addHelpText(
      'after',
      `
Writes what the parts need into package.json, after saying so, and installs it with npm; then makes native TensorFlow work,
from the cache or from the network, on a closed one as well. Without --with: the parts that package.json has already.
What is there is left alone. In a clone of the course it is "npm run setup".

  tensorflow  models and training               danfojs  data frames; brings TensorFlow
  plotly      figures as pictures               kafka    Java and Kafka now, not at first use

Example:
  $ npx streamtrain setup --with tensorflow,danfojs
`,
    )
    .action(bind<SetUpFlags>((context, _args, flags) => setUp(context, flags)));
}

/** Adds its flags, its help and what it does to the command. */
export function doctorCommand(command: Command, bind: Bind): void {
  command
    .addHelpText('after', '\nChanges nothing. Exit code 1 when a part is broken.\n')
    .action(bind((context) => doctor(context)));
}

function wishes(text: string): Wish[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !(known as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`There is no part "${wrong}": ${known.join(', ')}.`);
  return names as Wish[];
}

async function setUp(context: CliContext, flags: SetUpFlags): Promise<number | undefined> {
  const { output, note, refuseConnection } = context;
  refuseConnection(noBroker);
  if (isClone()) return script('setup', []);
  const project = userProject();
  const { folder: cache, note: remark } = cacheFolder();
  if (remark !== undefined) note(remark);
  const wished = flags.with ?? [];
  const parts: Part[] = [
    ...new Set([...wished.filter((wish) => wish !== 'kafka'), ...(await partsOf(project))]),
  ];
  const npmCli = findNpm();
  const hasTensorFlow = parts.includes('tensorflow') || parts.includes('danfojs');
  if (wished.includes('kafka')) await requireWayToKafka({ cache }); // before anything is fetched
  const steps = [
    ...(parts.length > 0 ? [packagesStep({ project, parts, npmCli })] : []),
    ...(hasTensorFlow ? [nativeTensorFlowStep({ project, cache, npmCli })] : []),
    ...(wished.includes('kafka') ? brokerSteps({ project, cache }) : []),
  ];
  if (steps.length === 0) note(`This project has none of the parts: --with ${known.join(',')}`);
  const target = { write: (text: string) => void (output.json || output.line(text.trimEnd())) };
  const reports = await runSteps(steps, target);
  if (output.json) output.line(JSON.stringify({ parts, steps: reports }));
  return undefined;
}

async function doctor({ output, refuseConnection }: CliContext): Promise<number> {
  refuseConnection(noBroker);
  if (isClone()) return script('doctor', output.json ? ['--json'] : []);
  const project = userProject();
  const { folder: cache } = cacheFolder();
  const parts = await partsOf(project);
  const hasTensorFlow = parts.includes('tensorflow') || parts.includes('danfojs');
  const left = hasTensorFlow ? ['Python packages'] : [...ofTensorFlow, 'Python packages'];
  const checks: HealthCheck[] = [
    ...installChecks({ project, cache, npmCli: findNpm() }).filter(({ name }) => !left.includes(name)),
    { name: 'Parts', examine: () => partsHealth(project, parts) },
    ...brokerChecks({ project, cache }).map(notNeeded),
  ];
  const reports = await examine(checks, (report) => output.json || output.line(healthLine(report)));
  const healthy = isHealthy(reports);
  output.result({ healthy, parts: reports }, healthy ? '\nEverything works.' : '\nSee the lines marked ✗.');
  return healthy ? 0 : 1;
}

const ofTensorFlow = ['Python', 'C++ compiler', 'Native TensorFlow', 'TensorFlow cache'];

async function partsHealth(project: Project, parts: readonly Part[]) {
  const copies = await tensorFlowCopies(project);
  const detail = parts.length === 0 ? 'none: data sets on Kafka alone' : parts.join(', ');
  if (copies.length < 2) return { status: 'ok', detail } as const;
  return {
    status: 'broken',
    detail: `${detail}; TensorFlow is there ${copies.length} times: ${copies.join(', ')}`,
    toDo: 'Run "npx streamtrain setup", which writes the overrides that keep to one.',
  } as const;
}

/** Somebody with a Kafka of their own needs neither Java nor ours. */
function notNeeded({ name, examine: look }: HealthCheck): HealthCheck {
  return {
    name,
    examine: async () => {
      const health = await look();
      return health.status === 'broken' ? { ...health, status: 'warning' } : health;
    },
  };
}

/** The project in whose folder the command is called, which has this very package installed. */
function userProject(): Project {
  const project = projectAt();
  const link = path.join(project.nodeModules, 'streamtrain');
  if (fs.existsSync(link) && fs.realpathSync(link) === fs.realpathSync(ownFolder())) return project;
  throw new UserProjectError({
    what: 'set up this project',
    tried: [link],
    answered: 'streamtrain is not installed there',
    toDo: `Run "npm install streamtrain" in ${project.folder}, then the same again.`,
  });
}

/** In a clone: what `npm run` does. @returns its exit code */
async function script(name: string, args: readonly string[]): Promise<number> {
  const file = path.join(ownFolder(), 'scripts', `${name}.mjs`);
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit', windowsHide: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
