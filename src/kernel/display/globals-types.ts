/** The types of the names every cell has, and of our `tslab`, as text for the language service. */

/**
 * A declaration file (a script, no module) for {@link cellGlobals} and `import ... from 'tslab'`. It needs no file
 * beside it. Its own type names live in the namespace `StreamtrainKernel`, out of the user's way.
 *
 * Where the user's `lib` includes `DOM`, `prompt`, `confirm` and `alert` get the browser's overloads first; what they
 * return is awaited all the same.
 */
export const globalsTypes = `
declare namespace StreamtrainKernel {
  /** One output in several forms, by MIME type. */
  type MimeBundle = Readonly<Record<string, unknown>>;

  /** How much of a value is shown. */
  interface DisplayLimits {
    /** Characters of a text form, all in all. Default 100,000. */
    readonly text: number;
    /** Elements shown of an array, map, set or typed array. Default 100. */
    readonly items: number;
    /** Characters shown of one string inside a value. Default 10,000. */
    readonly string: number;
    /** How deep nested objects are opened. Default 4. */
    readonly depth: number;
    /** Rows shown of a table. Default 20. */
    readonly rows: number;
    /** Columns shown of a table. Default 20. */
    readonly columns: number;
    /** Bytes of an interactive figure, beyond which only its picture is sent. Default 20,000,000. */
    readonly figureBytes: number;
    /** Colours (ANSI) in text forms. Default false. */
    readonly colors: boolean;
  }

  /** Options of one output. */
  interface DisplayOptions {
    /** Jupyter's display_id: names the output, so that it can be replaced later. Default: a random one. */
    id?: string;
    /** Replace the output of this id, wherever it stands, instead of adding one. Default false. */
    update?: boolean;
    /** Jupyter's metadata of the output, by MIME type. */
    metadata?: Readonly<Record<string, unknown>>;
    /** Bounds that differ from those in force. */
    limits?: Partial<DisplayLimits>;
  }

  /** An output that was sent and can be replaced. */
  interface DisplayHandle {
    readonly id: string;
    /** Replaces the output by another value. */
    update(value: unknown): DisplayHandle;
    /** Empties the output. */
    clear(): DisplayHandle;
    /** Settles when everything asked of this handle so far was sent. Never rejects. */
    readonly sent: Promise<void>;
  }

  /** tslab's display. */
  interface Display {
    javascript(s: string): void;
    html(s: string): void;
    markdown(s: string): void;
    latex(s: string): void;
    svg(s: string): void;
    png(b: Uint8Array): void;
    jpeg(b: Uint8Array): void;
    gif(b: Uint8Array): void;
    pdf(b: Uint8Array): void;
    text(s: string): void;
    /** Sends one form: text, bytes, or (for JSON types) a plain value. */
    raw(contentType: string, b: string | Uint8Array): any;
  }

  /** tslab's display with whole MIME bundles, updates and clearing. */
  interface KernelDisplay extends Display {
    raw(contentType: string, b: unknown): any;
    /** Sends one output in several forms: { 'text/html': '<b>1</b>', 'text/plain': '1' }. */
    bundle(data: MimeBundle, options?: DisplayOptions): void;
    /** Replaces the output of an id by another value. */
    update(id: string, value: unknown): DisplayHandle;
    /** Removes the cell's outputs, with wait only when the next one comes, so that nothing flickers. */
    clear(options?: { wait?: boolean }): void;
  }

  /** Shows any value under the running cell, as the cell's result would be shown; its methods show one form. */
  interface DisplayFunction extends KernelDisplay {
    (value: unknown, options?: DisplayOptions): DisplayHandle;
  }

  type Shown = MimeBundle | string | Promise<MimeBundle | string>;

  /** AbortSignal, wherever its declaration comes from. */
  type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
    ? T
    : { readonly aborted: boolean; readonly reason: unknown; throwIfAborted(): void };

  type Json = Readonly<Record<string, unknown>>;

  /** A message of the front end over a comm. */
  interface CommMessage {
    readonly data: Json;
    readonly metadata: Json;
    readonly buffers: readonly Uint8Array[];
  }

  /** What may go with the data of a comm message. */
  interface CommSendOptions {
    readonly metadata?: Json;
    /** Bytes beside the JSON. */
    readonly buffers?: readonly Uint8Array[];
    /** The message of the front end that this is the answer to. */
    readonly answers?: CommMessage;
  }

  /** One open channel to something in the front end. */
  interface Comm {
    readonly id: string;
    readonly target: string;
    /** False after either side has closed it. */
    readonly isOpen: boolean;
    send(data: Json, options?: CommSendOptions): void;
    /** Called for each message, also while a cell awaits. */
    onMessage(handler: (message: CommMessage) => unknown): void;
    /** Called when the front end closes it. */
    onClose(handler: (message: CommMessage) => unknown): void;
    close(data?: Json): void;
  }

  interface KernelComms {
    /** Opens a comm to a target that something in the front end knows. */
    open(target: string, data?: Json, options?: CommSendOptions): Comm;
    /** Lets the front end open comms to a target. Returns what takes it back. */
    register(target: string, handler: (comm: Comm, message: CommMessage) => unknown): () => void;
  }

  interface Kernel {
    /** Channels to what lies in the front end: kernel.comms.open('my-extension', { hello: 'you' }). */
    readonly comms: KernelComms;
    /** Sets how the kernel treats the cells that follow: kernel.options({ checking: 'warn' }). */
    options(options: { checking?: 'error' | 'warn' | 'off'; display?: Partial<DisplayLimits> }): { display: DisplayLimits };
    /** Says how values of a class, or those a predicate picks, are shown. Returns what takes it back. */
    registerDisplay<T>(matches: (value: unknown) => value is T, show: (value: T) => Shown): () => void;
    registerDisplay(matches: (value: unknown) => boolean, show: (value: unknown) => Shown): () => void;
    registerDisplay<T>(type: abstract new (...args: never[]) => T, show: (value: T) => Shown): () => void;
    /** The number of the running cell. */
    readonly cell: number;
  }
}

/** Shows any value under the running cell: display(value, { id: 'progress' }); display.html('<b>hi</b>'). */
declare var display: StreamtrainKernel.DisplayFunction;
/** Asks the user for a line: await prompt('Your name?'). */
declare function prompt(message?: string, fallback?: string): Promise<string>;
/** Asks the user yes or no: await confirm('Sure?'). */
declare function confirm(message?: string): Promise<boolean>;
/** Asks the user for a secret: what is typed is neither shown nor stored. */
declare function password(message?: string): Promise<string>;
/** Shows a message and waits for Enter. */
declare function alert(message?: string): Promise<void>;
/** The versions of the kernel and what it runs on. */
declare function versions(): Readonly<Record<string, string>>;
/** interrupt.signal is aborted when the user interrupts the cell. */
declare var interrupt: { readonly signal: StreamtrainKernel.Signal };
/** The kernel's settings and registries. */
declare var kernel: StreamtrainKernel.Kernel;

declare module 'tslab' {
  export const versions: { tslab: string; typescript: string; node: string };
  export type Display = StreamtrainKernel.Display;
  export type KernelDisplay = StreamtrainKernel.KernelDisplay;
  export type DisplayFunction = StreamtrainKernel.DisplayFunction;
  export type DisplayHandle = StreamtrainKernel.DisplayHandle;
  export type DisplayOptions = StreamtrainKernel.DisplayOptions;
  export type MimeBundle = StreamtrainKernel.MimeBundle;
  /** Returns a new display that shows and then overwrites a single output. */
  export function newDisplay(): KernelDisplay;
  /** Shows rich contents under the running cell. */
  export const display: DisplayFunction;
}
`;
