/** Completion for bash, zsh and fish, written from the tree of commands, so that it knows what the commands know. */
import { Argument, type Command, type Option } from 'commander';
import type { Bind } from './context.ts';

/** The shells there is a completion for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
/** One of {@link shells}. */
export type Shell = (typeof shells)[number];

/** What may stand at a place: some words, a file, or something that only the user knows. */
type Values = readonly string[] | 'files' | 'none';

/** One word that may follow, with what it is for. */
interface Word {
  readonly text: string;
  readonly about: string;
}

/** An option as a command has it. */
interface Flag {
  readonly names: readonly string[];
  readonly about: string;
  /** Not there: it takes no value. */
  readonly values?: Values;
}

/** One command: `''` is the program, `/topics/create` a subcommand. */
interface Place {
  readonly at: string;
  readonly words: readonly Word[];
  readonly flags: readonly Flag[];
  /** What may stand where neither a subcommand nor an option does. */
  readonly values: Values;
}

/** Adds its flags, its help and what it does to the command. @param whole gives the program with everything loaded */
export function completionCommand(command: Command, bind: Bind, whole: () => Promise<Command>): void {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      '\nExample:\n  $ streamtrain completion bash\n' +
        '\nWrite what it prints into a file that the shell reads at its next start:' +
        '\n  bash  ~/.local/share/bash-completion/completions/streamtrain' +
        '\n  zsh   _streamtrain, in a folder of $fpath (before compinit)' +
        '\n  fish  ~/.config/fish/completions/streamtrain.fish\n',
    )
    .action(
      bind(async ({ output, refuseConnection }, [shell]) => {
        refuseConnection('what is printed is the same for every broker.');
        output.line(completionScript(await whole(), shell as Shell).trimEnd());
      }),
    );
}

/** The script that a shell reads. @param program the whole command, every subcommand loaded */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '', []);
  return { bash, zsh, fish }[shell](program.name(), places);
}

function placesOf(command: Command, at: string, shared: readonly Flag[]): readonly Place[] {
  const own = command.options.filter(({ hidden }) => !hidden).map(flagOf);
  const isProgram = command.parent === null;
  const flags = [...own, { names: ['-h', '--help'], about: 'show the help' }, ...shared];
  const words = command.commands.map((child) => ({ text: child.name(), about: firstSentence(child) }));
  const isHelp = at === '/help';
  const place: Place = {
    at,
    words: isHelp
      ? command.parent!.commands.map((one) => wordOf(one)).filter(({ text }) => text !== 'help')
      : words,
    flags,
    values: isHelp ? 'none' : valuesOfArguments(command.registeredArguments),
  };
  // What the program takes may stand behind every command, but for its version.
  const passedOn = isProgram ? own.filter(({ names }) => !names.includes('--version')) : shared;
  return [place, ...command.commands.flatMap((child) => placesOf(child, `${at}/${child.name()}`, passedOn))];
}

const wordOf = (command: Command): Word => ({ text: command.name(), about: firstSentence(command) });

function firstSentence(command: Command): string {
  return command
    .description()
    .split(/[.:;]\s/)[0]!
    .replace(/\.$/, '');
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const about = option.description.split(/[;(]/)[0]!.trim();
  // A value that may be left out is never waited for.
  if (!option.required) return { names, about };
  return { names, about, values: option.argChoices ?? (isFile(option.flags) ? 'files' : 'none') };
}

function valuesOfArguments(registered: readonly Argument[]): Values {
  const choices = registered.flatMap(({ argChoices }) => argChoices ?? []);
  if (choices.length > 0) return choices;
  return registered.some((one) => isFile(one.name())) ? 'files' : 'none';
}

const isFile = (name: string): boolean => /\b(file|folder|notebooks?)\b/.test(name);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Patterns of a `case` for what is known at all places: subcommands, and options whose value follows. */
function patterns(places: readonly Place[], separator: string): { commands: string; valued: string } {
  const deeper = places.filter(({ at }) => at !== '').map(({ at }) => quoted(at));
  const valued = places.flatMap(({ at, flags }) =>
    flags.flatMap(({ names, values }) => (values ? names.map((name) => quoted(`${at}/${name}`)) : [])),
  );
  return { commands: deeper.join(separator), valued: valued.join(separator) };
}

/** The branches of a `case` over options that take a value, where something is known of it. */
function valueBranches(places: readonly Place[], does: (values: Values) => string): string {
  return places
    .flatMap(({ at, flags }) =>
      flags.flatMap(({ names, values }) =>
        values === undefined || values === 'none'
          ? []
          : [`      ${names.map((name) => quoted(`${at}/${name}`)).join(' | ')}) ${does(values)} ;;`],
      ),
    )
    .join('\n');
}

const allWords = ({ words, flags, values }: Place): string[] => [
  ...words.map(({ text }) => text),
  ...(typeof values === 'string' ? [] : values),
  ...flags.flatMap(({ names }) => names),
];

/** In bash and zsh alike: goes over the words before the cursor to the command they lead to, and offers what may follow. */
function atPlace(parts: {
  readonly places: readonly Place[];
  readonly offer: (values: Values) => string;
  readonly branches: readonly string[];
  readonly from: string;
  readonly word: string;
}): string {
  const { commands, valued } = patterns(parts.places, ' | ');
  return `  for ((${parts.from}; i++)); do
    word=\${${parts.word}}
    if [[ -n $option ]]; then option=''; continue; fi
    case "$at/$word" in
      ${commands}) at=$at/$word ;;
      ${valued}) option=$word ;;
    esac
  done
  if [[ -n $option ]]; then
    case "$at/$option" in
${valueBranches(parts.places, parts.offer)}
    esac
  else
    case "$at" in
${parts.branches.join('\n')}
    esac`;
}

/** Also for the bash of macOS, 3.2 of 2007: it has neither `mapfile` nor `compopt`. */
function bash(name: string, places: readonly Place[]): string {
  const offer = (values: Values): string =>
    values === 'files'
      ? `compopt -o filenames 2>/dev/null; _${name}_offer -f`
      : `_${name}_offer -W ${quoted([...values].join(' '))}`;
  const branches = places.map((place) => {
    const files = place.values === 'files' ? ` [[ $cur == -* ]] || { ${offer('files')}; return; };` : '';
    return `      ${quoted(place.at)})${files} ${offer(allWords(place))} ;;`;
  });
  return `# Completion of ${name} for bash: source it, or write it into ~/.local/share/bash-completion/completions/${name}
_${name}_offer() {
  local found
  while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen "$@" -- "$cur")
}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' option='' word i
  COMPREPLY=()
${atPlace({ ...{ places, offer, branches }, from: 'i = 1; i < COMP_CWORD', word: 'COMP_WORDS[i]' })}
  fi
}
if type compopt >/dev/null 2>&1; then complete -F _${name} ${name}; else complete -o filenames -F _${name} ${name}; fi
`;
}

function zsh(name: string, places: readonly Place[]): string {
  const offer = (values: Values): string =>
    values === 'files' ? '_files' : `compadd -- ${[...values].map(quoted).join(' ')}`;
  // In _describe a colon ends the word.
  const line = (text: string, about: string): string => quoted(`${text.replaceAll(':', '\\:')}:${about}`);
  const branches = places.map(({ at, words, flags, values }) => {
    const lines = [
      ...words.map(({ text, about }) => line(text, about)),
      ...(typeof values === 'string' ? [] : values.map((value) => line(value, ''))),
    ];
    const options = flags.flatMap(({ names, about }) => names.map((one) => line(one, about)));
    return `      ${quoted(at)}) lines=(${lines.join(' ')}); options=(${options.join(' ')})${values === 'files' ? '; files=yes' : ''} ;;`;
  });
  return `#compdef ${name}
# Completion of ${name} for zsh: source it behind compinit, or write it into a folder of $fpath as _${name}
_${name}() {
  local at='' option='' files='' word i
  local -a lines options
${atPlace({ ...{ places, offer, branches }, from: 'i = 2; i < CURRENT', word: 'words[i]' })}
    if [[ \${words[CURRENT]} == -* ]]; then
      _describe -o option options
    else
      [[ -n $files ]] && _files
      (( \${#lines} )) && _describe command lines
    fi
  fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fish(name: string, places: readonly Place[]): string {
  const { commands, valued } = patterns(places, ' ');
  const lines = places.flatMap(({ at, words, flags, values }) => {
    const here = `complete -c ${name} -n '__${name}_at "${at}"'`;
    const files = values === 'files' ? [`${here} -F`] : [];
    const given = typeof values === 'string' ? [] : values.map((value) => `${here} -a ${quoted(value)}`);
    return [
      ...words.map(({ text, about }) => `${here} -a ${text} -d ${quoted(about)}`),
      ...given,
      ...files,
      ...flags.map(
        ({ names, about, values: wanted }) => `${here}${spelt(names)}${taking(wanted)} -d ${quoted(about)}`,
      ),
    ];
  });
  return `# Completion of ${name} for fish: write it into ~/.config/fish/completions/${name}.fish
function __${name}_at
  set -l at ''
  set -l option ''
  for word in (commandline -opc)[2..-1]
    if test -n "$option"
      set option ''
      continue
    end
    switch "$at/$word"
      case ${commands}
        set at "$at/$word"
      case ${valued}
        set option $word
    end
  end
  test "$at" = "$argv[1]"
end
complete -c ${name} -f
${lines.join('\n')}
`;
}

const spelt = (names: readonly string[]): string =>
  names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join('');

function taking(values: Values | undefined): string {
  if (values === undefined) return '';
  if (values === 'files') return ' -r -F';
  return values === 'none' ? ' -x' : ` -x -a ${quoted([...values].join(' '))}`;
}
