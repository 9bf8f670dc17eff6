/** Where the parts of a clone are, and the folder in which large things are kept once per user. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import { CacheError } from './errors.ts';

/** The folders and files of one clone, or of a project that has streamtrain among its packages, that set-up writes or reads. */
export interface Project {
  /** The clone, or the project, itself. */
  readonly folder: string;
  /** What this project writes while running: Kafka's data, Jupyter's settings, ports. Ignored by git. */
  readonly stateFolder: string;
  /** The Python environment. */
  readonly venvFolder: string;
  /** The JavaScript packages. */
  readonly nodeModules: string;
}

/**
 * Describes a clone, or a project that uses the package.
 *
 * @param folder default: the clone this code belongs to, whether it runs from `src` or from `dist`; where it is an installed
 *   package, the nearest folder above the current one that has a package.json
 * @example
 * ```ts
 * console.log(projectAt().stateFolder); // /home/me/streamtrain/.streamtrain
 * ```
 */
export function projectAt(folder: string = isClone() ? ownFolder() : nearestProject(process.cwd())): Project {
  const stateFolder = path.join(folder, '.streamtrain');
  return {
    folder,
    stateFolder,
    // A project's own `.venv` is its owner's.
    venvFolder: isClone() ? path.join(folder, '.venv') : path.join(stateFolder, 'python'),
    nodeModules: path.join(folder, 'node_modules'),
  };
}

/** Two folders above this file: `src/install/` and `dist/install/` are equally deep. */
export function ownFolder(): string {
  return path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
}

/** Whether this code is the course's clone, and no package among those of another project. */
export function isClone(): boolean {
  return !ownFolder().split(path.sep).includes('node_modules');
}

function nearestProject(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) return start;
  }
}

/** A folder to keep downloads in, and why it is not the usual one. */
export interface CacheFolder {
  /** Absolute path; exists and is writable. */
  readonly folder: string;
  /** Set when the user's own cache folder could not be used: a sentence for the user. */
  readonly note?: string;
  /** The usual one where it is there and can be read only: what was put there before can be used. */
  readonly readOnly?: string;
}

/** Where to look; the defaults are the real places. */
export interface CacheFolderOptions {
  /** The environment to read `XDG_CACHE_HOME` from. */
  env?: NodeJS.ProcessEnv;
  /** The user's home folder. */
  home?: string;
  /** Used when the user's cache folder is not writable. */
  fallback?: string;
}

/**
 * Finds a writable cache folder: `$XDG_CACHE_HOME/streamtrain`, else `~/.cache/streamtrain`, else (read-only home) the
 * clone's own `.streamtrain/cache`.
 *
 * @throws {@link CacheError} (`ST_INSTALL_CACHE`) when none can be written
 * @example
 * ```ts
 * const { folder, note } = cacheFolder();
 * if (note) console.log(note);
 * ```
 * @see XDG Base Directory Specification: a relative `XDG_CACHE_HOME` is ignored
 */
export function cacheFolder(options: CacheFolderOptions = {}): CacheFolder {
  const { env = process.env, home = homeFolder() } = options;
  const fallback = options.fallback ?? path.join(projectAt().stateFolder, 'cache');
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache');
  const usual = path.join(base, 'streamtrain');
  const refusal = whyNotWritable(usual);
  if (refusal === undefined) return { folder: usual };
  const second = whyNotWritable(fallback);
  if (second === undefined) {
    return {
      folder: fallback,
      note: `The cache folder ${usual} is not writable (${refusal}); keeping downloads in ${fallback} instead.`,
      ...(isReadable(usual) && { readOnly: usual }),
    };
  }
  throw new CacheError({
    what: 'find a folder to keep downloads in',
    tried: [usual, fallback],
    answered: `${refusal}\n${second}`,
    toDo: 'Make one of them writable, or set XDG_CACHE_HOME to a folder that is.',
  });
}

/** The home of the user; of one that the system does not know, and without `HOME`, a place that cannot be written. */
function homeFolder(): string {
  try {
    return os.homedir();
  } catch {
    return path.join(os.devNull, 'home');
  }
}

function isReadable(folder: string): boolean {
  try {
    fs.readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Tries to create the folder and a file in it; the answer of the system, or undefined when it worked. */
function whyNotWritable(folder: string): string | undefined {
  const probe = path.join(folder, `.probe-${randomUUID()}`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(probe, '');
    fs.unlinkSync(probe);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
