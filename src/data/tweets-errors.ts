/** What can be wrong with a file of rated tweets. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** The file cannot be read. */
export class TweetsReadError extends StreamTrainError {
  readonly code = 'ST_DATA_TWEETS_READ';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(
      `The tweets in ${file} cannot be read: ${messageOf(cause)}. ratedTweets() of streamtrain/sources fetches them.`,
      { cause },
    );
    this.file = file;
  }
}

/** A line is no row of id, mean rating and text. */
export class TweetLineError extends StreamTrainError {
  readonly code = 'ST_DATA_TWEET_LINE';
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly value: string;

  constructor(file: string, line: number, value: string, problem: string) {
    const shown = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
    super(
      `${file}, line ${line} ${problem}: ${shown}. Expected id, mean rating and text with tabs between them; ` +
        'if the file is cut off, delete it and fetch it again.',
    );
    this.file = file;
    this.line = line;
    this.value = value;
  }
}
