/** Prometheus' metrics of one server or training, in a registry of their own, and the routes that show them. */
import type { Counter, Gauge, Histogram } from 'prom-client';
import type { HttpRoute } from './http-server.ts';

/** Values by the one label of a metric. */
type Labelled = Iterable<readonly [label: string, value: number]>;

/** Metrics whose names begin alike. Values are asked for when somebody looks. */
export interface WatchMetrics {
  /** Counts up, as `of` says. */
  counter(name: string, help: string, of: () => number): void;
  counters(name: string, help: string, label: string, of: () => Labelled): void;
  gauge(name: string, help: string, of: () => number): void;
  gauges(name: string, help: string, label: string, of: () => Labelled): void;
  histogram(name: string, help: string, buckets: readonly number[]): Pick<Histogram, 'observe'>;
  /**
   * `/metrics`, `/healthz` and `/readyz`.
   *
   * @param notReady why it is not ready; undefined when it is
   */
  routes(notReady: () => string | undefined): readonly HttpRoute[];
}

/** Loads the library of metrics. */
export async function watchMetrics(prefix: string): Promise<WatchMetrics> {
  const library = (await import('prom-client')).default;
  const registry = new library.Registry();
  const common = (name: string, help: string) => ({ name: `${prefix}${name}`, help, registers: [registry] });
  return {
    counter: (name, help, of) => {
      new library.Counter({
        ...common(name, help),
        collect(this: Counter) {
          this.reset();
          this.inc(of());
        },
      });
    },
    counters: (name, help, label, of) => {
      new library.Counter({
        ...common(name, help),
        labelNames: [label],
        collect(this: Counter) {
          this.reset();
          for (const [value, count] of of()) this.inc({ [label]: value }, count);
        },
      });
    },
    gauge: (name, help, of) => {
      new library.Gauge({
        ...common(name, help),
        collect(this: Gauge) {
          this.set(of());
        },
      });
    },
    gauges: (name, help, label, of) => {
      new library.Gauge({
        ...common(name, help),
        labelNames: [label],
        collect(this: Gauge) {
          this.reset();
          for (const [value, count] of of()) this.set({ [label]: value }, count);
        },
      });
    },
    histogram: (name, help, buckets) =>
      new library.Histogram({ ...common(name, help), buckets: [...buckets] }),
    routes: (notReady) => {
      const get = (path: RegExp, handle: HttpRoute['handle']): HttpRoute => ({ method: 'GET', path, handle });
      return [
        get(/^\/metrics$/, async () => ({ type: registry.contentType, body: await registry.metrics() })),
        get(/^\/healthz$/, () => ({ body: { status: 'ok' } })),
        get(/^\/readyz$/, () => {
          const problem = notReady();
          return problem === undefined
            ? { body: { status: 'ready' } }
            : { status: 503, body: { error: problem } };
        }),
      ];
    },
  };
}
