/** Reads the broker's log to tell the user why it did not start. */
import fs from 'node:fs/promises';
import { readText } from '../install/files.ts';

/** Keeps the last run's log beside the new one. */
export async function rotateLog(logFile: string): Promise<void> {
  await fs.rename(logFile, `${logFile}.1`).catch(() => undefined);
}

/**
 * The last lines of the log, and before them earlier ones that report a failure: other threads may go on
 * reporting what they do after the one that failed. Stack frames are left out, they tell the user nothing.
 */
export async function logTail(logFile: string, lines = 20): Promise<string> {
  const all = ((await readText(logFile)) ?? '').trimEnd().split('\n');
  const told = all.filter((line) => !/^\s+at |^\s+\.\.\. \d+ more/.test(line));
  // Lines that begin with a blank belong to the lists of settings at the start.
  const trouble = told.slice(0, -lines).filter((line) => !/^[^ ]+ [^ ]+ (INFO|DEBUG) |^\s|^$/.test(line));
  return [...trouble.slice(-lines), ...told.slice(-lines)].join('\n');
}

/** Known causes, as they show in the log, and what the user can do about each. */
const ADVICE: readonly (readonly [RegExp, (folder: string) => string])[] = [
  [
    /No space left on device|Disk quota exceeded/,
    (folder) => `The disk is full: free some space ("df -h ${folder}"), or choose another data folder.`,
  ],
  [
    /Address already in use|BindException/,
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
    /Permission denied|AccessDeniedException|Read-only file system/,
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
    : `See ${folder}/kafka.log for all of it; "npm run doctor" shows the versions.`;
}
