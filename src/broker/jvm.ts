/** Starts Kafka's Java process so that it ends with its parent, unless it is meant to stay. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import type { CommandOutput } from '../install/command.ts';
import type { DataFolder } from './data-folder.ts';
import type { Java } from './java.ts';
import type { KafkaJars } from './jars.ts';

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

/**
 * Becomes `java`, after leaving a watcher behind that reads from a pipe only the parent holds. The parent's end, even by
 * SIGKILL, closes the pipe, and the watcher ends Java, even if it is suspended: politely, after ten seconds by force.
 */
const WITH_WATCHER = `exec 3<&0 </dev/null
( read -r _ <&3
  kill -TERM $$ || exit 0
  kill -CONT $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 $$ || exit 0; done
  kill -KILL $$ ) 2>/dev/null &
exec 3<&-
exec "$@"`;

/**
 * Starts the server's process with its output appended to the data folder's log file. It is in a session of its own, so
 * that Ctrl-C reaches only us and we decide the order of things. It does not keep this process alive.
 *
 * @returns the child; its pid is Java's own
 */
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
    const isWatched = !daemon && process.platform !== 'win32';
    const [program, programArgs] = isWatched
      ? ['/bin/sh', ['-c', WITH_WATCHER, 'streamtrain-kafka', runtime.java.program, ...args]]
      : [runtime.java.program, args];
    const child = spawn(program, programArgs, {
      cwd: data.folder,
      detached: true,
      stdio: [isWatched ? 'pipe' : 'ignore', log, log],
    });
    child.unref();
    (child.stdin as { unref?: () => void } | null)?.unref?.();
    child.stdin?.on('error', () => undefined);
    return child;
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
 * Settings for a quick start in little memory. The serial collector starts no threads of its own and is as good as any
 * in half a gigabyte. Only the quick compiler runs: a start costs 2.7 s of processor time instead of 4.2 (and 7.3 without
 * the class-data archive), and taking in 3 million rows 7 s instead of 11, since a broker mostly hands bytes through.
 */
function commonArguments({ jars, classArchive }: Runtime, useArchive: boolean): string[] {
  return [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    ...(useArchive && classArchive !== undefined
      ? [`-XX:SharedArchiveFile=${classArchive}`, '-Xshare:auto']
      : []),
    '-cp',
    jars.files.join(path.delimiter),
  ];
}
