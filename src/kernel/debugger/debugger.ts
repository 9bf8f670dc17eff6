/** The debugger of a kernel: answers Jupyter's debug requests, each by its command. */
import { messageOf } from '../../errors.ts';
import { hooks, variableOf } from '../cell-names.ts';
import type { DisplayBundle } from '../contracts.ts';
import { argumentOf, heldGroup, valueOf } from './inspector.ts';
import { schemas, type Arguments, type Command } from './requests.ts';
import { DebugSession, threadId, type DebuggerParts } from './session.ts';
import { evaluateIn, scopesOf } from './stop.ts';

/** Says what came of asking for exceptions. */
const raised = 'raised';

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

  /** A cell is about to run. */
  cellBegins(): Promise<void> {
    return this.#session.cellBegins();
  }

  /** The process of the cells has ended; a fresh one follows. */
  runnerEnded(): Promise<void> {
    return this.#session.runnerEnded();
  }

  /**
   * Answers a request with the body of its response.
   *
   * @throws Error with what the user may read
   */
  async request(command: string, given: unknown): Promise<object> {
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
        const told = await this.#session
          .inOrder(() => this.#session.breakpoints.replace(source.path, breakpoints))
          .catch((error: unknown) =>
            breakpoints.map(({ line }) => ({ verified: false, line, message: messageOf(error) })),
          );
        return { breakpoints: told };
      },
      setExceptionBreakpoints: async ({ filters }) => {
        await this.#session.pauseOnExceptions(filters.includes(raised));
        const message = `Only "${raised}" is known: whether an await catches an error cannot be told when it is thrown.`;
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
      scopes: async ({ frameId }) => ({
        scopes: await scopesOf(this.#session.frame(frameId), this.#session.variables),
      }),
      variables: async ({ variablesReference, ...part }) => ({
        variables: await this.#session.variables.inside(variablesReference, part),
      }),
      inspectVariables: async () => {
        await this.#session.release();
        return {
          variables: await this.#session.variables.inside(this.#session.variables.hold({ kind: 'cells' })),
        };
      },
      richInspectVariables: async ({ variableName, frameId }) => this.#rich(variableName, frameId),
      evaluate: async ({ expression, frameId }) => {
        const { value, variablesReference } = await this.#session.variables.line(
          '',
          await this.#session.evaluate(expression, frameId),
        );
        return { result: value, variablesReference };
      },
      copyToGlobals: async ({ srcVariableName, dstVariableName, srcFrameId }) => {
        const frame = this.#session.frame(srcFrameId);
        const source = await this.#session.compiled(srcVariableName, frame);
        const declared = await this.#parts.declare(`let ${dstVariableName}: any;`);
        if (!declared.ok)
          throw new Error(declared.diagnostics[0]?.message ?? `"${dstVariableName}" is no name.`);
        const { code: expression } = declared.cell;
        valueOf(
          await this.#session.ask('Runtime.evaluate', { expression, silent: true, objectGroup: heldGroup }),
        );
        const code = `${variableOf(dstVariableName)} = (${source.replace(/;\s*$/, '')})`;
        await evaluateIn(this.#session.frame(frame.id), code, this.#session.ask);
        return {};
      },
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

  /** A value as a cell would show it; types that show themselves later appear as text while the cells stand. */
  async #rich(name: string, frameId: number | undefined): Promise<object> {
    const value = await this.#session.evaluate(name, frameId);
    const held = { expression: hooks.debug, objectGroup: heldGroup };
    const hook = valueOf(await this.#session.ask('Runtime.evaluate', held));
    const answer = await this.#session.ask('Runtime.callFunctionOn', {
      objectId: hook.objectId,
      functionDeclaration: `function (value) { return this.${this.#session.frames ? 'bundle' : 'bundleLater'}(value); }`,
      arguments: [argumentOf(value)],
      returnByValue: true,
      awaitPromise: !this.#session.frames,
      silent: true,
    });
    const bundle = valueOf(answer).value as DisplayBundle | undefined;
    return { data: bundle?.data ?? { 'text/plain': 'undefined' }, metadata: bundle?.metadata ?? {} };
  }
}
