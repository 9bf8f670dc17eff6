/** Wrong flags: refused before anything is connected, in one sentence that names the flag and the value. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { inFlags } from '../../src/cli/flag-words.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';
import { classOfLabel, labelClasses, rowCodec } from '../../src/cli/row-flags.ts';
import {
  BadRecordError,
  PartitionMismatchError,
  UnknownTopicError,
  type KafkaRecord,
} from '../../src/kafka/index.ts';
import {
  PollIntervalExceededError,
  RecordsTooLargeError,
  TopicRecreatedError,
} from '../../src/kafka/read-errors.ts';
import { RecordTooLargeError } from '../../src/kafka/errors.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { checkLabels } from '../../src/serving/labels.ts';

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

async function refusal(argv: readonly string[]): Promise<string> {
  const streams = { stdout: new Text(), stderr: new Text() };
  // Nobody listens there: what is not refused beforehand fails with exit code 1.
  const code = await run([...argv, '--brokers', '127.0.0.1:1'], streams);
  assert.deepEqual({ argv, code, out: streams.stdout.text }, { argv, code: 2, out: '' }, streams.stderr.text);
  return streams.stderr.text;
}

const train = ['train', 't', '-g', 'g', '--checkpoint', 'c', '--columns', '3'];
const write = ['write', 'f.csv', '-t', 't'];

describe('a wrong value of a flag', () => {
  for (const [flag, values, before] of [
    ['--max', ['-1', '1.5', 'NaN', '', 'ten', '1e3', '99999999999999999999'], ['read', 't']],
    ['--from', ['noon', '-', '2024-02-30', '1.5', 'sensor 7'], ['read', 't']],
    ['--to', ['beginning', '-5', '2024-13-01'], ['read', 't']],
    ['--partition', ['-1', 'a', '0,,1', ''], ['read', 't']],
    ['--retry-for', ['-1', 'soon'], ['read', 't']],
    [
      '--shadow-bound',
      ['-1', 'NaN', ''],
      ['serve', 't', '--to', 'p', '-g', 'g', '--models', 'm', '--shadow'],
    ],
    ['--timeout', ['-1', 'x'], ['read', 't', '--follow']],
    ['--timeout', ['-1', 'x'], ['lag', 'g', '--wait']],
    ['--timeout', ['0', 'x', '2147484', '1e999'], ['course', 'check']],
    ['--timeout', ['2147484'], ['course', 'grade', 'f']],
    ['--timeout', ['2147484'], ['course', 'slides']],
    ['--at-most', ['-1', 'NaN'], ['lag', 'g', '--wait']],
    ['--partitions', ['0', '-1', '2.5', 'many'], ['topics', 'create', 't']],
    ['--replication', ['0', 'x'], ['topics', 'create', 't']],
    ['--set', ['cleanup.policy', '=compact'], ['topics', 'create', 't']],
    ['--rate', ['0', '-1', 'NaN', 'Infinity', '0x10', ''], write],
    ['--delimiter', ['', ';;', '.', '"', '5'], write],
    ['--decimal', [';', ''], write],
    ['--time-unit', ['us', 'seconds', ''], write],
    ['--compression', ['zip', ''], write],
    ['--drop', ['', 'a,,b'], write],
    ['--speed', ['0', '-2', 'NaN'], ['replay', '--from-topic', 'a', '-t', 't', '--by-timestamps']],
    ['--max-pause', ['0', 'x'], ['replay', '--from-topic', 'a', '-t', 't', '--by-timestamps']],
    ['--reason', ['bad', ''], ['dead-letters', 't']],
    ['--columns', ['0', '-1', 'nine', '1.5'], train.slice(0, -2)],
    ['--label', ['-1', 'Class', ''], train],
    ['--labels', ['2', '2=0', '2=0,4=2', '2=0,2=1', '=0,4=1', ''], train],
    ['--epochs', ['0', 'x'], train],
    ['--batch-size', ['0', '3.5'], train],
    ['--seed', ['-1', '4294967296'], train],
    ['--stream-timeout', ['-2', ''], train],
    ['--learning-rate', ['0', '-1', 'NaN', '1e999'], train],
    ['--hidden', ['0', '8,', '8,-1', '0x10', ''], train],
    ['--dropout', ['1', '-0.1', '0.2,', 'NaN', ''], [...train, '--hidden', '8,4']],
    ['--max-row-bytes', ['0', 'big'], train],
    ['--scaler', ['robust'], train],
  ] as const)
    test(`${before[0]} ${flag} ${values.map((value) => JSON.stringify(value)).join(' ')}`, async () => {
      for (const value of values) {
        const said = await refusal([...before, flag, value]);
        assert.match(said, /^error ST_CLI_USAGE: [^\n]+\n$/);
        assert.ok(said.includes(flag) && said.includes(value), said);
      }
    });
});

test('an option that is given twice and says two things is refused; some may be repeated', async () => {
  for (const [argv, message] of [
    [[...write, '--drop', 'a', '--drop', 'b'], /--drop a and --drop b: only one/],
    [[...write, '-d', ';', '--delimiter=|'], /--delimiter ; and --delimiter \|: only one/],
    [[...write, '--header', '--no-header'], /--header and --no-header: only one/],
    [['topics', 'create', 't', '-p', '1', '-p', '2'], /--partitions 1 and --partitions 2: only one/],
    [['-b', 'a:1', 'read', 't'], /--brokers a:1 and --brokers 127\.0\.0\.1:1: only one/],
    // The one that is refused is the last: the others may be there twice.
    [['read', 't', '-q', '-q', '--max', '2', '--max', '2', '-c', 'a=1', '-c', 'b=2', '--to', '-5'], /--to/],
    [['read', 't', '--partition', '0,1,0'], /--partition.*Each partition may be there once/],
  ] as const)
    assert.match(await refusal(argv), message);
});

test('flags that say nothing beside the others are refused, not ignored', async () => {
  for (const [argv, message] of [
    [['read', 't', '--timeout', '5'], /--timeout goes with --follow/],
    [['read', 't', '--follow', '--to', 'end'], /--follow never stops and --to does/],
    [['read', 't', '--group', 'g', '--from', '3'], /cannot be used with option '--from/],
    [['lag', 'g', '--timeout', '5'], /--timeout go with --wait/],
    [['lag', 'g', '--at-most', '5'], /--at-most and --timeout go with --wait/],
    [['replay', '-t', 't', '--from-topic', 'a', '-r', '5', '--key', 'x'], /--key: only with a file/],
    [
      ['replay', '-t', 't', '--from-topic', 'a', '-r', '5', '-d', ';', '--no-header'],
      /--header, --delimiter: only/,
    ],
    [['replay', 'f.csv', '-t', 't', '-r', '5', '--from', '3'], /--from: only with --from-topic/],
    [['replay', 'f.csv', '-t', 't', '--by-timestamps'], /needs --time-column/],
    [[...train, '--dropout', '0.2'], /--dropout goes with --hidden/],
    [[...train, '--hidden', '8', '--dropout', '0.2,0.3'], /one share for all hidden layers/],
    [['topics', 'list', 'extra'], /too many arguments/],
    [['read', 't', '--limit', '0'], /unknown option '--limit'/],
  ] as const)
    assert.match(await refusal(argv), message);
});

describe('errors of the library speak of flags', () => {
  let program: Command;
  before(async () => {
    const streams = { stdout: new Text(), stderr: new Text() };
    program = await wholeProgram({ signal: new AbortController().signal, streams });
  });
  const command = (name: string) => program.commands.find((one) => one.name() === name)!;
  const record = (key: string, value: string): KafkaRecord => ({
    ...{ topic: 't', partition: 0, offset: 7, timestamp: 0, headers: {} },
    ...{ key: Buffer.from(key), value: Buffer.from(value) },
  });

  test('calls become commands, options become flags', () => {
    const maxRecords = { option: 'maxRecords', value: -1, expected: 'a number >= 0' };
    for (const [error, name, message] of [
      [new UnknownTopicError({ topic: 'a' }), 'read', /"streamtrain topics create a --partitions 1"/],
      [
        new PartitionMismatchError({ topic: 'a', wanted: 2, found: 3 }),
        'write',
        /Use --partitions 3.*"streamtrain topics delete a"/,
      ],
      [new InvalidOptionError(maxRecords), 'read', /^--max is -1/],
      [new InvalidOptionError(maxRecords), 'train', /^--records is -1/],
      [
        new InvalidOptionError({ option: 'batchSize', value: 0, expected: 'a whole number >= 1' }),
        'train',
        /^--batch-size is 0/,
      ],
      [
        new InvalidOptionError({ option: 'partition[1]', value: 'x', expected: 'a partition' }),
        'read',
        /^--partition\[1\] is "x"/,
      ],
      [new Error('or raise "retryForMs".'), 'read', /or raise --retry-for\./],
      [new Error('smaller (maxRecords). Then'), 'train', /smaller \(--records\)\. Then/],
      [new Error('a field "value" stays'), 'train', /a field "value" stays/],
      [new UnknownTopicError({ topic: 'maxRows' }), 'train', /^Topic "maxRows" does not exist/],
      [
        new RecordTooLargeError({ topic: 't', bytes: 2_000_000, maxRequestBytes: 1_048_576 }),
        'write',
        /1048576 of --max-request-bytes.*raise --max-request-bytes/,
      ],
      [
        new RecordsTooLargeError({ topic: 't', partition: 0, offset: 3, maxRecordBytes: 9 }),
        'read',
        /raise --max-record-bytes\./,
      ],
      [
        new TopicRecreatedError({ topic: 't', idBefore: 'a', idNow: 'b' }),
        'train',
        /set --on-topic-recreated restart, or/,
      ],
      [
        new PollIntervalExceededError({ groupId: 'g', maxPollIntervalMs: 9 }),
        'train',
        /smaller \(--records\)/,
      ],
    ] as const)
      assert.match(inFlags(error, command(name)), message);
  });

  test('a record that cannot be read: the flags that may help, and no call', () => {
    const codec = rowCodec({ columns: 2, label: 'key', delimiter: ',' });
    for (const [key, value, cure] of [
      ['1', '1;2', /--columns.*--delimiter.*--skip-bad/],
      ['1', '1,?', /--missing/],
      ['2', '1,2', /the label is 2, not 0 or 1 .*--labels 2=0,4=1.*--label says/],
      ['1', '1'.repeat(70_000), /--max-row-bytes/],
    ] as const)
      assert.throws(
        () => codec.decode(record(key, value)),
        (error: Error) => {
          assert.ok(error instanceof BadRecordError);
          const said = inFlags(error, command('train'));
          assert.match(said, cure);
          assert.match(said, /partition 0, offset 7/);
          assert.doesNotMatch(said, /onBad|deadLetters\(/);
          return true;
        },
      );
  });

  test('a delimiter that was not given is what the first row shows, said once, and kept', () => {
    const said: string[] = [];
    const codec = rowCodec({ columns: 2, label: 'key' }, (text) => said.push(text));
    assert.deepEqual([...codec.decode(record('1', '1.5;2')).xs], [1.5, 2]);
    assert.deepEqual([...codec.decode(record('1', '3;4')).xs], [3, 4]);
    assert.equal(said.length, 1);
    assert.match(said[0]!, /";" .*--delimiter ';'/);
    assert.throws(() => codec.decode(record('1', '3,4')), /expected 2 columns, found 1/);
    const commas = rowCodec({ columns: 2, label: 'key' }, (text) => said.push(text));
    assert.throws(() => commas.decode(record('1', 'a,b')), /not-a-number/);
    assert.throws(() => commas.decode(record('1', '1;2')), /expected 2 columns, found 1/);
    assert.throws(() => rowCodec({ columns: 3, label: 'key' }).decode(record('1', '1;2')), /found 1/);
    assert.equal(said.length, 1);
  });

  test('labels in keys are told apart by all digits; in a column they are the numbers that were read', () => {
    const classes = '9007199254740992=0,1234567890123456768=1';
    const inKeys = rowCodec({ columns: 1, label: 'key', labels: labelClasses(classes) });
    const inColumn = rowCodec({ columns: 2, label: '1', delimiter: ',', labels: labelClasses(classes) });
    const classOf = (key: string): number => inKeys.decode(record(key, '5')).ys;
    assert.deepEqual(['9007199254740992', '+1234567890123456768'].map(classOf), [0, 1]);
    for (const key of ['9007199254740993', '1234567890123456800', '1234567890123456769'])
      assert.throws(() => classOf(key), { reason: 'bad-label' }, key);
    assert.equal(inColumn.decode(record('', '5,1234567890123456768')).ys, 1);
    assert.throws(() => inColumn.decode(record('', '5,9007199254740993')), { code: 'ST_KAFKA_BAD_RECORD' });
    const odd = rowCodec({
      columns: 2,
      label: '1',
      labels: labelClasses('9007199254740993=1,0.1=0,16777216=0'),
    });
    assert.throws(() => odd.decode(record('', '5,9007199254740992')), { reason: 'bad-label' });
    const decoded = (value: string) => {
      const ys = new Float32Array(1);
      odd.decodeInto(record('', value), new Float32Array(1), 0, ys);
      return ys[0];
    };
    assert.deepEqual(['5,0.1', '5,16777216'].map(decoded), [0, 0]);
    assert.throws(() => decoded('5,16777217'), { reason: 'bad-label' });
  });

  test('labels of any text become classes; one that was not named is bad', () => {
    const texts = rowCodec({ columns: 1, label: 'key', delimiter: ';', labels: labelClasses('B=0, M=1') });
    const numbers = rowCodec({ columns: 2, label: '1', delimiter: ',', labels: labelClasses('2=0,4=1') });
    assert.deepEqual([texts.decode(record('B', '5')).ys, texts.decode(record(' M ', '5')).ys], [0, 1]);
    assert.deepEqual([numbers.decode(record('', '5,2')).ys, numbers.decode(record('', '5,4.0')).ys], [0, 1]);
    const ys = new Float32Array(2);
    numbers.decodeInto(record('', '5,4'), new Float32Array(2), 1, ys);
    assert.deepEqual([...ys], [0, 1]);
    assert.throws(() => texts.decode(record('b', '5')), /the label is "b", which is not among B, M/);
    assert.throws(() => texts.decode(record('', '5')), /the label is ""/);
    assert.throws(() => numbers.decode(record('', '5,3')), /the label is "3", which is not among 2, 4/);
  });
});

test('a secret on the command line is warned about by its name, without its value, unless --quiet', async () => {
  const call = async (...flags: string[]): Promise<string> => {
    const streams = { stdout: new Text(), stderr: new Text() };
    await run(['topics', 'list', '--brokers', '127.0.0.1:1', ...flags], streams);
    return streams.stderr.text;
  };
  const setting = ['-c', 'sasl.username=ada', '-c', 'sasl.password=hunter2'];
  const warned = await call(...setting);
  assert.match(warned, /^-c sasl\.password=\.\.\. shows a secret .*STREAMTRAIN_SASL_PASSWORD instead\.\n/);
  assert.doesNotMatch(warned, /hunter2/);
  assert.doesNotMatch(await call(...setting, '--quiet'), /shows a secret/);
  assert.doesNotMatch(await call('-c', 'client.id=me'), /shows a secret/);
});

test('no command has a flag of its own by the name of one that all commands have', async () => {
  const program = await wholeProgram({
    signal: new AbortController().signal,
    streams: { stdout: new Text(), stderr: new Text() },
  });
  const shared = program.options.map(({ long }) => long);
  const ownFlags = (command: Command): string[] =>
    command.commands.flatMap((each) => [
      ...each.options.filter(({ long }) => shared.includes(long)).map(({ long }) => `${each.name()} ${long}`),
      ...ownFlags(each),
    ]);
  assert.deepEqual(ownFlags(program), []);
});

test('labels that come later, or are named by --labels, are decimal numbers, as in rows', () => {
  const { decode } = checkLabels({ topic: 't' });
  const read = (text: string) =>
    decode({
      ...{ topic: 't', partition: 0, offset: 0, timestamp: 0, key: null, headers: {} },
      value: Buffer.from(text),
    });
  assert.deepEqual([' 1 ', '+1.0', '1e0', '0x1', '0b1', '', 'Infinity'].map(read), [
    1,
    1,
    1,
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
  const labels = labelClasses('2=0,4=1');
  assert.deepEqual(
    ['4', '4.0', ' 4', '0x4', '0b100', ''].map((text) => classOfLabel(labels, text)),
    [...[1, 1, 1], ...[NaN, NaN, NaN]],
  );
});

test('the options of a connection are refused by a command that would pass them over', async () => {
  const connection = [
    ['--brokers', 'a:9092'],
    ['--client-id', 'me'],
    ['--name-prefix', 'own.'],
    ['--config', 'ssl.ca.location=ca.pem'],
  ];
  const commands: readonly (readonly [readonly string[], readonly string[]])[] = [
    ...['versions', 'list', 'install', 'uninstall'].map((one) => [['kernel', one], []] as const),
    ...['lint', 'strip'].map((one) => [['course', one], []] as const),
    ...['check', 'slides'].map(
      (one) =>
        [
          ['course', one],
          ['--brokers', '--name-prefix'],
        ] as const,
    ),
    [['course', 'grade', 'answers'], ['--brokers']],
    ...[['init', 'my-stream'], ['setup'], ['doctor'], ['completion', 'bash'], ['kafka', 'status']].map(
      (argv) => [argv, []] as const,
    ),
    [['engines', 'status'], []],
    [['worker', '--stdin'], []],
    [['worker', '--score', 'checkpoints'], []],
    [['export', 'checkpoints', '--format', 'onnx', '--to', 'elsewhere'], []],
    [['predict', 'f.csv', '--model', 'checkpoints'], []],
    [['serve-http', '--models', 'checkpoints'], []],
  ];
  for (const [argv, taken] of commands) {
    for (const [flag = '', value = ''] of connection) {
      if (taken.includes(flag)) continue;
      const streams = { stdout: new Text(), stderr: new Text() };
      const code = await run([...argv, flag, value], streams);
      const answer = `${argv.join(' ')} ${flag}: ${streams.stdout.text}${streams.stderr.text}`;
      assert.deepEqual([code, streams.stdout.text], [2, ''], answer);
      assert.match(streams.stderr.text, new RegExp(`${flag}: `), answer);
    }
  }
});
