/** What a measured process is asked for, and answers. */

/** So many steps of so many rows. */
export interface StepWish {
  readonly rows: number;
  readonly steps: number;
}

/** How long one took, in milliseconds, and the last loss (all peers must learn the same thing). */
export interface StepReport {
  readonly ms: number;
  readonly loss: number;
}

/** The rows all peers learn: a rule that a straight line can tell. */
export function benchRows(rows: number): { xs: Float32Array; ys: Float32Array } {
  const xs = Float32Array.from({ length: rows * 9 }, (_, i) => Math.sin(i * 1.3));
  const ys = Float32Array.from({ length: rows }, (_, row) => Number(xs[row * 9]! + xs[row * 9 + 1]! > 0));
  return { xs, ys };
}

/** Answers wishes of the parent process, one after the other. */
export function answer(run: (wish: StepWish) => Promise<StepReport> | StepReport): void {
  process.on('message', (wish: StepWish) => {
    void Promise.resolve(run(wish)).then((report) => process.send?.(report));
  });
  process.send?.({ ready: true });
}
