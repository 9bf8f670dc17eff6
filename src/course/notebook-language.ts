/** The language of a notebook: its metadata says it, and its Setup makes figures and verdicts follow. */
import { languages, type Language } from '../language.ts';
import { textOf, type Notebook } from './notebook-file.ts';

/** The sections every chapter has, in each language. */
export const SECTIONS: Readonly<
  Record<Language, { readonly setup: string; readonly all: readonly string[] }>
> = {
  en: { setup: 'Setup', all: ['Overview', 'Setup', 'Summary', 'Exercises'] },
  zh: { setup: '准备', all: ['概览', '准备', '小结', '练习'] },
};

const SAYS = /\buseLanguage\(\s*['"`](\w*)['"`]\s*\)/g;
const OPTION = /\blanguage: *['"`]\w*['"`]/;
const FIRST_LINE: Readonly<Record<Language, RegExp>> = { en: /^\/\/ Exercise \d/, zh: /^\/\/ 练习 \d/ };

/**
 * The language that a notebook's metadata say (`metadata.streamtrain.language`); English where they say none, or one that
 * there is not.
 */
export function languageOfNotebook({ metadata }: Notebook): Language {
  const said = metadata.streamtrain?.language;
  return languages.find((language) => language === said) ?? 'en';
}

/**
 * What is amiss with a notebook's language, each as a sentence. A notebook that is not English says its language once, in
 * Setup, and then nowhere; an English one leaves it to the class (`STREAMTRAIN_LANGUAGE`).
 *
 * @param setup the ids of the cells of the section Setup
 */
export function languageProblems(notebook: Notebook, setup: readonly string[]): string[] {
  const said = notebook.metadata.streamtrain?.language;
  const language = languageOfNotebook(notebook);
  const problems: string[] = [];
  if (said !== undefined && said !== language)
    problems.push(`its metadata say the language ${JSON.stringify(said)}; there are ${languages.join(', ')}`);
  const code = notebook.cells
    .filter((cell) => cell.cell_type === 'code')
    .map(({ id, source }) => ({ id, text: textOf(source) }));
  const calls = code.flatMap(({ id, text }) => [...text.matchAll(SAYS)].map(([, which]) => ({ id, which })));
  if (language === 'en') {
    for (const { id, which } of calls)
      problems.push(`${id}: says the language "${which}", and the notebook's metadata do not`);
  } else {
    const right = calls.length === 1 && calls[0]?.which === language && setup.includes(calls[0].id);
    if (!right) problems.push(`Setup does not say useLanguage('${language}') once, as the metadata do`);
    for (const { id, text } of code)
      if (OPTION.test(text)) problems.push(`${id}: gives a language, which Setup has said for all`);
  }
  for (const { id, text } of code)
    for (const other of languages)
      if (other !== language && FIRST_LINE[other].test(text))
        problems.push(`${id}: the first line of its answer is in another language`);
  return problems;
}
