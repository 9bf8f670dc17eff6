/** Labels that come after their rows: joined by key, within a time; what does not fit is counted. */

/** What became of rows and labels that were to be joined. */
export interface LabelCounts {
  /** Rows that got their label. */
  readonly joined: number;
  /** Labels that came too late for their row; such rows are among the missing ones. */
  readonly late: number;
  /** Rows that got no label in time; also those without a key, and those whose key another row had before the label came. */
  readonly missing: number;
  /** Further labels for a row that has one; the first one counts. */
  readonly doubled: number;
  /** Labels for which no row came; of several servers of a group, each sees the labels of all rows. */
  readonly unmatched: number;
  /** Records of the labels topic without a key, or whose value is no label of the model. */
  readonly bad: number;
  /** Rows and labels that had to make room, because more than `most` were waiting. */
  readonly forgotten: number;
  /** Rows that wait for their label just now. */
  readonly waiting: number;
}

/** A row that waits for its label. */
export interface AwaitingRow {
  readonly key: string;
  /** When it happened, ms since 1970. */
  readonly time: number;
}

/** How rows and labels are joined. */
export interface JoinOptions<Row extends AwaitingRow> {
  /** By how much the times of a row and of its label may differ; a row, or a label, waits for the other for so long. ms */
  readonly within: number;
  /** So many rows, and so many labels, may wait. */
  readonly most: number;
  readonly onJoined: (row: Row, label: number) => void;
  /** Called with a sentence the first time that something does not fit. */
  readonly onRemark: (text: string) => void;
  /** A monotonic clock, ms. */
  readonly now?: () => number;
}

interface Label {
  readonly label: number;
  readonly time: number;
  readonly until: number;
  /** Its row is among those whose time is over: unless another row comes for it, it was late. */
  readonly isLate: boolean;
}

interface Settled {
  readonly isJoined: boolean;
  readonly time: number;
  readonly until: number;
}

/** A join by key: whichever comes first, row or label, waits for the other. All that waits is bounded in number and time. */
export class LabelJoin<Row extends AwaitingRow> {
  readonly #options: JoinOptions<Row>;
  readonly #now: () => number;
  // Each in the order in which they came, and so in that of their ends.
  readonly #rows = new Map<string, { readonly row: Row; readonly until: number }>();
  readonly #labels = new Map<string, Label>();
  /** Rows that wait no more, to know a label that comes late or twice. */
  readonly #settled = new Map<string, Settled>();
  readonly #counts = { joined: 0, late: 0, missing: 0, doubled: 0, unmatched: 0, bad: 0, forgotten: 0 };
  readonly #said = new Set<string>();

  constructor(options: JoinOptions<Row>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get counts(): LabelCounts {
    this.#sweep();
    return { ...this.#counts, waiting: this.#rows.size };
  }

  /** A row whose prediction counts. */
  addRow(row: Row): void {
    this.#sweep();
    const { key } = row;
    // The key names another row from here on.
    if (this.#rows.delete(key)) this.#miss();
    const label = this.#labels.get(key);
    if (label !== undefined) this.#labels.delete(key);
    if (label !== undefined && this.#fits(row.time, label.time)) return this.#join(row, label.label);
    if (label !== undefined) this.#leave(label);
    this.#settled.delete(key);
    this.#rows.set(key, { row, until: this.#now() + this.#options.within });
    this.#bound(this.#rows, () => this.#forget());
  }

  /** A row that no label can name. */
  addKeyless(): void {
    this.#counts.missing++;
    this.#say('keyless', 'A row without a key waits for no label: labels are joined by key.');
  }

  addLabel(key: string, label: number, time: number): void {
    this.#sweep();
    const { within } = this.#options;
    const waiting = this.#rows.get(key);
    if (waiting !== undefined && this.#fits(waiting.row.time, time)) {
      this.#rows.delete(key);
      return this.#join(waiting.row, label);
    }
    if (waiting !== undefined && time > waiting.row.time) {
      this.#rows.delete(key);
      this.#miss();
      this.#late(time - waiting.row.time);
      return this.#settle(key, { isJoined: false, time: waiting.row.time });
    }
    const settled = this.#settled.get(key);
    if (settled !== undefined && this.#fits(settled.time, time))
      return settled.isJoined ? this.#doubled(key) : this.#late(time - settled.time);
    const other = this.#labels.get(key);
    if (other !== undefined && this.#fits(other.time, time)) return this.#doubled(key);
    if (other !== undefined) this.#leave(other);
    this.#labels.delete(key);
    const isLate = settled !== undefined && !settled.isJoined;
    this.#labels.set(key, { label, time, isLate, until: this.#now() + within });
    this.#bound(this.#labels, () => this.#forget());
  }

  /** A record of the labels topic that is none. */
  addBad(problem: string): void {
    this.#counts.bad++;
    this.#say('bad', `A record of the labels topic is no label: ${problem}. Such records do not count.`);
  }

  /** What came to be, in a sentence; undefined where every row got its label. */
  summary(): string | undefined {
    const { joined, waiting, ...others } = this.counts;
    const rest = Object.entries({ ...others, waiting }).filter(([, count]) => count > 0);
    if (rest.length === 0) return undefined;
    return `Labels: ${joined} joined, ${rest.map(([name, count]) => `${count} ${name}`).join(', ')}.`;
  }

  #fits(rowTime: number, labelTime: number): boolean {
    return Math.abs(labelTime - rowTime) <= this.#options.within;
  }

  #join(row: Row, label: number): void {
    this.#counts.joined++;
    this.#settle(row.key, { isJoined: true, time: row.time });
    this.#options.onJoined(row, label);
  }

  #settle(key: string, how: Omit<Settled, 'until'>): void {
    this.#settled.delete(key);
    this.#settled.set(key, { ...how, until: this.#now() + this.#options.within });
    this.#bound(this.#settled, () => {});
  }

  #miss(): void {
    this.#counts.missing++;
    const { within } = this.#options;
    this.#say(
      'missing',
      `A row has got no label within ${within} ms, or before its key came again: it does not count.`,
    );
  }

  #late(by: number): void {
    this.#counts.late++;
    const { within } = this.#options;
    this.#say(
      'late',
      `A label came too late: ${by} ms behind its row, or read so late; ${within} ms are allowed.`,
    );
  }

  #doubled(key: string): void {
    this.#counts.doubled++;
    this.#say(
      'doubled',
      `The row with the key ${JSON.stringify(key)} has another label: the first one counts.`,
    );
  }

  #forget(): void {
    this.#counts.forgotten++;
    const { most } = this.#options;
    this.#say('forgotten', `More than ${most} rows or labels wait for each other: the oldest are forgotten.`);
  }

  /** A label that waits no more. */
  #leave({ isLate }: Label): void {
    const { within } = this.#options;
    if (isLate) return this.#late(within);
    this.#counts.unmatched++;
    this.#say(
      'unmatched',
      `A label has found no row within ${within} ms; of several servers of a group, each reads all labels.`,
    );
  }

  #bound<Value>(map: Map<string, Value>, onForgotten: () => void): void {
    if (map.size <= this.#options.most) return;
    const [oldest] = map.keys();
    map.delete(oldest!);
    onForgotten();
  }

  /** Ends what has waited for long enough. */
  #sweep(): void {
    const now = this.#now();
    const over = <Value extends { readonly until: number }>(
      map: Map<string, Value>,
      end: (value: Value) => void,
    ): void => {
      for (const [key, value] of map) {
        if (value.until > now) return;
        map.delete(key);
        end(value);
      }
    };
    over(this.#settled, () => {});
    over(this.#rows, ({ row }) => {
      this.#miss();
      this.#settle(row.key, { isJoined: false, time: row.time });
    });
    over(this.#labels, (label) => this.#leave(label));
  }

  #say(kind: string, text: string): void {
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.#options.onRemark(text);
  }
}
