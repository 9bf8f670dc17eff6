/** A project that has streamtrain among its packages: which parts it wants, and what its package.json needs for them. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserProjectError } from './errors.ts';
import { exists, readText, writeFileAtomically } from './files.ts';
import { ownFolder, type Project } from './folders.ts';
import { installedPackages, installPackages, nameAt, runScripts, scriptsToRun } from './npm-packages.ts';
import type { Step } from './steps.ts';

/** Parts that streamtrain loads only where they are used, and the packages each takes. */
const parts = {
  tensorflow: ['@tensorflow/tfjs-node'],
  danfojs: ['danfojs-node', '@tensorflow/tfjs-node'],
  plotly: ['plotly.js', 'jsdom', '@resvg/resvg-js'],
} as const;

/** The name of such a part. */
export type Part = keyof typeof parts;

/** All of them. */
export const partNames = Object.keys(parts) as readonly Part[];

/** The fields of a package.json that are read here. */
interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Of the published package: what danfojs needs at the top of a project. */
  readonly streamtrain?: { readonly overrides: Readonly<Record<string, unknown>> };
}

/** What a package.json gets, and why nothing else can be there. */
export interface ManifestPlan {
  /** The new text; the old one where nothing changes. */
  readonly text: string;
  /** One line a change: `dependencies: danfojs-node 1.2.0`. */
  readonly changes: readonly string[];
}

const packageJson = (folder: string): string => path.join(folder, 'package.json');

/** streamtrain's own package.json. */
async function ownManifest(): Promise<Manifest> {
  return JSON.parse(await fs.readFile(packageJson(ownFolder()), 'utf8')) as Manifest;
}

/**
 * The parts that a project has among its dependencies.
 *
 * @throws UserProjectError (`ST_INSTALL_PROJECT`) when its package.json cannot be read
 */
export async function partsOf(project: Project): Promise<Part[]> {
  const { manifest } = await read(project);
  const has = { ...manifest.dependencies, ...manifest.devDependencies };
  return partNames.filter((part) => Object.hasOwn(has, parts[part][0]));
}

async function read({ folder }: Project): Promise<{ text: string; manifest: Manifest }> {
  const file = packageJson(folder);
  const text = await readText(file);
  const trouble = { what: "read the project's package.json", tried: [file] };
  if (text === undefined)
    throw new UserProjectError({
      ...trouble,
      answered: 'there is none, here or above',
      toDo: 'Run "npm init -y" and "npm install streamtrain", then the same again.',
    });
  try {
    return { text, manifest: JSON.parse(text) as Manifest };
  } catch (error) {
    throw new UserProjectError({ ...trouble, answered: String(error), toDo: 'Correct it.', cause: error });
  }
}

/**
 * Plans what a package.json needs: the packages of the parts, in the versions that streamtrain was tried with, and for danfojs
 * the overrides without which npm brings a second TensorFlow, and a package from outside the registry.
 *
 * @param text the package.json as it is
 * @param own streamtrain's own
 * @throws UserProjectError (`ST_INSTALL_PROJECT`) where the project overrides the same package otherwise
 */
export function planManifest(text: string, wanted: readonly Part[], own: Manifest): ManifestPlan {
  const manifest = JSON.parse(text) as Manifest;
  const changes: string[] = [];
  const names = [...new Set(wanted.flatMap((part) => parts[part]))];
  const dependencies = { ...manifest.dependencies };
  const devDependencies = { ...manifest.devDependencies };
  for (const name of names) {
    const version = (own.peerDependencies?.[name] ?? own.dependencies?.[name] ?? '').replace(/^\^/, '');
    const kind = Object.hasOwn(devDependencies, name) ? 'devDependencies' : 'dependencies';
    const into = kind === 'devDependencies' ? devDependencies : dependencies;
    const before = into[name];
    if (before === version) continue;
    into[name] = version;
    changes.push(`${kind}: ${name} ${before === undefined ? '' : `${before} -> `}${version}`);
  }
  const overrides = { ...manifest.overrides };
  const needed = wanted.includes('danfojs') ? (own.streamtrain?.overrides ?? own.overrides ?? {}) : {};
  for (const [name, value] of Object.entries(needed)) {
    if (isDeepStrictEqual(overrides[name], value)) continue;
    if (Object.hasOwn(overrides, name))
      throw new UserProjectError({
        what: 'write the overrides that danfojs needs into package.json',
        tried: [`"${name}": ${JSON.stringify(value)}`],
        answered: `it says "${name}": ${JSON.stringify(overrides[name])}`,
        toDo: `Take your override of "${name}" away, or do without danfojs.`,
      });
    overrides[name] = value;
    changes.push(`overrides: ${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  if (changes.length === 0) return { text, changes };
  const filled = (of: object, field: string) => (Object.keys(of).length > 0 ? { [field]: sorted(of) } : {});
  const changed = {
    ...manifest,
    ...filled(dependencies, 'dependencies'),
    ...filled(devDependencies, 'devDependencies'),
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
  };
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  return { text: `${JSON.stringify(changed, null, indent)}\n`, changes };
}

/** As npm keeps them. */
function sorted(of: object): object {
  return Object.fromEntries(Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What {@link packagesStep} needs to know. */
export interface PackagesOptions {
  readonly project: Project;
  readonly parts: readonly Part[];
  /** Path of `npm-cli.js`. */
  readonly npmCli: string;
}

/**
 * The step that writes what the parts need into the project's package.json, after saying so, and installs it. Install
 * scripts of the packages that this brings run as npm has it, but for TensorFlow's: its native library has a step of its own.
 * Scripts that failed, or never ran (`npm ci --ignore-scripts`), run now. Where npm fails, package.json is as it was.
 */
export function packagesStep(options: PackagesOptions): Step {
  return {
    title: 'Packages',
    run: async (context) => {
      const { project, parts: wanted, npmCli } = options;
      await refuseOthers(project);
      const { text } = await read(project);
      const plan = planManifest(text, wanted, await ownManifest());
      const names = [...new Set(wanted.flatMap((part) => parts[part]))];
      const isThere = (name: string) => exists(packageJson(path.join(project.nodeModules, name)));
      const request = { project, npmCli, roots: names, note: context.note };
      if (plan.changes.length === 0 && (await Promise.all(names.map(isThere))).every(Boolean)) {
        await refuseCopies(project);
        if ((await scriptsToRun(project, names)).length === 0) return 'already there';
        await runScripts(request);
        return 'done';
      }
      if (plan.changes.length > 0) context.note('package.json gets:');
      for (const change of plan.changes) context.note(`  ${change}`);
      await writeFileAtomically(packageJson(project.folder), plan.text);
      try {
        await installPackages(request);
      } catch (error) {
        await writeFileAtomically(packageJson(project.folder), text);
        throw error;
      }
      await refuseCopies(project);
      return 'done';
    },
  };
}

/** Another package manager has another place for overrides. */
async function refuseOthers({ folder }: Project): Promise<void> {
  const locks = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn', 'bun.lock': 'bun', 'bun.lockb': 'bun' };
  for (const [lock, program] of Object.entries(locks)) {
    if (!(await exists(path.join(folder, lock)))) continue;
    const own = await ownManifest();
    throw new UserProjectError({
      what: 'install packages with npm',
      tried: [path.join(folder, lock)],
      answered: `this project is ${program}'s`,
      toDo:
        `Add the packages with ${program}, and for danfojs these overrides in its own way: ` +
        `${JSON.stringify(own.streamtrain?.overrides ?? own.overrides)}. Then remove nothing and run ` +
        '"npx streamtrain doctor".',
    });
  }
}

/**
 * The places of TensorFlow's package in a project; two of them do not share tensors.
 */
export async function tensorFlowCopies(project: Project): Promise<string[]> {
  const places = [...(await installedPackages(project)).keys()];
  return places.filter((place) => nameAt(place) === '@tensorflow/tfjs-node');
}

async function refuseCopies(project: Project): Promise<void> {
  const copies = await tensorFlowCopies(project);
  if (copies.length < 2) return;
  throw new UserProjectError({
    what: 'keep to one copy of TensorFlow',
    tried: copies,
    answered: 'npm holds on to what it had locked before the overrides were written',
    toDo: 'Remove node_modules and package-lock.json, run "npm install --ignore-scripts", then the same again.',
  });
}
