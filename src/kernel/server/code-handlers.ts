/** Questions about code: what may stand at the cursor, what a name is, whether a cell is complete. */
import { z } from 'zod';
import type { LanguageClient } from './language-client.ts';
import type { Handler, Handlers } from './handler.ts';

const atCursor = { code: z.string(), cursor_pos: z.int().min(0).default(Infinity) };
const completeRequest = z.object(atCursor);
const inspectRequest = z.object({
  ...atCursor,
  detail_level: z.union([z.literal(0), z.literal(1)]).default(0),
});
const isCompleteRequest = z.object({ code: z.string() });

/** While a cell runs, the answer comes from types only. */
const complete: Handler = async ({ wire, language }, request, channel) => {
  const { code, cursor_pos } = completeRequest.parse(request.content);
  const { from, to, entries } = await language.complete(code, toUnits(code, cursor_pos));
  const start = toCharacters(code, from);
  const end = toCharacters(code, to);
  await wire.reply(channel, request, 'complete_reply', {
    status: 'ok',
    matches: entries.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: {
      // JupyterLab and IPython show these beside the names.
      _jupyter_types_experimental: entries.map(({ text, kind, detail }) => ({
        text,
        type: kind,
        start,
        end,
        ...(detail === undefined ? {} : { signature: detail }),
      })),
    },
  });
};

/** While a cell runs, the answer comes from types only. */
const inspect: Handler = async ({ wire, language }, request, channel) => {
  const { code, cursor_pos, detail_level } = inspectRequest.parse(request.content);
  const found = await language.inspect(code, toUnits(code, cursor_pos), detail_level);
  await wire.reply(channel, request, 'inspect_reply', {
    status: 'ok',
    found: found !== undefined,
    data: found ? { 'text/plain': found.plain, 'text/markdown': found.markdown } : {},
    metadata: {},
  });
};

/** Whether Enter runs the cell or begins a new line. */
const isComplete: Handler = async ({ wire, language }, request, channel) => {
  const { code } = isCompleteRequest.parse(request.content);
  const found = helpAsked(code) ? { status: 'complete' } : await language.isComplete(code);
  await wire.reply(channel, request, 'is_complete_reply', { ...found });
};

/** The handlers of this file. */
export const codeHandlers: Handlers = {
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
};

const helpCell = /^\s*(\?{0,2})\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\s*(\?{0,2})\s*;?\s*$/u;

/** What a cell asks for that asks for help only: `?name`, `name?`, `name??`, as in IPython. */
function helpAsked(code: string): { readonly name: string; readonly detail: 0 | 1 } | undefined {
  const [, before = '', name = '', after = ''] = helpCell.exec(code) ?? [];
  if (before === '' && after === '') return undefined;
  return { name, detail: before.length > 1 || after.length > 1 ? 1 : 0 };
}

/** The pager payload for a cell that only asks for help; none for others. */
export async function helpPage(code: string, language: LanguageClient): Promise<object | undefined> {
  const asked = helpAsked(code);
  if (!asked) return undefined;
  const { name, detail } = asked;
  const found = await language.inspect(name, name.length, detail);
  const plain = found?.plain ?? `Nothing is known of ${name}.`;
  const data = { 'text/plain': plain, ...(found && { 'text/markdown': found.markdown }) };
  return { source: 'page', data, start: 0 };
}

/** Jupyter's cursor positions count Unicode characters, JavaScript's UTF-16 units: the units before `position`. */
function toUnits(text: string, position: number): number {
  let units = 0;
  let characters = 0;
  for (const character of text) {
    if (characters >= position) break;
    characters += 1;
    units += character.length;
  }
  return units;
}

/** The characters before the unit at `offset`. */
function toCharacters(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
