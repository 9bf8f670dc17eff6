/** A project's packages as npm has installed them, and their install scripts, also those of an installation that broke off. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { readJson, writeFileAtomically } from './files.ts';
import type { Project } from './folders.ts';

/** A package as npm's note of what is installed has it. */
interface InstalledPackage {
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** By place: `node_modules/a/node_modules/b`. */
type InstalledPackages = ReadonlyMap<string, InstalledPackage>;

/** npm's note of what is installed; empty where there is none. */
export async function installedPackages({ nodeModules }: Project): Promise<InstalledPackages> {
  const note = await readJson<{ packages?: Record<string, InstalledPackage> }>(
    path.join(nodeModules, '.package-lock.json'),
  );
  return new Map(Object.entries(note?.packages ?? {}));
}

/** The name of the package at a place. */
export const nameAt = (place: string): string => place.split('node_modules/').at(-1) ?? place;

/** Our own record in node_modules, which is removed when `npm ci` installs again. */
interface ScriptsNote {
  /** What was there before an installation that has not come to its end. */
  readonly before?: readonly string[];
  /** The places of packages whose scripts have run, each with the version. */
  readonly ran: readonly (readonly [place: string, version: string])[];
}

const noteFile = ({ nodeModules }: Project): string => path.join(nodeModules, '.streamtrain-scripts.json');

const readNote = async (project: Project): Promise<ScriptsNote> =>
  (await readJson<ScriptsNote>(noteFile(project))) ?? { ran: [] };

const writeNote = (project: Project, note: ScriptsNote): Promise<void> =>
  writeFileAtomically(noteFile(project), JSON.stringify(note));

/** Whose script would download what the step for native TensorFlow puts in place; and a script that only prints. */
const scriptsLeftOut: readonly string[] = ['@tensorflow/tfjs-node', 'core-js'];

/**
 * The places of packages whose install scripts are still to be run: those of the given packages and all that they need,
 * be it that they were installed with `--ignore-scripts`; and those that came with an installation of ours that broke off.
 *
 * @param roots names of packages at the top of the project
 */
export async function scriptsToRun(project: Project, roots: readonly string[]): Promise<string[]> {
  const packages = await installedPackages(project);
  const { before, ran } = await readNote(project);
  const done = new Map(ran);
  const own = treeOf(packages, roots);
  return [...packages]
    .filter(([place, { hasInstallScript, version }]) => hasInstallScript && done.get(place) !== version)
    .map(([place]) => place)
    .filter((place) => own.has(place) || (before !== undefined && !before.includes(place)))
    .filter((place) => !scriptsLeftOut.includes(nameAt(place)));
}

/** The places of packages and of all that they need, found as Node finds them: from a package's own folder upwards. */
function treeOf(packages: InstalledPackages, roots: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (from: string, name: string): void => {
    const place = `${from}${from === '' ? '' : '/'}node_modules/${name}`;
    const one = packages.get(place);
    if (one === undefined) {
      if (from !== '') visit(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
      return;
    }
    if (found.has(place)) return;
    found.add(place);
    for (const needed of Object.keys({ ...one.dependencies, ...one.optionalDependencies }))
      visit(place, needed);
  };
  for (const name of roots) visit('', name);
  return found;
}

/** What {@link installPackages} and {@link runScripts} need to know. */
interface NpmRequest {
  readonly project: Project;
  /** Path of `npm-cli.js`. */
  readonly npmCli: string;
  /** See {@link scriptsToRun}. */
  readonly roots: readonly string[];
  readonly note: (text: string) => void;
}

/**
 * Installs what package.json asks for, then runs the scripts that are to be run. Where it breaks off, the next call takes
 * them up again.
 *
 * @throws CommandError (`ST_INSTALL_COMMAND`) with npm's own words
 */
export async function installPackages(request: NpmRequest): Promise<void> {
  const { project } = request;
  const { before = [...(await installedPackages(project)).keys()], ran } = await readNote(project);
  await fs.mkdir(project.nodeModules, { recursive: true });
  await writeNote(project, { before, ran });
  await npm(
    request,
    ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
    'install the packages (npm install)',
  );
  await runScripts(request);
}

/**
 * Runs the install scripts of {@link scriptsToRun}, and notes that they have run.
 *
 * @throws CommandError (`ST_INSTALL_COMMAND`) with npm's own words
 */
export async function runScripts(request: NpmRequest): Promise<void> {
  const { project, roots, note } = request;
  const places = await scriptsToRun(project, roots);
  const names = [...new Set(places.map(nameAt))];
  if (names.length > 0) {
    note(`install scripts of ${names.join(', ')}`);
    await npm(
      request,
      ['rebuild', '--ignore-scripts=false', ...names],
      'run the install scripts of packages (npm rebuild)',
    );
  }
  const packages = await installedPackages(project);
  const ran = (await readNote(project)).ran.filter(
    ([place]) => packages.has(place) && !places.includes(place),
  );
  const now = places.map((place) => [place, packages.get(place)?.version ?? ''] as const);
  await writeNote(project, { ran: [...ran, ...now] });
}

async function npm(
  { project, npmCli }: Pick<NpmRequest, 'project' | 'npmCli'>,
  args: readonly string[],
  what: string,
): Promise<void> {
  await runCommand(process.execPath, [npmCli, ...args], {
    what,
    toDo: 'Check the network and npm\'s settings ("npm config list": registry, proxy), then run again.',
    cwd: project.folder,
  });
}
