/** Outputs in order, as notebooks store them, and not without end. */
import type { Json, OutputBundle, OutputTaker } from './kernel-hook.ts';

/** One output, as notebooks store it. */
export type NotebookOutput = Json & { readonly output_type: 'stream' | 'display_data' | 'error' };

/** So many characters of one text are kept; what stood before is left out, and that is said. */
const mostText = 100_000;
/** So many outputs are kept, of so many characters together: the front end is sent all of them at each change. */
const most = { outputs: 500, characters: 5_000_000 } as const;

/** Pictures, the best first. */
export const pictures = ['image/svg+xml', 'image/png', 'image/jpeg'];
const plotly = 'application/vnd.plotly.v1+json';

interface Entry {
  readonly output: NotebookOutput;
  /** By which it is shown anew. */
  readonly id?: string | undefined;
  /** In characters. */
  readonly size: number;
}

/** Outputs in order, texts of one stream together. */
export class OutputList implements OutputTaker {
  readonly #isStill: boolean;
  #changed: () => void = () => {};
  #entries: Entry[] = [];
  /** The size of all entries. */
  #size = 0;
  #leftOut = 0;
  #clearsNext = false;

  /** @param options `isStill: true` keeps of an interactive figure its picture, which is drawn again without a flash */
  constructor({ isStill = false } = {}) {
    this.#isStill = isStill;
  }

  /** The newest ones. Where there were more, the first says how many are left out. */
  get outputs(): readonly NotebookOutput[] {
    const kept = this.#entries.map(({ output }) => output);
    if (this.#leftOut === 0) return kept;
    const text = `[${this.#leftOut} outputs before this are left out]\n`;
    return [{ output_type: 'stream', name: 'stdout', text }, ...kept];
  }

  /** Calls this from now on at each change, and what was called before no more. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  text(name: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    this.#beforeNext();
    const at = this.#entries.length - 1;
    const last = this.#entries[at]?.output;
    if (last?.output_type === 'stream' && last['name'] === name)
      this.#put(at, { ...last, text: shortened(`${String(last['text'])}${text}`) });
    else this.#put(at + 1, { output_type: 'stream', name, text: shortened(text) });
    this.#changed();
  }

  display({ data, metadata = {}, id, update = false }: OutputBundle): boolean {
    // Of one id there may be several.
    const before = this.#entries.filter((entry) => update && id !== undefined && entry.id === id);
    if (update && before.length === 0) return false;
    if (!update) this.#beforeNext();
    const output = { output_type: 'display_data', data: this.#stilled(data), metadata } as const;
    if (!update) this.#put(this.#entries.length, output, id);
    for (const entry of before) {
      const at = this.#entries.indexOf(entry);
      if (at >= 0) this.#put(at, output, id);
    }
    this.#changed();
    return true;
  }

  error(error: unknown): void {
    const { name: ename, message: evalue } = error instanceof Error ? error : new Error(String(error));
    const traceback = [shortened(`${ename}: ${evalue}`)];
    this.#beforeNext();
    this.#put(this.#entries.length, { output_type: 'error', ename, evalue: shortened(evalue), traceback });
    this.#changed();
  }

  clear(wait: boolean): void {
    this.#clearsNext = wait;
    if (wait) return;
    this.#entries = [];
    this.#size = 0;
    this.#leftOut = 0;
    this.#changed();
  }

  #beforeNext(): void {
    if (this.#clearsNext) this.clear(false);
  }

  #put(at: number, output: NotebookOutput, id?: string): void {
    const size = sizeOf(output);
    this.#size += size - (this.#entries[at]?.size ?? 0);
    this.#entries[at] = { output, id, size };
    while (
      this.#entries.length > 1 &&
      (this.#entries.length > most.outputs || this.#size > most.characters)
    ) {
      this.#size -= this.#entries.shift()!.size;
      this.#leftOut += 1;
    }
  }

  #stilled(data: Json): Json {
    if (!this.#isStill || !(plotly in data) || !pictures.some((kind) => kind in data)) return data;
    return Object.fromEntries(Object.entries(data).filter(([kind]) => kind !== plotly));
  }
}

function sizeOf({ text, data, traceback }: NotebookOutput): number {
  if (typeof text === 'string') return text.length;
  return Object.values((data ?? { traceback }) as Json)
    .map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).length)
    .reduce((sum, size) => sum + size, 0);
}

function shortened(text: string): string {
  if (text.length <= mostText) return text;
  const left = /^\[(\d+) characters/.exec(text);
  const before = left ? Number(left[1]) : 0;
  const rest = left ? text.slice(text.indexOf('\n') + 1) : text;
  const cut = Math.max(0, rest.length - mostText / 2);
  return `[${before + cut} characters before this are left out]\n${rest.slice(cut)}`;
}
