/**
 * What differs between Linux, macOS and Windows, in one table: no other file of `src` asks on which of them it runs. How
 * the system's table of processes is read has a file of its own, `process/table.ts`, by the same rule.
 *
 * What was run: everything on Linux; the lines for macOS as far as Linux has the same program (`ps`), and whatever is only
 * a path or an argument list, by `test/platform.test.ts`. Nothing was run on macOS or Windows themselves: `taskkill`,
 * `rundll32`, `cmd.exe` and PowerShell are called as their manuals say.
 */
import path from 'node:path';

/** A program with its first arguments. */
export interface Start {
  readonly program: string;
  readonly args: readonly string[];
}

/** How to give a program to `child_process.spawn`. */
interface Spawnable extends Start {
  /** The arguments are quoted already, in `cmd.exe`'s way. */
  readonly windowsVerbatimArguments?: boolean;
}

/** One kind of system. */
export interface Platform {
  readonly name: NodeJS.Platform;
  /**
   * Whether processes have signals and groups: they can be asked to end, be suspended, and be ended with all that they
   * started by one signal to the group they lead. On Windows every signal is an end by force.
   */
  readonly hasSignals: boolean;
  /** Whether a folder can be opened and synced, so that its entries last. */
  readonly syncsFolders: boolean;
  /** Whether a rename puts a link to a folder in the place of another one. */
  readonly replacesLinks: boolean;
  /** Whether a file can be replaced and removed while somebody has it open. */
  readonly replacesOpenFiles: boolean;
  /** Whether an addon finds its libraries only in its own folder; elsewhere their place is written into it. */
  readonly librariesBesideAddon: boolean;
  /** The file that is always empty. */
  readonly nullFile: string;
  /**
   * The locale of programs whose words are read here, or that open files by name: messages in English, names in UTF-8. With
   * none (`LANG=C`, or nothing at all: cron, containers) Java cannot open a file whose name has an umlaut.
   */
  readonly plainLocale: NodeJS.ProcessEnv;
  /** What a Python is called, what is found most often first. */
  readonly pythons: readonly Start[];
  /** The file of a program: `java.exe`. */
  program(name: string): string;
  /** The file of a script that starts a program: `mvn.cmd`. */
  script(name: string): string;
  /** A program of a Python environment. */
  venvProgram(folder: string, name: string): string;
  /** The folders of PATH. */
  searchPath(env: NodeJS.ProcessEnv): string[];
  /** The same environment with more folders in front of those of PATH. */
  withSearchPath(env: NodeJS.ProcessEnv, folders: readonly string[]): NodeJS.ProcessEnv;
  /** The settings that make programs put their temporary files into a folder. */
  tempFolder(folder: string): NodeJS.ProcessEnv;
  /** What `spawn` is given for a program: a batch file is none, and Node refuses it (since 20.12) without a shell. */
  spawnable(program: string, args: readonly string[]): Spawnable;
  /** The program that ends a process with all that it started; undefined where a signal to its group does. */
  endTree(pid: number): Start | undefined;
  /** The program that opens a `file:` address in the browser; undefined where there is no desktop. */
  opener(url: string, env: NodeJS.ProcessEnv): Start | undefined;
  /** Where Jupyter keeps a user's data. */
  jupyterData(home: string, env: NodeJS.ProcessEnv): string;
}

const versions = ['3.14', '3.13', '3.12', '3.11', '3.10'];
const bare = (...names: readonly string[]): Start[] => names.map((program) => ({ program, args: [] }));
const same = (name: string): string => name;

/** Linux, and whatever else is a Unix. */
const linux: Platform = {
  name: 'linux',
  hasSignals: true,
  syncsFolders: true,
  replacesLinks: true,
  replacesOpenFiles: true,
  librariesBesideAddon: false,
  nullFile: '/dev/null',
  plainLocale: { LC_ALL: 'C.UTF-8', LANGUAGE: undefined },
  pythons: bare('python3', 'python', ...versions.map((version) => `python${version}`)),
  program: same,
  script: same,
  venvProgram: (folder, name) => path.posix.join(folder, 'bin', name),
  searchPath: (env) => foldersOf(env['PATH'], path.posix.delimiter),
  withSearchPath: (env, folders) => ({
    ...env,
    PATH: [...folders, env['PATH'] ?? ''].join(path.posix.delimiter),
  }),
  tempFolder: (folder) => ({ TMPDIR: folder }),
  spawnable: (program, args) => ({ program, args }),
  endTree: () => undefined,
  opener: (url, env) =>
    (env['DISPLAY'] ?? env['WAYLAND_DISPLAY']) ? { program: 'xdg-open', args: [url] } : undefined,
  jupyterData: (home, env) =>
    path.posix.join(env['XDG_DATA_HOME'] || path.posix.join(home, '.local', 'share'), 'jupyter'),
};

const macOs: Platform = {
  ...linux,
  name: 'darwin',
  opener: (url) => ({ program: 'open', args: [url] }),
  jupyterData: (home) => path.posix.join(home, 'Library', 'Jupyter'),
};

const windows: Platform = {
  name: 'win32',
  hasSignals: false,
  syncsFolders: false,
  replacesLinks: false,
  replacesOpenFiles: false,
  librariesBesideAddon: true,
  nullFile: 'NUL',
  plainLocale: {},
  // The launcher first: `python3` may be a stub that opens the Store.
  pythons: [{ program: 'py', args: ['-3'] }, ...bare('python', 'python3')],
  program: (name) => `${name}.exe`,
  script: (name) => `${name}.cmd`,
  venvProgram: (folder, name) => path.win32.join(folder, 'Scripts', `${name}.exe`),
  searchPath: (env) => foldersOf(env[pathName(env)], path.win32.delimiter),
  withSearchPath: (env, folders) => {
    const name = pathName(env);
    return { ...env, [name]: [...folders, env[name] ?? ''].join(path.win32.delimiter) };
  },
  tempFolder: (folder) => ({ TEMP: folder, TMP: folder }),
  spawnable: (program, args) =>
    /\.(?:cmd|bat)$/i.test(program) ? byCommandProcessor(program, args) : { program, args },
  // The whole tree, by force; what did not begin with a window cannot be asked.
  endTree: (pid) => ({ program: 'taskkill', args: ['/PID', String(pid), '/T', '/F'] }),
  // `start` belongs to cmd.exe, which would take the signs of an address (`&`, `%20`) for its own.
  opener: (url) => ({ program: 'rundll32', args: ['url.dll,FileProtocolHandler', url] }),
  jupyterData: (home, env) => path.win32.join(env['APPDATA'] ?? home, 'jupyter'),
};

/** What is known of a system. @param name default: the one this runs on */
export function platformOf(name: NodeJS.Platform = process.platform): Platform {
  if (name === 'win32') return windows;
  return name === 'darwin' ? macOs : { ...linux, name };
}

/** The system this runs on. */
export const platform: Platform = platformOf();

function foldersOf(list: string | undefined, delimiter: string): string[] {
  return (list ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** Windows takes `Path` and `PATH` for the same; a copy of the environment does not. */
function pathName(env: NodeJS.ProcessEnv): string {
  return Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'Path';
}

/**
 * Inside double quotes `cmd.exe` leaves all signs alone but quotes and percents (and, where its delayed expansion was
 * switched on, exclamation marks); there is no way to write these two that all batch files pass on unchanged.
 *
 * @throws Error for an argument with one of them
 */
function byCommandProcessor(program: string, args: readonly string[]): Spawnable {
  const words = [program, ...args].map((word) => {
    if (/["%\r\n]/.test(word))
      throw new Error(`A batch file (${program}) cannot be given ${JSON.stringify(word)}: it has " or %`);
    // What the program behind it reads: a backslash before the closing quote would quote it.
    return `"${word.replace(/\\+$/, '$&$&')}"`;
  });
  return {
    program: 'cmd.exe',
    args: ['/d', '/s', '/c', `"${words.join(' ')}"`],
    windowsVerbatimArguments: true,
  };
}
