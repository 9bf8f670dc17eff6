/** The options by which commands are told from where to where a topic is read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { StartAt, StopAt } from '../kafka/index.ts';
import { isoTime } from './times.ts';
import { list, wholeNumber } from './values.ts';

/** As commander gives them. */
export interface ReadingFlags {
  retryFor?: number;
  maxRecordBytes?: number;
  onTopicRecreated?: 'error' | 'restart';
}

/** As commander gives them. */
export interface RangeFlags extends ReadingFlags {
  from?: StartAt;
  to?: StopAt;
  partition?: number[];
  max?: number;
}

/** Adds the options by which every command that reads says how hard it tries, and what it accepts. */
export function withReadingFlags(command: Command): Command {
  return command
    .option(
      '--retry-for <ms>',
      'how long brokers that do not answer are tried again (default: 60000)',
      wholeNumber(0),
    )
    .option(
      '--max-record-bytes <bytes>',
      'most that a compressed batch of records may unpack to (default: 134217728)',
      wholeNumber(1),
    )
    .addOption(
      new Option(
        '--on-topic-recreated <what>',
        'a topic that was deleted and created again: an error (default), or restart at its beginning',
      ).choices(['error', 'restart']),
    );
}

/** The options of a data set that these flags mean. */
export function readingOptions({ retryFor, maxRecordBytes, onTopicRecreated }: ReadingFlags) {
  return {
    ...(retryFor === undefined ? {} : { retryForMs: retryFor }),
    ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
    ...(onTopicRecreated === undefined ? {} : { onTopicRecreated }),
  };
}

/** Adds the options to a command. */
export function withRangeFlags(command: Command): Command {
  return withReadingFlags(command)
    .option(
      '--from <where>',
      'beginning, end, an offset, -N (N before the end), or an ISO 8601 time (without a zone: UTC)',
      startAt,
    )
    .option('--to <where>', 'end (as of now), an offset, or an ISO 8601 time', stopAt)
    .option('--partition <numbers>', 'only these partitions, with commas between', partitions)
    .option('-n, --max <rows>', 'at most so many records', wholeNumber(0));
}

/** The options of `fromKafka` that the flags mean. */
export function rangeOptions(flags: RangeFlags) {
  const { from, to, partition, max } = flags;
  return {
    ...readingOptions(flags),
    ...(from === undefined ? {} : { offset: from }),
    ...(to === undefined ? {} : { stop: to }),
    ...(partition === undefined ? {} : { partition }),
    ...(max === undefined ? {} : { maxRecords: max }),
  };
}

function startAt(text: string): StartAt {
  if (text === 'beginning' || text === 'end') return text;
  if (/^-\d{1,15}$/.test(text)) return { beforeEnd: -Number(text) };
  const at = offsetOrMoment(text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    'It must be beginning, end, an offset, -N, or a time such as 2026-01-31T12:00Z.',
  );
}

function stopAt(text: string): StopAt {
  if (text === 'end') return text;
  const at = offsetOrMoment(text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError('It must be end, an offset, or a time such as 2026-01-31T12:00Z.');
}

function offsetOrMoment(text: string): number | { timestamp: number } | undefined {
  if (/^\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  const timestamp = isoTime(text);
  return timestamp === undefined || timestamp < 0 ? undefined : { timestamp };
}

function partitions(text: string): number[] {
  return list(text).map(wholeNumber(0));
}
