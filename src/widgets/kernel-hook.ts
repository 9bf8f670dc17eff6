/** What the kernel gives to controls, behind a well-known symbol: this room imports no kernel, and runs without one. */

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A message of the front end. */
export interface FrontMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** A channel to the front end. */
export interface FrontComm {
  readonly isOpen: boolean;
  send(data: Json, options?: { buffers?: readonly Uint8Array[]; answers?: FrontMessage }): void;
  onMessage(handler: (message: FrontMessage) => unknown): void;
  onClose(handler: () => unknown): void;
  close(): void;
}

/** Takes what a piece of code prints and shows. */
export interface OutputTaker {
  text(name: 'stdout' | 'stderr', text: string): void;
  display(bundle: OutputBundle): boolean;
  clear(wait: boolean): void;
}

/** One output, in several forms by MIME type. */
export interface OutputBundle {
  readonly data: Json;
  readonly metadata?: Json;
  readonly id?: string;
  readonly update?: boolean;
}

/** What is used of the kernel. */
export interface KernelHook {
  readonly comms: {
    open(
      target: string,
      data: Json,
      options: { id: string; metadata: Json; buffers: readonly Uint8Array[] },
    ): FrontComm;
    register(target: string, handler: (comm: FrontComm, message: FrontMessage) => unknown): () => void;
    wasAsked(target: string): boolean;
  };
  readonly isAttended: boolean;
  /** How often the user has interrupted so far; an older kernel does not say. */
  readonly interrupts?: number;
  show(value: unknown): { update(value: unknown): unknown };
  bundle(value: unknown): Promise<OutputBundle>;
  capture<T>(taker: OutputTaker, work: () => T): T;
}

/** The method by which a value shows itself in a cell of the kernel. */
export const displayMethod: unique symbol = Symbol.for('Jupyter.display') as never;

/** The comm target at which front ends with a widget manager ask for what there is. */
export const controlTarget = 'jupyter.widget.control';

/** The kernel; none in a script, a test, or another kernel. */
export function kernelHook(): KernelHook | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for('streamtrain.controls')] as
    | KernelHook
    | undefined;
}

/** A front end that draws controls has shown itself. */
export function drawsControls(): boolean {
  return kernelHook()?.comms.wasAsked(controlTarget) ?? false;
}

/** Somebody may move a control. */
export function isAttended(): boolean {
  return drawsControls() || (kernelHook()?.isAttended ?? false);
}

/** Said with a control that stands still. */
export const standsStill =
  'it stands still here: controls move in JupyterLab on "TypeScript (streamtrain)" or "JavaScript (streamtrain)"';
