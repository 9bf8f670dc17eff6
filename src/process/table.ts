/** The system's table of processes: Linux's `/proc`, elsewhere what `ps` prints, on Windows what PowerShell does. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { platform } from '../platform.ts';

/** A process as the table shows it. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** When it started, in the table's own words: tells it from a later one with the same number. */
  readonly start: string;
  /** Its program's name; Linux cuts it at 15 characters. */
  readonly command: string;
  /** It has ended, and its parent has not asked for its exit code yet (a zombie); its number is still taken. */
  readonly hasEnded: boolean;
}

/** Where processes are looked up. */
export interface ProcessTable {
  /** Whether it is `/proc`: a look costs next to nothing, and our own entry may be another container's. */
  readonly isProc: boolean;
  /** All of them. */
  list(): SeenProcess[];
  /** One; undefined where there is none, or where it cannot be seen. */
  look(pid: number): SeenProcess | undefined;
}

/** That of a system. @param name default: the one this runs on */
export function processTable(name: NodeJS.Platform = platform.name): ProcessTable {
  if (name === 'win32') return fromPowerShell;
  return name === 'linux' && fs.existsSync('/proc/self/stat') ? fromProc : fromPs;
}

const fromProc: ProcessTable = {
  isProc: true,
  list: () =>
    fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => statOf(Number(pid)))
      .filter((seen) => seen !== undefined),
  look: (pid) => statOf(pid),
};

/** Linux's facts of a process. @param pid `'self'`: our own, also where /proc is of an outer container */
export function statOf(pid: number | 'self'): SeenProcess | undefined {
  try {
    return parseStat(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The name (field 2, in brackets) may hold anything, so fields count from the last bracket; the start is field 22, in the
 * kernel's ticks since boot.
 */
export function parseStat(text: string): SeenProcess | undefined {
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const [state, parent, ...more] = text.slice(end + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const command = text.slice(text.indexOf('(') + 1, end);
  return { pid, parent: Number(parent), start: more[17] ?? '', command, hasEnded: state === 'Z' };
}

/** The start is a date to the second, in a language and a time zone that do not change. */
const fromPs: ProcessTable = {
  isProc: false,
  list: () => psRows(['-A']),
  look: (pid) => psRows(['-p', String(pid)])[0],
};

function psRows(which: readonly string[]): SeenProcess[] {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  // One by one: to the ps of macOS what follows an equals sign is a heading, commas and all.
  const columns = ['pid', 'ppid', 'state', 'lstart', 'comm'].flatMap((name) => ['-o', `${name}=`]);
  return rowsOf('ps', [...which, ...columns], env, parsePsLine);
}

/** ` 4711     1 S    Thu Nov 26 12:23:25 2026 /usr/bin/some program` */
export function parsePsLine(line: string): SeenProcess | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s+(.*?)\s*$/.exec(line);
  if (match === null) return undefined;
  const [, pid, parent, state = '', start = '', command = ''] = match;
  return {
    ...{ pid: Number(pid), parent: Number(parent), start: start.replace(/\s+/g, ' '), command },
    hasEnded: state.startsWith('Z'),
  };
}

/** The start is a time in tenths of a microsecond. Nothing that has ended stays in this table. */
const fromPowerShell: ProcessTable = {
  isProc: false,
  list: () => powerShellRows(''),
  look: (pid) => powerShellRows(`-Filter 'ProcessId=${pid}'`)[0],
};

function powerShellRows(filter: string): SeenProcess[] {
  const started = '$(if ($_.CreationDate) { $_.CreationDate.ToFileTimeUtc() } else { 0 })';
  const line = `'{0} {1} {2} {3}' -f $_.ProcessId, $_.ParentProcessId, ${started}, $_.Name`;
  const script = `Get-CimInstance Win32_Process ${filter} | ForEach-Object { ${line} }`;
  const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script];
  return rowsOf('powershell.exe', args, process.env, parsePowerShellLine);
}

/** `4711 1 134086922055540000 some program.exe` */
export function parsePowerShellLine(line: string): SeenProcess | undefined {
  const match = /^(\d+) (\d+) (\d+) (.*?)\s*$/.exec(line);
  if (match === null) return undefined;
  const [, pid, parent, start = '', command = ''] = match;
  return { pid: Number(pid), parent: Number(parent), start, command, hasEnded: false };
}

/** What a program prints, line by line; it is not in its own list. Nothing where it ends badly, as `ps` does for no process. */
function rowsOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  parse: (line: string) => SeenProcess | undefined,
): SeenProcess[] {
  try {
    const text = execFileSync(program, args, {
      ...{ env, encoding: 'utf8', maxBuffer: 1 << 26, windowsHide: true },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const rows = text.split('\n').map(parse);
    return rows.filter((row) => row !== undefined).filter((row) => !isLister(row, program));
  } catch {
    return [];
  }
}

/** Our own child that made the list. */
function isLister({ parent, command }: SeenProcess, program: string): boolean {
  return parent === process.pid && (command === program || command.endsWith(`/${program}`));
}
