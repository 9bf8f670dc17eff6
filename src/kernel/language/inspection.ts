/** What a name means: its type, its documentation, where it is defined, and its value where the type says nothing. */
import type { LiveValues } from '../contracts.ts';
import { placeOf, readable } from './diagnostics.ts';
import { compiler, type JSDocTagInfo, type LanguageService, type SymbolDisplayPart } from './typescript.ts';
import { valueAt, type Cursor } from './value-paths.ts';

const ts = compiler();

interface Found {
  readonly signature: string;
  readonly documentation: string;
  readonly tags: readonly JSDocTagInfo[];
}

/** Explains what is at the cursor, or the call whose arguments it is among. */
export async function inspectionAt(
  service: LanguageService,
  at: Cursor,
  detail: 0 | 1,
  live: LiveValues | undefined,
): Promise<{ plain: string; markdown: string } | undefined> {
  const found = quickInfo(service, at) ?? signatureHelp(service, at);
  const path = live && valueAt(service, at);
  const vague = !found || /(?:: |=> )(?:any|unknown)$/m.test(found.signature);
  // Asked for before anything is waited for: meanwhile the text may become another cell's.
  const place = detail === 1 ? definition(service, at) : undefined;
  const preview = vague && live && path !== undefined ? await live.preview(path) : undefined;
  if (!found && preview === undefined) return undefined;
  const plain: string[] = [];
  const markdown: string[] = [];
  if (found) {
    plain.push(found.signature);
    markdown.push(fenced(found.signature, 'ts'));
  }
  if (preview !== undefined) {
    plain.push(`Value: ${preview}`);
    markdown.push(`Value:\n\n${fenced(preview, 'js')}`);
  }
  if (found && found.documentation !== '') {
    const text = detail === 0 ? firstParagraph(found.documentation) : found.documentation;
    plain.push(text);
    markdown.push(text);
  }
  if (found && detail === 1) {
    for (const tag of found.tags) {
      const text = readable(ts.displayPartsToString(tag.text));
      plain.push(`@${tag.name} ${text}`.trimEnd());
      markdown.push(tag.name === 'example' ? example(text) : `*@${tag.name}* ${text}`.trimEnd());
    }
    if (place !== undefined) {
      plain.push(`Defined in ${place}`);
      markdown.push(`Defined in \`${place}\``);
    }
  }
  return { plain: plain.join('\n\n'), markdown: markdown.join('\n\n') };
}

function quickInfo(service: LanguageService, { file, offset, cursor }: Cursor): Found | undefined {
  // At the end of a name, the name before the cursor is meant.
  for (const position of [offset + cursor, offset + cursor - 1]) {
    if (position < offset) continue;
    const info = service.getQuickInfoAtPosition(file, position);
    if (!info?.displayParts?.length || text(info.displayParts) === 'any') continue;
    return {
      signature: withoutImport(text(info.displayParts)),
      documentation: text(info.documentation),
      tags: info.tags ?? [],
    };
  }
  return undefined;
}

function signatureHelp(service: LanguageService, { file, offset, cursor }: Cursor): Found | undefined {
  const help = service.getSignatureHelpItems(file, offset + cursor, undefined);
  const item = help?.items[help.selectedItemIndex];
  if (!item) return undefined;
  const parameters = item.parameters.map((each) => text(each.displayParts));
  return {
    signature: `${text(item.prefixDisplayParts)}${parameters.join(', ')}${text(item.suffixDisplayParts)}`,
    documentation: text(item.documentation),
    tags: item.tags,
  };
}

function definition(service: LanguageService, { file, offset, cursor }: Cursor): string | undefined {
  const places = service.getDefinitionAtPosition(file, offset + cursor) ?? [];
  const [place] = places.filter(({ fileName }) => !/\/\^[^/]*$/.test(fileName));
  if (!place) return undefined;
  const source = service.getProgram()?.getSourceFile(place.fileName);
  if (!source) return place.fileName;
  return `${place.fileName}:${placeOf(source.text, place.textSpan.start).line}`;
}

/** Names of earlier cells are imports for TypeScript, not for the user. */
function withoutImport(signature: string): string {
  const plain = signature
    .replace(/\n?import [^\n]*\$st\d*[^\n]*$/, '')
    .replace(/\n?import [\p{ID_Continue}$]+$/u, '');
  return readable(plain === signature ? signature : plain.replace(/^\(alias\) /, ''));
}

function text(parts: readonly SymbolDisplayPart[] | undefined): string {
  return readable(ts.displayPartsToString(parts as SymbolDisplayPart[] | undefined));
}

function fenced(code: string, language: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

function example(text: string): string {
  return text.includes('```') ? `*@example*\n\n${text}` : `*@example*\n\n${fenced(text, 'ts')}`;
}

function firstParagraph(documentation: string): string {
  return documentation.split(/\n\s*\n/)[0]!;
}
