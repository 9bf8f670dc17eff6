/** Values as the variables' panel shows them: page by page, without running getters. */
import type { Runtime } from 'node:inspector';
import { holderOf, hooks, variableOf, withoutMarks } from '../cell-names.ts';
import { argumentOf, heldGroup as objectGroup, valueOf, type Inspector } from './inspector.ts';

/**
 * A line of the panel; `variablesReference` 0: nothing is inside. It has no `type`: JupyterLab would show that in place of
 * the value, whose text names its class.
 */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly variablesReference: number;
  readonly evaluateName?: string;
  readonly namedVariables?: number;
  readonly indexedVariables?: number;
}

/** What part of the inside is asked for. */
export interface Part {
  readonly filter?: 'indexed' | 'named' | undefined;
  readonly start?: number | undefined;
  readonly count?: number | undefined;
}

type Named = readonly [name: string, value: Runtime.RemoteObject | undefined];

/** What a reference stands for. */
type Holder =
  | {
      readonly kind: 'scopes';
      readonly objects: readonly string[];
      readonly self?: Runtime.RemoteObject | undefined;
    }
  | { readonly kind: 'cells' }
  | { readonly kind: 'object'; readonly object: Runtime.RemoteObject }
  | {
      readonly kind: 'slice';
      readonly object: Runtime.RemoteObject;
      readonly from: number;
      readonly to: number;
    };

/** So many elements of an array are shown at once. */
const page = 100;

const uninteresting = new Set(['[[Prototype]]', '[[FunctionLocation]]', '[[Scopes]]', '[[IsRevoked]]']);

/** The variables that a front end can ask for while the cells stand, or between cells. */
export class Variables {
  readonly #engine: Inspector;
  readonly #holders = new Map<number, Holder>();
  #last = 0;

  constructor(engine: Inspector) {
    this.#engine = engine;
  }

  /** A reference to look inside of. */
  hold(holder: Holder): number {
    this.#last += 1;
    this.#holders.set(this.#last, holder);
    return this.#last;
  }

  /** What was listed is no longer there: the code runs on. */
  forget(): void {
    this.#holders.clear();
  }

  /** What is behind a reference. */
  async inside(reference: number, part: Part = {}): Promise<readonly Variable[]> {
    const holder = this.#holders.get(reference);
    if (!holder) throw new Error('This value is no longer there: the code ran on.');
    switch (holder.kind) {
      case 'cells':
        return this.#paged(await this.#cells(), part, true);
      case 'scopes':
        return this.#paged(
          [
            ...(holder.self ? ([['this', holder.self]] as const) : []),
            ...(await this.#named(holder.objects)),
          ],
          part,
          true,
        );
      case 'slice': {
        const from = holder.from + (part.start ?? 0);
        const to = Math.min(holder.to, part.count ? from + part.count : holder.to);
        return this.#slice(holder.object, from, to);
      }
      case 'object':
        return this.#insideObject(holder.object, part);
    }
  }

  /** Names of the variables in these scopes. */
  async names(objects: readonly string[]): Promise<readonly string[]> {
    return (await this.#named(objects)).map(([name]) => name);
  }

  /** One value as a line. */
  async line(name: string, object: Runtime.RemoteObject): Promise<Variable> {
    const [line] = await this.#lines([[name, object]]);
    return line!;
  }

  /** What cells declared, last the latest. A cell that runs has names without a value as yet: those are left out. */
  async #cells(): Promise<Named[]> {
    const mark = variableOf('');
    const { names } = await this.#engine.ask('Runtime.globalLexicalScopeNames');
    const all = names.filter((name) => name.endsWith(mark));
    const reads = all.map((name) => {
      const plain = withoutMarks(name);
      const value = name === holderOf(plain) ? `${name}.${plain}` : name;
      return `try { all[${JSON.stringify(variableOf(plain))}] = ${value}; } catch {}`;
    });
    const expression = `(() => { const all = { __proto__: null }; ${reads.join(' ')} return all; })()`;
    const object = valueOf(
      await this.#engine.ask('Runtime.evaluate', { expression, objectGroup, silent: true }),
    );
    return this.#named([object.objectId!]);
  }

  /** Variables of scopes, the inner ones first: those hide others of the same name. */
  async #named(objects: readonly string[]): Promise<Named[]> {
    const found = new Map<string, Runtime.RemoteObject | undefined>();
    for (const objectId of objects) {
      const { result } = await this.#engine.ask('Runtime.getProperties', { objectId, ownProperties: true });
      for (const { name, value } of result) {
        const plain = withoutMarks(name);
        // What the compiler made for itself cannot be typed.
        if (/^[\p{ID_Start}$_#[][\p{ID_Continue}$\]]*$/u.test(plain) && !/[\u200C\u200D]/.test(plain))
          if (!found.has(plain)) found.set(plain, value);
      }
    }
    return [...found];
  }

  async #insideObject(
    object: Runtime.RemoteObject,
    { filter, start, count }: Part,
  ): Promise<readonly Variable[]> {
    const length = lengthOf(object);
    const elements = length > 0 && filter !== 'named';
    const lines: Variable[] = [];
    if (elements && (start !== undefined || count)) {
      const from = start ?? 0;
      return this.#slice(object, from, Math.min(length, count ? from + count : from + page));
    }
    if (elements && length <= page) lines.push(...(await this.#slice(object, 0, length)));
    else if (elements) lines.push(...this.#groups(object, 0, length));
    if (filter === 'indexed') return lines;
    const { result, internalProperties, privateProperties } = await this.#engine.ask(
      'Runtime.getProperties',
      {
        objectId: object.objectId,
        ownProperties: true,
        ...(length > 0 && { nonIndexedPropertiesOnly: true }),
      },
    );
    const named: Named[] = [
      ...result.filter(({ name }) => !(length > 0 && name === 'length')),
      ...(privateProperties ?? []),
      ...(internalProperties ?? []).filter(({ name }) => !uninteresting.has(name)),
    ].map(({ name, value }) => [name, value]);
    return [...lines, ...(await this.#paged(named, filter === 'named' ? { start, count } : {}))];
  }

  /** Parts of a long array, of 100 elements or of 100 parts. */
  #groups(object: Runtime.RemoteObject, from: number, to: number): Variable[] {
    let size = page;
    while ((to - from) / size > page) size *= page;
    const groups: Variable[] = [];
    for (let at = from; at < to; at += size) {
      const end = Math.min(at + size, to);
      groups.push({
        name: `[${at} … ${end - 1}]`,
        value: '',
        variablesReference: this.hold({ kind: 'slice', object, from: at, to: end }),
        indexedVariables: end - at,
      });
    }
    return groups;
  }

  async #slice(object: Runtime.RemoteObject, from: number, to: number): Promise<readonly Variable[]> {
    if (to - from > page) return this.#groups(object, from, to);
    const part = valueOf(
      await this.#engine.ask('Runtime.callFunctionOn', {
        objectId: object.objectId,
        functionDeclaration: `function (from, to) { return ${hooks.debug}.slice(this, from, to); }`,
        arguments: [{ value: from }, { value: to }],
        objectGroup,
        silent: true,
      }),
    );
    const { result } = await this.#engine.ask('Runtime.getProperties', {
      objectId: part.objectId,
      ownProperties: true,
    });
    return this.#lines(result.map(({ name, value }): Named => [name, value]));
  }

  #paged(all: readonly Named[], { start = 0, count }: Part, isScope = false): Promise<readonly Variable[]> {
    return this.#lines(all.slice(start, count ? start + count : undefined), isScope);
  }

  /** All at once: one question for many values. */
  async #lines(named: readonly Named[], isScope = false): Promise<readonly Variable[]> {
    const values = named.flatMap(([, value]) => (value ? [value] : []));
    const texts = values.length > 0 ? await this.#texts(values) : [];
    let at = 0;
    return named.map(([name, value]): Variable => {
      const evaluateName = isScope ? { evaluateName: name } : {};
      if (!value) {
        return {
          name,
          value: '(a getter: not run)',
          variablesReference: 0,
          ...evaluateName,
        };
      }
      const text = texts[at] ?? '';
      at += 1;
      const hasInside = value.objectId !== undefined && value.type !== 'symbol';
      const length = lengthOf(value);
      return {
        name,
        value: text,
        variablesReference: hasInside ? this.hold({ kind: 'object', object: value }) : 0,
        ...(length > 0 && { indexedVariables: length }),
        ...evaluateName,
      };
    });
  }

  async #texts(values: readonly Runtime.RemoteObject[]): Promise<readonly string[]> {
    const hook = await this.#engine.hook();
    const answer = await this.#engine.ask('Runtime.callFunctionOn', {
      objectId: hook.objectId,
      functionDeclaration: 'function (...values) { return this.lines(...values); }',
      arguments: values.map(argumentOf),
      returnByValue: true,
      silent: true,
    });
    return valueOf(answer).value as readonly string[];
  }
}

function lengthOf({ subtype, description = '' }: Runtime.RemoteObject): number {
  const isList = subtype === 'array' || subtype === 'typedarray';
  return isList ? Number(/\((\d+)\)$/.exec(description)?.[1] ?? 0) : 0;
}
