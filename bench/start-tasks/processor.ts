/** Processor time of a process that is not this one. */
import { readFileSync } from 'node:fs';

/**
 * Linux gives it in hundredths of a second: fields 14 and 15, with that of children that have ended in 16 and 17.
 *
 * @returns milliseconds; undefined where the system does not say
 */
export function processorMsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field) * 10, 0);
}
