/** What was run, in this session and, by choice, in those before. */
import fs from 'node:fs';
import path from 'node:path';

/** One cell that ran: session and number, code, and its result as text. */
export interface HistoryEntry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output?: string;
}

/** What a client asks for. */
export type HistoryQuery =
  | { readonly kind: 'tail'; readonly n: number }
  | {
      readonly kind: 'range';
      readonly session: number;
      readonly start: number;
      readonly stop: number | undefined;
    }
  | {
      readonly kind: 'search';
      readonly pattern: string;
      readonly n: number | undefined;
      readonly unique: boolean;
    };

/** Entries kept from earlier sessions. */
const most = 10_000;

/** The history; with a file it outlives the kernel. */
export class History {
  readonly #file: string | undefined;
  readonly #entries: HistoryEntry[] = [];
  readonly session: number;

  /**
   * @param file where it is kept, one JSON line a cell, readable by the user alone; none: for this session only
   * @param log called when the file cannot be used, which is no reason not to start
   */
  constructor(file: string | undefined, log: (line: string) => void) {
    this.#file = file;
    if (file !== undefined) {
      try {
        this.#entries = read(file);
        fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      } catch (error) {
        log(`history file ${file}: ${String(error)}`);
        this.#file = undefined;
      }
    }
    this.session = Math.max(0, ...this.#entries.map(({ session }) => session)) + 1;
  }

  /** Adds a cell; its result may be added by {@link save} when it is known. */
  add(line: number, input: string): HistoryEntry {
    const entry = { session: this.session, line, input };
    this.#entries.push(entry);
    return entry;
  }

  /** Writes an entry to the file, if there is one. */
  save({ session, line, input, output }: HistoryEntry): void {
    if (this.#file === undefined) return;
    const text = JSON.stringify({ session, line, input, output: output?.slice(0, 2000) });
    fs.promises.appendFile(this.#file, `${text}\n`, { mode: 0o600 }).catch(() => undefined);
  }

  /** The entries asked for, oldest first. */
  find(query: HistoryQuery): readonly HistoryEntry[] {
    switch (query.kind) {
      case 'tail':
        return query.n > 0 ? this.#entries.slice(-query.n) : [];
      case 'range': {
        // 0 is this session, -1 the one before.
        const session = query.session > 0 ? query.session : this.session + query.session;
        const { start, stop = Infinity } = query;
        return this.#entries.filter(
          (entry) => entry.session === session && entry.line >= start && entry.line < stop,
        );
      }
      case 'search': {
        const pattern = globPattern(query.pattern);
        let found = this.#entries.filter(({ input }) => pattern.test(input));
        if (query.unique) found = [...new Map(found.map((entry) => [entry.input, entry])).values()];
        return query.n === undefined ? found : query.n > 0 ? found.slice(-query.n) : [];
      }
    }
  }
}

function read(file: string): HistoryEntry[] {
  if (!fs.existsSync(file)) return [];
  const lines = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .slice(-most - 1);
  return lines.flatMap((line) => {
    try {
      const { session, line: number, input, output } = JSON.parse(line) as Partial<HistoryEntry>;
      if (typeof session !== 'number' || typeof number !== 'number' || typeof input !== 'string') return [];
      return [{ session, line: number, input, ...(typeof output === 'string' ? { output } : {}) }];
    } catch {
      return []; // A line cut off by a crash is no reason to lose the others.
    }
  });
}

/** `*` and `?` as in file names; the pattern is for the whole text, as in IPython. */
function globPattern(pattern: string): RegExp {
  const source = [...pattern]
    .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'su');
}

/**
 * Where history is kept across sessions: `STREAMTRAIN_KERNEL_HISTORY` names a file, `on` means the usual place, and
 * without it nothing is kept.
 */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const wish = env['STREAMTRAIN_KERNEL_HISTORY'];
  if (!wish || wish === 'off' || wish === '0') return undefined;
  if (wish !== 'on' && wish !== '1') return path.resolve(wish);
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '.';
  const data = env['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share');
  return path.join(data, 'streamtrain', 'kernel-history.jsonl');
}
