/** What later cells see of earlier ones: which cell a name comes from, and the text that brings it into scope. */
import { basename } from 'node:path';
import type { Declared } from './declared.ts';
import type { Bindings } from './rename.ts';

/** A name of an earlier cell. */
interface Binding extends Declared {
  /** The number of the text that declares it, see {@link stamped}. */
  readonly slot: number;
}

/** The text of a cell behind what brings earlier names into its scope, or of another file of the session. */
export interface SessionText {
  readonly text: string;
  readonly isJsx: boolean;
  /** The earlier cells whose names it needs. */
  readonly slots: ReadonlySet<number>;
}

/** What is kept of a cell besides its text. */
export interface AddedCell {
  readonly own: ReadonlyMap<string, Declared>;
  /** Imported names that follow the module's value. */
  readonly live: ReadonlySet<string>;
  /** It declares global things, which outlive its names. */
  readonly isGlobal: boolean;
}

/** Cells that ran have a file each, from a stock that grows by so many: so the program's structure stays. */
const stock = 64;

/**
 * The cells that ran, as modules. Each exports its names stamped with its slot (`x$3`), one module re-exports them all,
 * and a later cell begins with a line that imports those it needs under their own names.
 */
export class Session {
  readonly #bindings = new Map<string, Binding>();
  readonly #names = new Set<string>();
  readonly #followed = new Set<string>();
  readonly #needs = new Map<number, ReadonlySet<number>>();
  readonly #pinned = new Set<number>();
  readonly #write: (file: string, content: SessionText) => void;
  readonly #path: (name: string) => string;
  readonly #sessionFile: string;
  #slots = 0;

  /**
   * @param path full path of a file beside the cells, of a name without ending
   * @param write writes one of those files
   */
  constructor(path: (name: string) => string, write: (file: string, content: SessionText) => void) {
    this.#path = path;
    this.#write = write;
    this.#sessionFile = `./${basename(path('^session'))}`;
    this.#grow();
  }

  get bindings(): ReadonlyMap<string, Binding> {
    return this.#bindings;
  }

  /** Whether a script already declared the name as a lexical variable. */
  isDeclared(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * The names that code of a cell can speak of.
   *
   * @param own what the cell declares
   * @param live names of those that follow their module
   * @param hidden names that mean something else there
   */
  seenWith(
    own: ReadonlyMap<string, Declared>,
    live: ReadonlySet<string>,
    hidden: ReadonlySet<string> = new Set(),
  ): Bindings {
    const isEarlier = (name: string) => this.#names.has(name) || this.#followed.has(name);
    const isOwn = (name: string) => own.get(name)?.binding ?? false;
    return {
      isBound: (name) => !hidden.has(name) && (isOwn(name) || isEarlier(name)),
      isFollowed: (name) =>
        isOwn(name) ? live.has(name) : this.#followed.has(name) && !this.#names.has(name),
      isConstant: (name) => (own.get(name)?.binding ? own : this.#bindings).get(name)?.constant ?? false,
    };
  }

  /** The line that brings earlier names into scope of a cell that declares `own` and may use `used` (all if absent). */
  prefix(
    own: ReadonlyMap<string, Declared>,
    used?: ReadonlySet<string>,
  ): { text: string; slots: Set<number> } {
    const imports: string[] = [];
    const declarations: string[] = [];
    const slots = new Set<number>();
    for (const binding of this.#bindings.values()) {
      const { name } = binding;
      const mine = own.get(name);
      const other = mine ? companion(mine, binding) : binding.assignable ? plain(binding) : '';
      if (other === undefined || (used && !used.has(name) && !mine)) continue;
      slots.add(binding.slot);
      imports.push(`${stamped(binding)} as ${other === '' ? name : foreign(name)}`);
      declarations.push(other);
    }
    const text = `import { ${imports.join(', ')} } from '${this.#sessionFile}';${declarations.join('')}\n`;
    return { text, slots };
  }

  /** Keeps a cell that began to run. */
  add(cell: SessionText & AddedCell): void {
    const slot = this.#free();
    const names: string[] = [];
    for (const declared of cell.own.values()) {
      const before = this.#bindings.get(declared.name);
      const both = before !== undefined && companion(declared, before) !== undefined;
      const binding = {
        ...declared,
        slot,
        value: declared.value || both,
        type: declared.type || both,
        assignable: declared.value ? declared.assignable : (before?.assignable ?? false),
        constant: declared.value ? declared.constant : (before?.constant ?? false),
        alias: declared.alias ?? (both ? before.alias : undefined),
      };
      this.#bindings.set(declared.name, binding);
      if (declared.binding) (cell.live.has(declared.name) ? this.#followed : this.#names).add(declared.name);
      names.push(`${declared.name} as ${stamped(binding)}`);
    }
    this.#needs.set(slot, cell.slots);
    if (cell.isGlobal) this.#pinned.add(slot);
    const text = `${cell.text}\nexport { ${names.join(', ')} };\n`;
    this.#write(this.#path(slotFile(slot)), { text, isJsx: cell.isJsx, slots: cell.slots });
  }

  /** A slot whose names no later cell can see or depends on, or a new one. */
  #free(): number {
    const alive = new Set<number>(this.#pinned);
    const keep = (slot: number): void => {
      if (alive.has(slot)) return;
      alive.add(slot);
      this.#needs.get(slot)?.forEach(keep);
    };
    for (const slot of this.#pinned) this.#needs.get(slot)?.forEach(keep);
    for (const { slot } of this.#bindings.values()) keep(slot);
    for (let slot = 0; slot < this.#slots; slot++) if (!alive.has(slot)) return slot;
    this.#grow();
    return this.#slots - stock;
  }

  #grow(): void {
    const first = this.#slots;
    this.#slots += stock;
    for (let slot = first; slot < this.#slots; slot++) {
      this.#write(this.#path(slotFile(slot)), ownText(`import {} from '${this.#sessionFile}';\n`));
    }
    const all = Array.from(
      { length: this.#slots },
      (_, slot) => `export * from './${basename(this.#path(slotFile(slot)))}';\n`,
    );
    this.#write(this.#path('^session'), ownText(all.join('')));
  }
}

function ownText(text: string): SessionText {
  return { text, isJsx: false, slots: new Set() };
}

function slotFile(slot: number): string {
  return `^cell-${slot}`;
}

/** The name a slot exports a binding by. */
function stamped({ name, slot }: Pick<Binding, 'name' | 'slot'>): string {
  return `${name}$st${slot}`;
}

/** What an imported name is called that is declared again under its own name. */
function foreign(name: string): string {
  return `${name}$st`;
}

/** Whether a name is one that this file makes, not the user. */
export function isStamped(name: string): boolean {
  return /\$st\d*$/.test(name);
}

/** A name that may be given another value, and keeps its type where it has one, too. */
function plain({ name, alias }: Binding): string {
  return `declare let ${name}: typeof ${foreign(name)};${alias ? typeOf(name, alias) : ''}`;
}

function typeOf(name: string, { parameters, names }: NonNullable<Declared['alias']>): string {
  const given = names.length > 0 ? `<${names.join()}>` : '';
  return `type ${name}${parameters} = ${foreign(name)}${given};`;
}

/** A type of this cell and a value of an earlier one (or the reverse) share a name, as they would in one file. */
function companion(own: Declared, earlier: Declared): string | undefined {
  const { name } = own;
  if (!own.value && own.alias && earlier.value && (!earlier.type || earlier.alias)) {
    return `declare ${earlier.assignable ? 'let' : 'const'} ${name}: typeof ${foreign(name)};`;
  }
  return own.value && !own.type && earlier.alias ? typeOf(name, earlier.alias) : undefined;
}
