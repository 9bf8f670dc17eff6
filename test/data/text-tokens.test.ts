/** Tweets are cut into words, marks and faces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tweetTokens } from '../../src/data/index.ts';

const cases: Record<string, [text: string, tokens: string][]> = {
  'words come in lower case and lose their drawl, and shouting is noted': [
    ['Good FRIENDS', 'good friends <caps>'],
    ['I am sooooo happyyy', 'i am soo happyy'],
    ['LMAO, AMAZING!', 'lmao amazing !'],
    ["It's a self-cleaning B-day", "it's a self-cleaning b-day"],
  ],
  'names, links, numbers and hashtags stand for themselves': [
    ['@anonymous look at http://url_removed', '<name> look at <url>'],
    ['see www.example.org/a?b=c, ok', 'see <url> ok'],
    ['wow http://url_removed! =D', 'wow <url> ! =D'],
    ['17 of 12,000 at 3:30', '<number> of <number> at <number>'],
    ['#Gratitude #1 #fb2', '#gratitude <number> #fb2'],
    ['mail me@home.org', 'mail me home org'],
    ['Http://url_removed HTTPS://a.b/c WWW.a.b', '<url> <url> <url>'],
  ],
  'letters with accents are the same however they are coded': [['Cafe\u0301 Café', 'café café']],
  'faces, hearts and emoji are kept whole': [
    [":) :-) :D =) ;) :( :'( :/ (: xD <3 </3", ":) :-) :D =) ;) :( :'( :/ (: xD <3 </3"],
    ['miss you &lt;3 &amp; co', 'miss you <3 co'],
    ['ok ^_^ -_- O_O T_T', 'ok ^_^ -_- O_O T_T'],
    ['👍🏽👨‍👩‍👧😀', '👍🏽 👨‍👩‍👧 😀'],
    ['go 🇩🇪🇫🇷!', 'go 🇩🇪 🇫🇷 !'],
    ['at:Dublin (home) list: (a)', 'at dublin home list a'],
  ],
  'a negator turns the words up to the next mark': [
    ['I do not like this, but that', 'i do not NOT_like NOT_this but that'],
    ["don't wait! go", "don't NOT_wait ! go"],
    ['I can’t stop :) really', "i can't NOT_stop :) NOT_really"],
    ['cant want plant', 'cant NOT_want NOT_plant'],
    ['never. again', 'never again'],
  ],
  'marks tell how loud it is': [
    ['yes! yes!! yes!!!!', 'yes ! yes !! yes !!'],
    ['what? what?? what?!! hm...', 'what ? what ?? what ?! hm ...'],
    ['', ''],
    [' \t ', ''],
    ['"*&^"', ''],
  ],
};

for (const [title, examples] of Object.entries(cases)) {
  test(title, () => {
    for (const [text, tokens] of examples) assert.equal(tweetTokens(text).join(' '), tokens, text);
  });
}

test('any text gives tokens without white space, the same each time, and quickly', () => {
  const pieces = fc.constantFrom(
    'not ',
    "n't ",
    ':',
    ')',
    '(',
    '<',
    '3',
    '-',
    '_',
    '^',
    "'",
    'ooo',
    'A',
    'é',
    '😀',
    '@a',
    '#',
    ' ',
    '.',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(pieces, { maxLength: 200 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const tokens = tweetTokens(text);
      assert.deepEqual(tweetTokens(text), tokens);
      assert.ok(tokens.every((token) => token.length > 0 && !/\s/.test(token)));
    }),
  );
});

test('a hostile text of one mark takes no more than linear time', () => {
  for (const mark of ['(', ':', '-', '_', "'", '<', '!', 'o', '1:', 'a-', '#', '@', '#1', 'www.)']) {
    const started = performance.now();
    tweetTokens(mark.repeat(20_000));
    assert.ok(performance.now() - started < 5_000, mark);
  }
});
