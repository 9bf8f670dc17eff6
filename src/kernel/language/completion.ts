/** Completions at a cursor: by type, by value where the type says nothing, and of names that an import would bring. */
import type { CompletionList, LiveValues } from '../contracts.ts';
import type { Importable } from './export-index.ts';
import { isStamped } from './session.ts';
import { compiler, type CompletionEntry, type LanguageService } from './typescript.ts';
import { ownerAt, type Cursor } from './value-paths.ts';

const ts = compiler();

type Entry = CompletionList['entries'][number];

/** At most so many entries are given. */
const most = 1000;

/** Completes; `importable` finds exports by the beginning of their name. */
export async function completionsAt(
  service: LanguageService,
  at: Cursor,
  importable: (prefix: string) => readonly Importable[],
  live: LiveValues | undefined,
): Promise<CompletionList> {
  const { source, cursor, file, offset } = at;
  const info = service.getCompletionsAtPosition(file, offset + cursor, {
    includeCompletionsForModuleExports: false,
    includeCompletionsWithInsertText: false,
    includeCompletionsForImportStatements: false,
  });
  const before = source.slice(0, cursor);
  const word = /[\p{ID_Continue}$#]*$/u.exec(before)![0];
  const found = info?.entries ?? [];
  const span = found.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  const isKnown = found.length > 0 && !isGuess(found);
  const owner = live && ownerAt(service, at);
  const from = span ? Math.max(0, span.start - offset) : (owner?.from ?? cursor - word.length);
  const to = span ? Math.min(source.length, Math.max(cursor, span.start + span.length - offset)) : cursor;
  const typed = source.slice(from, cursor);

  const entries = new Map<string, Entry>();
  for (const each of sorted(found)) {
    if (
      isStamped(each.name) ||
      each.name.includes('^') ||
      isHidden(each.name, typed) ||
      !fits(each.name, typed)
    )
      continue;
    entries.set(each.name, { text: each.name, kind: kindOf(each.kind) });
  }
  const isMember = /\.\s*[\p{ID_Continue}$#]*$/u.test(before);
  if (live && owner && (!isKnown || owner.takesAnyName)) {
    if (!isKnown) entries.clear();
    for (const name of await live.propertiesOf(owner.path)) {
      if (fits(name, typed) && !entries.has(name))
        entries.set(name, { text: name, kind: 'property', detail: 'live' });
    }
  } else if (!isMember && !span && word.length > 1 && info?.isGlobalCompletion) {
    for (const { name, module, isDefault } of importable(word)) {
      if (entries.has(name)) continue;
      const what = isDefault ? name : `{ ${name} }`;
      entries.set(name, { text: name, kind: 'module', detail: `import ${what} from '${module}'` });
    }
  }
  return { from, to, entries: [...entries.values()].slice(0, most) };
}

/** Words of the text, offered where TypeScript knows nothing better. */
function isGuess(found: readonly CompletionEntry[]): boolean {
  return found.every(({ kind }) => kind === ts.ScriptElementKind.warning);
}

function sorted(found: readonly CompletionEntry[]): CompletionEntry[] {
  const usable = found.filter(
    ({ kind, source }) => kind !== ts.ScriptElementKind.warning && source === undefined,
  );
  return usable.sort((one, other) => compare(one.sortText, other.sortText) || compare(one.name, other.name));
}

/** Folders such as `.git`. */
function isHidden(name: string, typed: string): boolean {
  return /^\.[^./]/.test(name) && !typed.startsWith('.');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function fits(name: string, typed: string): boolean {
  return name.slice(0, typed.length).toLowerCase() === typed.toLowerCase();
}

/** Jupyter front ends draw icons for these: they know the names that VS Code has for kinds. */
function kindOf(kind: string): string {
  return kinds[kind] ?? kind;
}

const kinds: Readonly<Record<string, string>> = {
  const: 'constant',
  let: 'variable',
  var: 'variable',
  'local var': 'variable',
  using: 'variable',
  'await using': 'variable',
  alias: 'variable',
  parameter: 'variable',
  'local function': 'function',
  'local class': 'class',
  type: 'class',
  'type parameter': 'typeParameter',
  'primitive type': 'keyword',
  'enum member': 'enumMember',
  getter: 'property',
  setter: 'property',
  accessor: 'property',
  'JSX attribute': 'property',
  index: 'property',
  call: 'method',
  construct: 'constructor',
  'external module name': 'module',
  script: 'module',
  directory: 'folder',
  string: 'value',
  label: 'text',
  link: 'reference',
  'link name': 'reference',
  'link text': 'text',
};
