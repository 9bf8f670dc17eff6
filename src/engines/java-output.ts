/** What Java says when it fails: how it ended, the messages in a stack trace, and what to do about them. */
import type { ChildProcess } from 'node:child_process';

/** The exit code of a Java that its options let end where its heap is full. */
const OUT_OF_MEMORY = 3;

/** `it ended with SIGKILL`. */
export function howItEnded({ signalCode, exitCode }: ChildProcess): string {
  const why = exitCode === OUT_OF_MEMORY ? ' (OutOfMemoryError)' : '';
  return `it ended with ${signalCode ?? `exit code ${exitCode}`}${why}`;
}

/** What to do, judging by how it ended and by its log. */
export function adviceFor(output: string, logFile: string): string {
  if (/OutOfMemoryError|Cannot allocate memory|insufficient memory|Too small .*heap/i.test(output))
    return 'There is too little memory: end other programs, or give it another amount (heapMb).';
  if (/Address already in use|BindException/i.test(output))
    return 'Another program took a port in the meantime: start again.';
  if (/No space left on device|Disk quota exceeded/i.test(output))
    return 'The disk is full: free some space, then start again.';
  return `See ${logFile} for all of it; "npx streamtrain engines status" shows what is there.`;
}

/** The messages of a stack trace, the outermost first; the class stays where there is nothing else. */
export function causesIn(trace: string): string[] {
  const messages: string[] = [];
  for (const line of trace.split('\n')) {
    if (/^\s+at |^\s*\.\.\. \d+ more|^<?(?:Exception|End of exception) on server side|^\s*$/.test(line))
      continue;
    const starts = /^(?:Caused by: )?(?:[\w$]+\.)+[\w$]+(?:Exception|Error)\b:?/.test(line);
    if (starts || messages.length === 0) messages.push(line.replace(/^Caused by: /, ''));
    else messages[messages.length - 1] += `\n${line}`;
  }
  return messages;
}
