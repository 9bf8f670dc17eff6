/** The user's files as modules: each version of a file, with what it imports, is a module of its own. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { hooks } from '../cell-names.ts';
import { stampOf } from '../language/files.ts';
import { javaScriptOptions, ProjectSettings } from '../language/settings.ts';
import { compiler, type CompilerOptions } from '../language/typescript.ts';
import { JSON, Map, Object, Set, String, URL, encodeURIComponent } from '../primordials.ts';
import { readFacts, type FileFacts } from './facts.ts';
import { compileRequired, forgetRequired, SourceStore } from './node-loaders.ts';
import { resolveLocal } from './resolve.ts';
import { transpile } from './transpile.ts';

type Load = (specifier: string, options?: ImportCallOptions) => Promise<object>;

/** What {@link LocalModules} needs. */
interface LocalModulesOptions {
  readonly cwd: string;
  /** Modules that stand in for packages, by specifier. */
  readonly replacements: Readonly<Record<string, object>>;
  readonly addSourceMap: (fileName: string, sourceMap: string) => void;
  readonly mapComment: (sourceMap: string) => string;
}

/** Loads the user's files, compiled and versioned; everything else is left to Node. */
export class LocalModules {
  readonly replacements: Readonly<Record<string, object>>;
  readonly #cwd: string;
  readonly #addSourceMap: LocalModulesOptions['addSourceMap'];
  readonly #mapComment: LocalModulesOptions['mapComment'];
  readonly #facts = new Map<string, FileFacts>();
  /** What the files name that were looked at for the import in progress. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();
  readonly #store = new SourceStore();
  readonly #loaders = new Map<string, Load>();
  /** Versions of the CommonJS modules that `require` holds. */
  readonly #required = new Map<string, string>();
  readonly #settings: ProjectSettings;
  /** The project's settings, looked at once for each import. */
  #options: CompilerOptions | undefined;
  #compilesRequired = false;

  constructor({ cwd, replacements, addSourceMap, mapComment }: LocalModulesOptions) {
    this.#cwd = cwd;
    this.replacements = replacements;
    this.#settings = new ProjectSettings(cwd);
    this.#addSourceMap = addSourceMap;
    this.#mapComment = mapComment;
  }

  /** Whether the project resolves modules as bundlers do (also without a `tsconfig.json`). */
  get isBundlers(): boolean {
    const { module, moduleResolution } = this.#project();
    const ts = compiler();
    if (moduleResolution !== undefined) return moduleResolution === ts.ModuleResolutionKind.Bundler;
    return module === undefined || module < ts.ModuleKind.Node16 || module > ts.ModuleKind.NodeNext;
  }

  /** `import()` as code in the file `from` means it. */
  async import(specifier: unknown, from: string, options?: ImportCallOptions): Promise<object> {
    const name = String(specifier);
    const replacement = this.#replacement(name);
    if (replacement) return replacement;
    this.#lookAgain();
    const file = this.#resolve(name, from);
    const load = this.#loader(from);
    if (file !== undefined) return load(this.#urlOf(file));
    try {
      return await load(name, options);
    } catch (error) {
      if (options || !isOfAttributes(error)) throw error;
      // A JSON file of a package, as TypeScript takes it: without saying so. Or a package lacks it, in an import of its own.
      return load(name, { with: { type: 'json' } }).catch((other: unknown) => {
        throw isOfAttributes(other) ? error : other;
      });
    }
  }

  /** `import.meta.resolve` of a cell. */
  resolve(specifier: string, from: string): string {
    this.#lookAgain();
    const file = this.#resolve(specifier, from);
    if (file !== undefined) return pathToFileURL(file).href;
    if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, pathToFileURL(from)).href;
    const parent = pathToFileURL(from).href;
    if (takesParent()) return import.meta.resolve(specifier, parent);
    const found = createRequire(from).resolve(specifier);
    return path.isAbsolute(found) ? pathToFileURL(found).href : found;
  }

  /** `require` for code in the file `from`: finds and compiles TypeScript, and loads again what was edited. */
  requireFrom(from: string, plain: NodeJS.Require): NodeJS.Require {
    const load = (specifier: string): unknown => {
      const replacement = this.#replacement(specifier);
      if (replacement) return replacement;
      this.#lookAgain();
      const file = this.#resolve(specifier, from);
      return file === undefined ? plain(specifier) : this.#require(file);
    };
    return Object.assign(load, plain);
  }

  /** Loads a file as CommonJS, again if it or what it needs was edited since. */
  load(file: string): unknown {
    this.#lookAgain();
    return this.#require(file);
  }

  #require(file: string): unknown {
    this.#compileRequired();
    for (const each of this.#reachable(file)) {
      const version = this.#version(each);
      if (this.#required.get(each) === version) continue;
      forgetRequired(each);
      this.#required.set(each, version);
    }
    return createRequire(file)(file);
  }

  /** A new import: files and settings may have been edited since the last one. */
  #lookAgain(): void {
    this.#seen.clear();
    this.#options = undefined;
  }

  #replacement(specifier: string): object | undefined {
    return Object.hasOwn(this.replacements, specifier) ? this.replacements[specifier] : undefined;
  }

  #resolve(specifier: string, from: string): string | undefined {
    return resolveLocal(specifier, from, () => this.#project());
  }

  #project(): CompilerOptions {
    return (this.#options ??= this.#settings.get().options);
  }

  /** `import` as Node does it from a place. */
  #loader(from: string): Load {
    let load = this.#loaders.get(from);
    if (!load) {
      load = new vm.Script('(specifier, options) => import(specifier, options)', {
        filename: from,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }).runInThisContext() as Load;
      this.#loaders.set(from, load);
    }
    return load;
  }

  #factsOf(file: string): FileFacts {
    const known = this.#facts.get(file);
    if (known && (this.#seen.has(file) || known.stamp === stampOf(file))) return known;
    const facts = readFacts(file);
    this.#facts.set(file, facts);
    return facts;
  }

  /** The user's files that a file names; looked up once for each import. */
  #targetsOf(file: string): ReadonlyMap<string, string> {
    const known = this.#seen.get(file);
    if (known) return known;
    const targets = new Map<string, string>();
    for (const specifier of this.#factsOf(file).specifiers) {
      const target = this.#resolve(specifier, file);
      if (target !== undefined) targets.set(specifier, target);
    }
    this.#seen.set(file, targets);
    return targets;
  }

  /** The file and all of the user's files that it needs, directly or not. */
  #reachable(file: string): Set<string> {
    const found = new Set([file]);
    for (const each of found) for (const target of this.#targetsOf(each).values()) found.add(target);
    return found;
  }

  /** A digest of the texts of a file and of all it needs: equal versions run the same code. */
  #version(file: string): string {
    const hash = createHash('sha256').update(JSON.stringify(javaScriptOptions(this.#project())));
    for (const each of [...this.#reachable(file)].sort())
      hash.update(`${each}\0${this.#factsOf(each).digest}\n`);
    return hash.digest('hex').slice(0, 12);
  }

  /** The URL of the file's current version; its source, and that of what it needs, is ready for the loader after it. */
  #urlOf(file: string): string {
    const urls = new Map<string, string>();
    const files = new Set([file]);
    for (const each of files) {
      const url = `${pathToFileURL(each).href}?v=${this.#version(each)}`;
      urls.set(each, url);
      if (this.#store.has(url) || this.#factsOf(each).format !== 'module') continue;
      for (const target of this.#targetsOf(each).values()) files.add(target);
    }
    for (const [each, url] of urls) if (!this.#store.has(url)) this.#provide(each, url, urls);
    return urls.get(file)!;
  }

  /** Gives the loader the source of a file; `urls` has those of what it imports. */
  #provide(file: string, url: string, urls: ReadonlyMap<string, string>): void {
    const facts = this.#factsOf(file);
    if (facts.format === 'json') {
      // As text: in a literal, a key `__proto__` would be the prototype.
      const text = JSON.stringify(JSON.stringify(JSON.parse(facts.text.replace(/^\uFEFF/, ''))));
      this.#store.set(url, `export default JSON.parse(${text});`);
    } else if (facts.format === 'commonjs') {
      this.#store.set(url, facade(`load(${JSON.stringify(file)})`, facts.exports));
    } else {
      const target = (specifier: string): string | undefined => {
        if (this.#replacement(specifier)) return this.#replacementUrl(specifier);
        const other = this.#targetsOf(file).get(specifier);
        return other === undefined ? undefined : urls.get(other);
      };
      const { code, sourceMap } = transpile(facts, 'module', this.#project(), target);
      this.#addSourceMap(file, sourceMap);
      this.#store.set(url, code);
    }
  }

  #replacementUrl(specifier: string): string {
    const url = `${pathToFileURL(path.join(this.#cwd, 'replacement')).href}?of=${encodeURIComponent(specifier)}`;
    if (!this.#store.has(url)) {
      const names = Object.keys(this.replacements[specifier]!);
      this.#store.set(url, facade(`replacements[${JSON.stringify(specifier)}]`, names));
    }
    return url;
  }

  /** Lets `require` compile TypeScript, wherever a file of the user's asks for it. */
  #compileRequired(): void {
    if (this.#compilesRequired) return;
    this.#compilesRequired = true;
    compileRequired(['.ts', '.tsx', '.mts', '.cts'], (file) => {
      const target = (specifier: string) => this.#resolve(specifier, file);
      const { code, sourceMap } = transpile(this.#factsOf(file), 'commonjs', this.#project(), target);
      this.#addSourceMap(file, sourceMap);
      return code + this.#mapComment(sourceMap);
    });
  }
}

/** Whether an import failed since its attributes are missing, or are others than the file's. */
function isOfAttributes(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown };
  return /^ERR_IMPORT_(?:ASSERTION|ATTRIBUTE)_/.test(String(code));
}

/** Whether Node resolves for another file than the one that asks, which `--experimental-import-meta-resolve` allows. */
function takesParent(): boolean {
  const [parent, beside] = ['file:///a/a', './b'];
  return import.meta.resolve(beside, parent) === 'file:///a/b';
}

/** An ES module whose exports are the properties of a value found beside the cells' `import`. */
function facade(value: string, names: readonly string[]): string {
  const kept = names.filter(
    (name) => name !== 'default' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name),
  );
  const lines = kept.map(
    (name, index) => `const _${index} = whole.${name}; export { _${index} as ${name} };`,
  );
  return [`const whole = ${hooks.cells}.local.${value};`, 'export default whole;', ...lines].join('\n');
}
