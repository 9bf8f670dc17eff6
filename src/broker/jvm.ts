/** Kafka's Java process, and why it did not start, as its log says it. */
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import type { CommandOutput } from '../install/command.ts';
import { readText } from '../install/files.ts';
import { spawnWithParent } from '../process/index.ts';
import type { DataFolder } from './data-folder.ts';
import type { KafkaJars } from './jars.ts';
import type { Java } from './java.ts';

/** What a Kafka process is made of. */
export interface Runtime {
  readonly java: Java;
  readonly jars: KafkaJars;
  /** The class-data archive to start from, when there is one. */
  readonly classArchive?: string;
}

/** How to start the server. */
export interface ServerOptions {
  data: DataFolder;
  heapMb: number;
  /** Let it go on after this process. */
  daemon: boolean;
  /** Write a class-data archive to this file when the server ends. */
  writeClassArchive?: string;
}

/** Starts the server's process with its output appended to the data folder's log file. */
export function spawnServer(runtime: Runtime, options: ServerOptions): ChildProcess {
  const { data, heapMb, daemon, writeClassArchive } = options;
  const log = fs.openSync(data.logFile, 'a');
  try {
    const args = [
      `-Xmx${heapMb}m`,
      ...(writeClassArchive === undefined ? [] : [`-XX:ArchiveClassesAtExit=${writeClassArchive}`]),
      ...commonArguments(runtime, writeClassArchive === undefined),
      `-Dlog4j2.configurationFile=${path.basename(data.loggerProperties)}`,
      'kafka.Kafka',
      path.basename(data.serverProperties),
    ];
    return spawnWithParent(runtime.java.program, args, {
      title: 'streamtrain-kafka',
      cwd: data.folder,
      log,
      daemon,
    });
  } finally {
    fs.closeSync(log);
  }
}

/** Runs Kafka's tool that prepares a data folder, to its end. */
export async function runStorageTool(
  runtime: Runtime,
  data: DataFolder,
  args: readonly string[],
): Promise<CommandOutput> {
  return runCommand(
    runtime.java.program,
    [...commonArguments(runtime, true), '-Dlog4j2.level=OFF', 'kafka.tools.StorageTool', ...args],
    {
      what: `format ${data.kafkaData} for Kafka`,
      toDo: 'See the answer above.',
      cwd: data.folder,
      timeoutMs: 60_000,
    },
  );
}

/**
 * Java's settings for a quick start in little memory, of a broker and of other engines. The serial collector starts no threads of its own and is as good as any
 * in half a gigabyte. Only the quick compiler runs: a start costs 2.7 s of processor time instead of 4.2 (and 7.3 without
 * the class-data archive), and taking in 3 million rows 7 s instead of 11, since a broker mostly hands bytes through.
 */
export const SMALL_JAVA: readonly string[] = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

function commonArguments({ jars, classArchive }: Runtime, useArchive: boolean): string[] {
  return [
    ...SMALL_JAVA,
    ...(useArchive && classArchive !== undefined
      ? [`-XX:SharedArchiveFile=${classArchive}`, '-Xshare:auto']
      : []),
    '-cp',
    jars.files.join(path.delimiter),
  ];
}

/** Keeps the last run's log beside the new one. */
export async function rotateLog(logFile: string): Promise<void> {
  await fsp.rename(logFile, `${logFile}.1`).catch(() => undefined);
}

/**
 * The last lines of the log, and before them earlier ones that report a failure: other threads may go on
 * reporting what they do after the one that failed. Stack frames are left out, they say nothing to the user.
 */
export async function logTail(logFile: string, lines = 20): Promise<string> {
  const all = ((await readText(logFile)) ?? '').trimEnd().split('\n');
  const said = all.filter((line) => !/^\s+at |^\s+\.\.\. \d+ more/.test(line));
  // Lines that begin with a blank belong to the lists of settings at the start.
  const trouble = said.slice(0, -lines).filter((line) => !/^[^ ]+ [^ ]+ (INFO|DEBUG) |^\s|^$/.test(line));
  return [...trouble.slice(-lines), ...said.slice(-lines)].join('\n');
}

/** Known causes, as they show in the log, and what the user can do about each. */
const ADVICE: readonly (readonly [RegExp, (folder: string) => string])[] = [
  [
    /No space left on device|Disk quota exceeded/i,
    (folder) => `The disk is full: free some space ("df -h ${folder}"), or choose another data folder.`,
  ],
  [
    /Address already in use|BindException/i,
    () => 'Another program took the port in the meantime: start again, or choose another port.',
  ],
  [
    /UnsupportedClassVersionError/,
    () => 'This Java is too old for this Kafka: install Java 17 or newer, or set JAVA_HOME to one.',
  ],
  [
    /Failed to acquire lock on file \.lock/,
    (folder) =>
      `Another Kafka works on ${folder}: stop it ("npm run kafka -- stop"), or choose another data folder.`,
  ],
  [
    /Permission denied|AccessDeniedException|Read-only file system/i,
    (folder) => `Make ${folder} and all in it writable for you, or choose another data folder.`,
  ],
  [
    /Could not reserve enough space|OutOfMemoryError|Cannot allocate memory|insufficient memory|Too small .*heap|GC triggered before VM/i,
    () =>
      'There is too little memory: end other programs, or change how much Kafka gets (heapMb of startBroker, default 512).',
  ],
  [
    /ConfigException|Unrecognized VM option|Could not create the Java Virtual Machine/,
    () => 'A setting is wrong: see the line above, and the options config and heapMb of startBroker.',
  ],
  [
    /CorruptRecordException|InvalidRecord|InconsistentClusterId|Invalid cluster\.id|Error reading .*meta\.properties/,
    (folder) =>
      `The data in ${folder} is damaged or belongs to another Kafka: delete it ("npm run kafka -- reset --yes") or choose ` +
      'another data folder.',
  ],
];

/** What to do, judging by the log. */
export function adviceFor(log: string, folder: string): string {
  const known = ADVICE.find(([pattern]) => pattern.test(log));
  return known
    ? known[1](folder)
    : `See ${folder}/kafka.log for all of it; "npx streamtrain doctor" shows the versions.`;
}
