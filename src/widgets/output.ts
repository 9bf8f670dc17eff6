/** A place for outputs inside of controls: what code prints and shows can go there. */
import { refuseUnknownOptions } from '../options.ts';
import { kernelHook, type Json, type OutputBundle, type OutputTaker } from './kernel-hook.ts';
import { modules } from './model.ts';
import { Widget, escaped, widgetNames, type WidgetOptions } from './widget.ts';

/** One output, as notebooks store it. */
type NotebookOutput = Json & { readonly output_type: 'stream' | 'display_data' | 'error' };

/** So many characters of text are kept; what stood before is left out, and that is said. */
const mostText = 100_000;
/** Changes are told to the front end after so many ms. */
const gatherMs = 15;

const pictures = ['image/svg+xml', 'image/png', 'image/jpeg'];
const plotly = 'application/vnd.plotly.v1+json';

/** Outputs in order, texts of one stream together. */
export class OutputList implements OutputTaker {
  outputs: NotebookOutput[] = [];
  readonly #changed: () => void;
  readonly #ids: (string | undefined)[] = [];
  readonly #isStill: boolean;
  #clearsNext = false;

  /** @param options `isStill: true` keeps of an interactive figure its picture, which is drawn again without a flash */
  constructor(changed: () => void = () => {}, { isStill = false } = {}) {
    this.#changed = changed;
    this.#isStill = isStill;
  }

  text(name: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    this.#beforeNext();
    const last = this.outputs.at(-1);
    if (last?.output_type === 'stream' && last['name'] === name) {
      this.outputs[this.outputs.length - 1] = { ...last, text: shortened(`${String(last['text'])}${text}`) };
    } else {
      this.#push({ output_type: 'stream', name, text: shortened(text) }, undefined);
    }
    this.#changed();
  }

  display({ data, metadata = {}, id, update = false }: OutputBundle): boolean {
    const place = id === undefined ? -1 : this.#ids.indexOf(id);
    if (update && place < 0) return false;
    const output = { output_type: 'display_data', data: this.#stilled(data), metadata } as const;
    if (update) this.outputs[place] = output;
    else {
      this.#beforeNext();
      this.#push(output, id);
    }
    this.#changed();
    return true;
  }

  error(error: unknown): void {
    const { name: ename, message: evalue } = error instanceof Error ? error : new Error(String(error));
    this.#push({ output_type: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] }, undefined);
    this.#changed();
  }

  clear(wait: boolean): void {
    this.#clearsNext = wait;
    if (wait) return;
    this.outputs = [];
    this.#ids.length = 0;
    this.#changed();
  }

  #beforeNext(): void {
    if (this.#clearsNext) this.clear(false);
  }

  #push(output: NotebookOutput, id: string | undefined): void {
    this.outputs.push(output);
    this.#ids[this.outputs.length - 1] = id;
  }

  #stilled(data: Json): Json {
    if (!this.#isStill || !(plotly in data) || !pictures.some((kind) => kind in data)) return data;
    return Object.fromEntries(Object.entries(data).filter(([kind]) => kind !== plotly));
  }
}

/**
 * A place for outputs. Elsewhere than in the kernel, what it would hold is printed.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const log = new Output();
 * log.capture(() => console.log('goes there'));
 * ```
 */
export class Output extends Widget {
  #list = this.#newList();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WidgetOptions = {}) {
    refuseUnknownOptions('Output', options, widgetNames);
    super({ ...modules.output, model: 'OutputModel', view: 'OutputView' }, options, {
      msg_id: '',
      outputs: [],
    });
  }

  /** What it holds, as notebooks store it. */
  get outputs(): readonly NotebookOutput[] {
    return this.#list.outputs;
  }

  /** Calls `work`; what it prints and shows, later on too, goes here. */
  capture<T>(work: () => T): T {
    const hook = kernelHook();
    return hook ? hook.capture(this.#list, work) : work();
  }

  /** Adds a value, as a cell would show it. */
  async show(value: unknown): Promise<void> {
    const hook = kernelHook();
    if (hook) this.#list.display(await hook.bundle(value));
    else console.log(value);
  }

  /** Adds text. */
  print(text: string): void {
    if (kernelHook()) this.#list.text('stdout', text);
    else process.stdout.write(text);
  }

  clear(): void {
    this.#list.clear(false);
  }

  /** Puts others in the place of all that it holds, at once. */
  replace(list: OutputList): void {
    this.#list = this.#newList();
    this.#list.outputs = list.outputs;
    this.#send();
  }

  override toText(): string {
    return this.outputs.map(textOf).filter(Boolean).join('\n');
  }

  override toHtml(): string {
    return this.outputs.map(htmlOf).join('\n');
  }

  override close(): void {
    clearTimeout(this.#timer);
    super.close();
  }

  #newList(): OutputList {
    return new OutputList(() => (this.#timer ??= setTimeout(() => this.#send(), gatherMs)));
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.patch({ outputs: [...this.outputs] });
  }
}

function shortened(text: string): string {
  if (text.length <= mostText) return text;
  const left = /^\[(\d+) characters/.exec(text);
  const before = left ? Number(left[1]) : 0;
  const rest = left ? text.slice(text.indexOf('\n') + 1) : text;
  const cut = Math.max(0, rest.length - mostText / 2);
  return `[${before + cut} characters before this are left out]\n${rest.slice(cut)}`;
}

function textOf({ text, data, ename, evalue }: Json): string {
  if (typeof text === 'string') return text.trimEnd();
  if (typeof ename === 'string') return `${ename}: ${evalue as string}`;
  const plain = (data as Json)['text/plain'];
  return typeof plain === 'string' ? plain : '';
}

function htmlOf(output: NotebookOutput): string {
  const data = (output['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const svg = data['image/svg+xml'];
  const words = escaped(textOf(output));
  if (typeof svg === 'string')
    return `<img alt="${words}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`;
  const kind = pictures.find((each) => each in data);
  if (kind !== undefined) return `<img alt="${words}" src="data:${kind};base64,${String(data[kind])}">`;
  const html = data['text/html'];
  return typeof html === 'string' ? html : `<pre>${words}</pre>`;
}
