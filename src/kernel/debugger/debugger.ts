/** The debugger of a kernel: answers Jupyter's debug requests, each by its command. */
import { messageOf } from '../../errors.ts';
import { variableOf } from '../cell-names.ts';
import type { DisplayBundle } from '../contracts.ts';
import type { AnsweredBreakpoint } from './breakpoints.ts';
import { argumentOf, heldGroup, valueOf, type DebuggerParts } from './inspector.ts';
import { emptyBodies, schemas, type Arguments, type Command } from './requests.ts';
import { DebugSession, threadId } from './session.ts';
import { evaluateIn, scopesOf, type Frame } from './stop.ts';

/** Says what came of asking for exceptions. */
const raised = 'raised';

/** The part of a response that depends on the request. */
export interface DebugAnswer {
  readonly success: boolean;
  readonly message?: string;
  readonly body: object;
}

/** One debugger for one kernel. */
export class CellDebugger {
  readonly #session: DebugSession;
  readonly #parts: DebuggerParts;

  constructor(parts: DebuggerParts) {
    this.#parts = parts;
    this.#session = new DebugSession(parts);
  }

  /** What the engine says by itself. */
  heard(method: string, params: object): void {
    this.#session.heard(method, params);
  }

  /** A cell is about to run, once this is done. */
  cellBegins(): Promise<void> {
    return this.#session.cellBegins();
  }

  /** The cell is over. */
  cellEnds(): Promise<void> {
    return this.#session.cellEnds();
  }

  /** The process of the cells has ended; a fresh one follows. */
  runnerEnded(): Promise<void> {
    return this.#session.runnerEnded();
  }

  /** Answers a request. What failed says why, in words that the user may read. */
  async answer(command: string, given: unknown): Promise<DebugAnswer> {
    try {
      return { success: true, body: await this.#body(command, given) };
    } catch (error) {
      return { success: false, message: messageOf(error), body: emptyBodies[command] ?? {} };
    }
  }

  async #body(command: string, given: unknown): Promise<object> {
    if (!Object.hasOwn(schemas, command)) throw new Error(`"${command}" is not known to this debugger.`);
    const known = command as Command;
    const parsed = schemas[known].safeParse(given ?? {});
    if (!parsed.success)
      throw new Error(`${command}: ${parsed.error.issues[0]?.message ?? 'wrong arguments'}`);
    const handler = this.#handlers[known] as (content: unknown) => Promise<object> | object;
    return handler(parsed.data);
  }

  readonly #handlers: { readonly [Name in Command]: (content: Arguments<Name>) => Promise<object> | object } =
    {
      initialize: () => ({
        supportsConfigurationDoneRequest: true,
        supportsConditionalBreakpoints: true,
        supportsLogPoints: true,
        supportsEvaluateForHovers: true,
        supportsModulesRequest: true,
        supportsTerminateRequest: true,
        supportTerminateDebuggee: false,
        exceptionBreakpointFilters: [{ filter: raised, label: 'Thrown exceptions', default: false }],
      }),
      attach: async () => {
        await this.#session.attach();
        return {};
      },
      configurationDone: () => ({}),
      debugInfo: () => ({
        isStarted: this.#session.isAttached,
        ...this.#session.sources.naming,
        breakpoints: this.#session.breakpoints.list,
        stoppedThreads: this.#session.frames ? [threadId] : [],
        richRendering: true,
        exceptionPaths: [raised],
        copyToGlobals: true,
      }),
      dumpCell: ({ code }) => ({ sourcePath: this.#session.sources.cellPath(code) }),
      // Also before somebody attaches: they hold from then on.
      setBreakpoints: async ({ source, breakpoints }) => {
        // JupyterLab reads the list without a look at whether the request succeeded.
        const answered = await this.#session.turns
          .take(() => this.#session.breakpoints.replace(source.path, breakpoints))
          .catch((error: unknown): readonly AnsweredBreakpoint[] => {
            const [{ path }, message] = [source, messageOf(error)];
            return breakpoints.map(({ line }) => ({ verified: false, line, source: { path }, message }));
          });
        return { breakpoints: answered };
      },
      setExceptionBreakpoints: async ({ filters }) => {
        await this.#session.pauseOnExceptions(filters.includes(raised));
        const message = `Only "${raised}" is known: whether an await catches an error is not known when it is thrown.`;
        return {
          breakpoints: filters.map((filter) =>
            filter === raised ? { verified: true } : { verified: false, message },
          ),
        };
      },
      source: ({ source, sourceReference }) => {
        const content = this.#session.sources.text(source?.path ?? '');
        if (content === undefined)
          throw new Error(`There is no source "${source?.path ?? String(sourceReference)}" in this session.`);
        return { content, mimeType: 'text/typescript' };
      },
      modules: () => {
        const modules = this.#session.sources.files.map(({ path, label }) => ({
          id: path,
          name: label,
          path,
        }));
        return { modules, totalModules: modules.length };
      },
      threads: () => ({ threads: [{ id: threadId, name: 'Cells' }] }),
      stackTrace: ({ startFrame, levels }) => {
        const frames = this.#session.frames ?? [];
        const asked = frames.slice(startFrame, levels ? startFrame + levels : undefined);
        const stackFrames = asked.map(({ id, name, place: { path, label, line, column } }) => ({
          ...{ id, name, line, column },
          source: { name: label, path, sourceReference: 0 },
        }));
        return { stackFrames, totalFrames: frames.length };
      },
      scopes: ({ frameId }) =>
        this.#session.turns.take(async () => ({
          scopes: await scopesOf(this.#session.frame(frameId), this.#session.variables),
        })),
      variables: ({ variablesReference, ...part }) =>
        this.#session.turns.take(async () => ({
          variables: await this.#session.variables.inside(variablesReference, part),
        })),
      inspectVariables: () =>
        this.#session.turns.reading(async () => {
          await this.#session.release();
          const { variables } = this.#session;
          return { variables: await variables.inside(variables.hold({ kind: 'cells' })) };
        }),
      richInspectVariables: ({ variableName, frameId }) =>
        this.#session.asked(frameId, (...where) => this.#rich(variableName, ...where)),
      evaluate: ({ expression, frameId }) =>
        this.#session.asked(frameId, async (...where) => {
          const value = await this.#session.evaluate(expression, ...where);
          const { value: result, variablesReference } = await this.#beside(where[0], () =>
            this.#session.variables.line('', value),
          );
          return { result, variablesReference };
        }),
      copyToGlobals: ({ srcVariableName, dstVariableName, srcFrameId }) =>
        this.#session.turns.take(() => this.#copy(srcVariableName, dstVariableName, srcFrameId)),
      continue: async () => {
        await this.#session.go('Debugger.resume');
        return { allThreadsContinued: true };
      },
      next: () => this.#session.go('Debugger.stepOver'),
      stepIn: () => this.#session.go('Debugger.stepInto'),
      stepOut: () => this.#session.go('Debugger.stepOut'),
      pause: async () => {
        await this.#session.pause();
        return {};
      },
      disconnect: () => this.#session.end(),
      terminate: () => this.#session.end(),
    };

  /** Gives a value of a frame to later cells, under a name of theirs. */
  async #copy(from: string, to: string, frameId: number): Promise<object> {
    const { ask } = this.#session.engine;
    const frame = this.#session.frame(frameId);
    const source = await this.#session.compiled(from, frame);
    const declared = await this.#parts.declare(`let ${to}: any;`);
    if (!declared.ok) throw new Error(declared.diagnostics[0]?.message ?? `"${to}" is no name.`);
    const expression = declared.cell.code;
    valueOf(await ask('Runtime.evaluate', { expression, silent: true, objectGroup: heldGroup }));
    const code = `${variableOf(to)} = (${source.replace(/;\s*$/, '')})`;
    await evaluateIn(this.#session.frame(frame.id), code, ask);
    return {};
  }

  /** What is asked of a frame has its turn already; beside the queue, a cell may have begun meanwhile. */
  #beside<T>(frame: Frame | undefined, work: () => Promise<T>): Promise<T> {
    return frame ? work() : this.#session.turns.reading(work);
  }

  /** A value as a cell would show it; types that show themselves later appear as text while the cells stand. */
  async #rich(name: string, frame: Frame | undefined, group: string): Promise<object> {
    const value = await this.#session.evaluate(name, frame, group);
    const { ask } = this.#session.engine;
    const call = await this.#beside(frame, async () => {
      const hook = await this.#session.engine.hook();
      return ask('Runtime.callFunctionOn', {
        objectId: hook.objectId,
        functionDeclaration: `function (value) { return this.${frame ? 'bundle' : 'bundleLater'}(value); }`,
        arguments: [argumentOf(value)],
        returnByValue: frame !== undefined,
        objectGroup: group,
        silent: true,
      });
    });
    const shown = valueOf(call);
    const asked = { promiseObjectId: shown.objectId, returnByValue: true };
    const settled = frame ? shown : valueOf(await ask('Runtime.awaitPromise', asked));
    const bundle = settled.value as DisplayBundle | undefined;
    return { data: bundle?.data ?? { 'text/plain': 'undefined' }, metadata: bundle?.metadata ?? {} };
  }
}
