/** Cells that only ask for help: `?name`, `name?` or `name??`, as in IPython. */
import type { LanguageClient } from './language-client.ts';

const question = /^\s*(\?{0,2})\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\s*(\?{0,2})\s*;?\s*$/u;

/** The pager payload for such a cell; none for any other. */
export async function pageRequest(code: string, language: LanguageClient): Promise<object | undefined> {
  const match = question.exec(code);
  if (!match) return undefined;
  const [, before = '', name = '', after = ''] = match;
  if (before === '' && after === '') return undefined;
  const detail = before.length > 1 || after.length > 1 ? 1 : 0;
  const found = await language.inspect(name, name.length, detail);
  const plain = found?.plain ?? `Nothing is known of ${name}.`;
  const data = { 'text/plain': plain, ...(found && { 'text/markdown': found.markdown }) };
  return { source: 'page', data, start: 0 };
}
