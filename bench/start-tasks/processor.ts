/** Processor time of a process that is not this one. */
import { readFileSync } from 'node:fs';

/**
 * Linux gives it in hundredths of a second: fields 14 and 15, with that of children that have ended in 16 and 17.
 *
 * @returns milliseconds; undefined where the system does not say, and for one that has ended
 */
export function processorMsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    // ESRCH: it ended between opening and reading.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field) * 10, 0);
}
