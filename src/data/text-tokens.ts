/** Cuts a short public message into the pieces that carry its meaning. */

/** HTML's five entities, which Twitter's old API wrote instead of these characters. */
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const kinds = {
  url: String.raw`(?:[hH][tT]{2}[pP][sS]?:\/\/|[wW]{3}\.)[^\s<>"]*[^\s<>"!?.,;:)\]]`,
  // Before @names and words: :D, ;-), =/, :'(, (: and <3, ^_^, T_T, xD
  emoticon: String.raw`[<>]?[:;=]['’]?[-o^*]?(?:[)(\]\[}{|\\/@*3]+|[DPpOoSsXx$]+(?![\p{L}\p{N}]))|(?<![\p{L}\p{N}:])[)(\]\[]{1,9}[-o^]?[:;=](?![\p{L}\p{N}\/])|<\/?3+|(?<![\p{L}\p{N}])(?:\^_*\^|-_+-|>_+<|[oO][_.][oO]|[tT]_+[tT]|[xX]D+)(?![\p{L}\p{N}])`,
  name: String.raw`(?<![\p{L}\p{N}_])@\w+`,
  tag: String.raw`#[\p{L}\p{M}\p{N}_]*[\p{L}_][\p{L}\p{M}\p{N}_]*`,
  number: String.raw`\p{N}+(?:[.,:]\p{N}+)*(?![\p{L}\p{N}])`,
  word: String.raw`[\p{L}\p{N}][\p{L}\p{M}\p{N}_]*(?:['’*-]+[\p{L}\p{M}\p{N}]+)*`,
  emoji: String.raw`\p{RI}{2}|\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]?(?:\u200d\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]?)*`,
  shout: String.raw`[!?]+`,
  pause: String.raw`\.{2,}|…`,
  stop: String.raw`[.,;:]`,
} as const;

type Kind = keyof typeof kinds;

const piece = new RegExp(
  Object.entries(kinds)
    .map(([kind, pattern]) => `(?<${kind}>${pattern})`)
    .join('|'),
  'gu',
);

const negators = new Set(
  (
    'not no never none nobody nothing nowhere neither nor cannot without hardly barely aint arent cant couldnt didnt ' +
    'doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont wouldnt'
  ).split(' '),
);

/**
 * The tokens of a tweet, in their order:
 *
 * - words in lower case, three or more equal letters in a row as two (`soooo` as `soo`), with `NOT_` in front after a
 *   negator (`not`, `never`, `don't`, ...) until the next punctuation mark (S. Das, M. Chen: "Yahoo! for Amazon", 2001);
 * - `<url>`, `<name>` for any `@name`, `<number>`; hashtags in lower case with their `#`;
 * - emoticons and emoji as they are;
 * - `!`, `!!` for two or more, the same for `?`, and `?!` for a mixture; `...` for two or more dots;
 * - `<caps>` behind a word of three or more capitals in a text that also has small letters.
 *
 * HTML's `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&#39;` are read as what they stand for, and letters with
 * accents alike however they are coded (NFC). Other characters are left out.
 *
 * @example
 * ```ts run
 * tweetTokens('@anonymous I do NOT like this, sooo sad :('); // ['<name>', 'i', 'do', 'not', '<caps>', 'NOT_like',
 * // 'NOT_this', 'soo', 'sad', ':(']
 * ```
 */
export function tweetTokens(text: string): string[] {
  const plain = text.normalize('NFC').replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity]!);
  const mixed = /\p{Ll}/u.test(plain);
  const tokens: string[] = [];
  let negated = false;
  for (const { 0: found, groups } of plain.matchAll(piece)) {
    const kind = kindOf(groups!);
    if (kind !== 'word') {
      if (kind === 'shout' || kind === 'pause' || kind === 'stop') negated = false;
      const token = tokenOf(kind, found);
      if (token !== undefined) tokens.push(token);
      continue;
    }
    const word = shortened(found.toLowerCase().replaceAll('’', "'"));
    tokens.push(negated ? `NOT_${word}` : word);
    if (mixed && /^\p{Lu}{3,}$/u.test(found)) tokens.push('<caps>');
    if (negators.has(word) || word.endsWith("n't")) negated = true;
  }
  return tokens;
}

function kindOf(groups: Record<string, string | undefined>): Kind {
  for (const kind of Object.keys(kinds) as Kind[]) if (groups[kind] !== undefined) return kind;
  throw new Error('a piece of no kind'); // every alternative has a name
}

/** What is not a word; `undefined` for a mark that only ends a clause. */
function tokenOf(kind: Exclude<Kind, 'word'>, found: string): string | undefined {
  switch (kind) {
    case 'url':
    case 'name':
    case 'number':
      return `<${kind}>`;
    case 'tag':
      return found.toLowerCase();
    case 'shout':
      return found.includes('!') && found.includes('?') ? '?!' : found.slice(0, 2);
    case 'pause':
      return '...';
    case 'stop':
      return undefined;
    default:
      return found;
  }
}

function shortened(word: string): string {
  return word.replace(/(\p{L})\1{2,}/gu, '$1$1');
}
