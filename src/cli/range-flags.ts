/** The options by which commands are told from where to where a topic is read. */
import { InvalidArgumentError, type Command } from 'commander';
import type { StartAt, StopAt } from '../kafka/index.ts';
import { list, moment, wholeNumber } from './values.ts';

/** As commander gives them. */
export interface RangeFlags {
  from?: StartAt;
  to?: StopAt;
  partition?: number[];
  max?: number;
}

/** Adds the options to a command. */
export function withRangeFlags(command: Command): Command {
  return command
    .option(
      '--from <where>',
      'beginning, end, an offset, -N (N before the end), or an ISO 8601 time',
      startAt,
    )
    .option('--to <where>', 'end (as of now), an offset, or an ISO 8601 time', stopAt)
    .option('--partition <numbers>', 'only these partitions, with commas between', partitions)
    .option('-n, --max <rows>', 'at most so many records', wholeNumber(0));
}

/** The options of `fromKafka` that the flags mean. */
export function rangeOptions({ from, to, partition, max }: RangeFlags) {
  return {
    ...(from === undefined ? {} : { offset: from }),
    ...(to === undefined ? {} : { stop: to }),
    ...(partition === undefined ? {} : { partition }),
    ...(max === undefined ? {} : { maxRecords: max }),
  };
}

function startAt(text: string): StartAt {
  if (text === 'beginning' || text === 'end') return text;
  if (/^-\d+$/.test(text)) return { beforeEnd: -Number(text) };
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
  if (/^\d+$/.test(text)) return Number(text);
  const timestamp = moment(text);
  return timestamp === undefined ? undefined : { timestamp };
}

function partitions(text: string): number[] {
  return list(text).map(wholeNumber(0));
}
