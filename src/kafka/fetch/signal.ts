/** A promise that somebody else resolves. */

/** See {@link signal}. */
export interface Signal {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** A promise with its `resolve` beside it. */
export function signal(): Signal {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
