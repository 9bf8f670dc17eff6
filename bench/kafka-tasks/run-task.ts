/** Runs one measurement and sends its report to the parent: `node run-task.ts LIBRARY TASK INPUT-AS-JSON`. */
import type { Task, TaskInput, TaskReport } from './task.ts';

const [library = '', name = '', json = '{}'] = process.argv.slice(2);
const input = JSON.parse(json) as TaskInput;
const tasks = (await import(`./${library}.ts`)) as Record<string, Task>;
const task = tasks[name];
if (task === undefined) throw new Error(`${library} has no task ${name}`);
// Loading TensorFlow is not what is measured.
if (name === 'tensors') (await import('../../src/tensorflow.ts')).tensorflow();

const samples: number[] = [];
const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const sampling = setInterval(() => samples.push(mebibytes(process.memoryUsage.rss())), 250);
const started = performance.now();
const cpu = process.cpuUsage();
let startSeconds: number | undefined;
const rows = await task(input, () => (startSeconds = (performance.now() - started) / 1_000));
const { user, system } = process.cpuUsage(cpu);
clearInterval(sampling);
const report: TaskReport = {
  rows,
  seconds: (performance.now() - started) / 1_000,
  startSeconds,
  cpuSeconds: (user + system) / 1e6,
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
  samples,
};
process.send?.(report);
