/** Jobs that Flink runs: each in a small cluster of its own inside the gateway's process, which answers on a port. */
import path from 'node:path';
import { readJson } from '../../install/files.ts';
import { LOOPBACK } from '../../process/index.ts';
import { EngineUnreachableError, FlinkRequestError } from '../errors.ts';
import { causesIn } from '../java-output.ts';
import { ask } from './rest.ts';

/** A job that runs now. */
export interface JobSummary {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  /** `RUNNING`, `RESTARTING`, `FAILING`... */
  readonly state: string;
  readonly startedAt: Date;
}

/** How far the checkpoints of a job are. */
export interface JobCheckpoints {
  readonly completed: number;
  readonly failed: number;
  /** The newest one's folder, as a `file:` address. */
  readonly latest?: string;
}

/** A job, and the port that answers for it. */
export interface FoundJob extends JobSummary {
  readonly port: number;
}

/** The jobs that answer on these ports: those that run. */
export async function jobsOn(ports: readonly number[], signal?: AbortSignal): Promise<FoundJob[]> {
  const found = await Promise.all(ports.map((port) => jobsAt(port, signal)));
  return found.flat();
}

async function jobsAt(port: number, signal?: AbortSignal): Promise<FoundJob[]> {
  try {
    const { jobs } = await ask<{ jobs: RestJob[] }>(`${addressOf(port)}/jobs/overview`, {
      signal,
      timeoutMs: 5_000,
    });
    return jobs
      .filter(({ state }) => !['FINISHED', 'CANCELED', 'FAILED'].includes(state))
      .map((job) => ({
        id: job.jid,
        name: job.name,
        state: job.state,
        startedAt: new Date(job['start-time']),
        port,
      }));
  } catch (error) {
    // A cluster that only just begins or ends says that it is not available.
    if (error instanceof FlinkRequestError) return [];
    // No job has this port now. One that only takes long is not passed over.
    if (error instanceof EngineUnreachableError && !error.answered.startsWith('nothing in')) return [];
    throw error;
  }
}

interface RestJob {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
  readonly 'start-time': number;
}

/** How a job ended, and Flink's messages where it failed. */
interface JobEnd {
  readonly state: 'FINISHED' | 'CANCELED' | 'FAILED';
  readonly causes: readonly string[];
}

/**
 * How a job ended, from what Flink wrote down of it: its cluster is gone by then.
 *
 * @param archive the folder of `jobmanager.archive.fs.dir`
 * @returns undefined while it runs
 */
export async function endOf(archive: string, id: string): Promise<JobEnd | undefined> {
  // Flink writes it at the end of the job; what is half written cannot be read, and is a moment later.
  const written = await readJson<{ archive: { path: string; json: string }[] }>(path.join(archive, id));
  const part = (place: string) => written?.archive.find((one) => one.path === place)?.json;
  const [overview, exceptions] = [part('/jobs/overview'), part(`/jobs/${id}/exceptions`)];
  if (overview === undefined || exceptions === undefined) return undefined;
  const [job] = (JSON.parse(overview) as { jobs: { state: JobEnd['state'] }[] }).jobs;
  const { exceptionHistory } = JSON.parse(exceptions) as {
    exceptionHistory: { entries: { stacktrace: string }[] };
  };
  const causes = exceptionHistory.entries.flatMap(({ stacktrace }) => causesIn(stacktrace));
  return { state: job?.state ?? 'FAILED', causes };
}

/** Asks a job to end at once; its last checkpoint stays. */
export async function cancelJob({ port, id }: FoundJob): Promise<void> {
  await ask(`${addressOf(port)}/jobs/${id}?mode=cancel`, { method: 'PATCH' });
}

/** How far its checkpoints are. */
export async function checkpointsOf({ port, id }: FoundJob): Promise<JobCheckpoints> {
  const { counts, latest } = await ask<RestCheckpoints>(`${addressOf(port)}/jobs/${id}/checkpoints`);
  const { completed, failed } = counts;
  const place = latest.completed?.external_path;
  return { completed, failed, ...(place === undefined ? {} : { latest: place }) };
}

interface RestCheckpoints {
  readonly counts: { readonly completed: number; readonly failed: number };
  readonly latest: { readonly completed: { readonly external_path: string } | null };
}

function addressOf(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}
