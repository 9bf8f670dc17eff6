import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { StreamTrainError, failure } from '../src/errors.ts';

/** Something was asked of a topic that does not exist. */
class NoTopicError extends failure({
  code: 'ST_TEST_NO_TOPIC',
  says: ({ topic }: { topic: string }) => `Topic "${topic}" does not exist.`,
  cure: ({ topic }) => `Create it with createTopic('${topic}').`,
}) {}

abstract class RefusedError extends StreamTrainError {
  declare readonly fault: 'torn' | 'newer';
}

/** Sometimes worth another try. */
class TornError extends failure({
  code: 'ST_TEST_TORN',
  base: RefusedError,
  canRetry: true,
  says: ({ file }: { file: string; fault: 'torn' | 'newer'; canRetry?: boolean }) => `${file} is torn.`,
  cure: 'Delete it.',
}) {}

/** Nothing more is to be said about it. */
class EmptyError extends failure({
  code: 'ST_TEST_EMPTY',
  says: () => 'There is nothing.',
  cure: ({ hint = '' }: { hint?: string }) => hint,
}) {}

describe('a declared failure', () => {
  it('is a class with a code, a name, typed facts and one sentence that ends in what to do', () => {
    const error = new NoTopicError({ topic: 'cancer' });
    assert.ok(error instanceof NoTopicError && error instanceof StreamTrainError && error instanceof Error);
    const topic: string = error.topic;
    const code: 'ST_TEST_NO_TOPIC' = error.code;
    assert.equal(topic, 'cancer');
    assert.equal(code, NoTopicError.code);
    assert.equal(error.name, 'NoTopicError');
    assert.equal(error.message, `Topic "cancer" does not exist. Create it with createTopic('cancer').`);
    assert.match(error.stack ?? '', /^NoTopicError: Topic "cancer"/);
    assert.equal(error.canRetry, false);
    assert.ok(!('cause' in error), 'nothing led here');
  });

  it('keeps the error that led to it, and is caught by what it has in common with others', () => {
    const cause = new Error('disk full');
    const error = new TornError({ file: 'weights.bin', fault: 'torn', cause });
    assert.ok(error instanceof RefusedError);
    const fault: 'torn' | 'newer' = error.fault;
    assert.deepEqual([fault, error.file, error.cause], ['torn', 'weights.bin', cause]);
    assert.ok(!Object.keys(error).includes('cause'), 'as with errors of the language');
    assert.equal(error.canRetry, true);
    assert.equal(new TornError({ file: 'w', fault: 'torn', canRetry: false }).canRetry, false);
  });

  it('ends in one full stop, also where it ends in the sentence of another error', () => {
    class WriteError extends failure({
      code: 'ST_TEST_WRITE',
      says: ({ cause }: { cause: Error }) => `It could not be written: ${cause.message}.`,
      cure: 'Try again.',
    }) {}
    const said = (cause: string) => new WriteError({ cause: new Error(cause) }).message;
    for (const cause of ['the disk is full', 'the disk is full.'])
      assert.equal(said(cause), 'It could not be written: the disk is full. Try again.');
    assert.equal(said('no answer (5 s).'), 'It could not be written: no answer (5 s). Try again.');
    assert.equal(said('in ../.. too'), 'It could not be written: in ../.. too. Try again.');
    assert.equal(said('and so on..'), 'It could not be written: and so on... Try again.');
    const hint = 'Name another folder than /tmp/.. or ..';
    assert.equal(new EmptyError({ hint }).message, `There is nothing. ${hint}`);
  });

  it('needs no argument where it has no facts, and says nothing where nothing helps', () => {
    assert.equal(new EmptyError().message, 'There is nothing.');
    assert.equal(new EmptyError({ hint: 'Give more.' }).message, 'There is nothing. Give more.');
    const cause = new Error('closed');
    assert.equal(new EmptyError({ cause }).cause, cause);
  });
});
