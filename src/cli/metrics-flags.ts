/** Where a command that works for long answers about itself over HTTP. */
import type { Command } from 'commander';
import { UsageError } from './errors.ts';
import { wholeNumber } from './values.ts';

export interface MetricsFlags {
  metricsPort?: number;
  metricsHost?: string;
}

/** Adds the flags. */
export function withMetricsFlags(command: Command): Command {
  return command
    .option(
      '--metrics-port <port>',
      'answer /metrics (Prometheus), /healthz and /readyz there; 0: on a free port',
      wholeNumber(0, 65_535),
    )
    .option(
      '--metrics-host <host>',
      'with --metrics-port: where to listen (default: loopback, so that nobody else reaches it)',
    );
}

/** What the flags say; none without a port. */
export function metricsOf({
  metricsPort: port,
  metricsHost: host,
}: MetricsFlags): { port: number; host?: string } | undefined {
  if (port === undefined && host !== undefined)
    throw new UsageError({ problem: '--metrics-host goes with --metrics-port.' });
  return port === undefined ? undefined : { port, ...(host !== undefined && { host }) };
}
