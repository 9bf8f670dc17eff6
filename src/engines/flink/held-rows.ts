/** The rows of a result that changes while it is computed: those that hold at its end, in the order in which they came. */
import type { SqlChange } from './session.ts';

/** Takes changes, gives rows. Equal rows are each held as often as they are there. */
export class HeldRows<Row extends object> {
  readonly #rows: (Row | undefined)[] = [];
  /** Where the rows are that look like this; the newest is taken back first. */
  readonly #places = new Map<string, number[]>();

  /** @throws Error where a row is taken back that was never given */
  take({ kind, row }: SqlChange<Row>): void {
    // In JSON 0 and -0 look the same, and Flink counts them apart.
    const key = JSON.stringify(row, (_, value: unknown) => (Object.is(value, -0) ? '-0' : value));
    const places = this.#places.get(key);
    if (kind === 'INSERT' || kind === 'UPDATE_AFTER') {
      const place = this.#rows.push(row) - 1;
      if (places === undefined) this.#places.set(key, [place]);
      else places.push(place);
      return;
    }
    const place = places?.pop();
    if (place === undefined) throw new Error(`Flink took back a row that it had never given: ${key}`);
    if (places?.length === 0) this.#places.delete(key);
    this.#rows[place] = undefined;
  }

  /** Those that hold now. */
  rows(): Row[] {
    return this.#rows.filter((row) => row !== undefined);
  }
}
