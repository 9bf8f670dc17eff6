/** Questions to the user, answered in the notebook's input box. */
import { kernelBridge } from './bridge.ts';

/**
 * Asks for a line of text.
 *
 * @param fallback what an empty answer means; default the empty text
 * @throws what the kernel throws when the front end takes no input, or the cell is interrupted
 * @example
 * ```ts
 * const name = await prompt('Your name?', 'nobody');
 * ```
 */
export async function prompt(message = '', fallback = ''): Promise<string> {
  const answer = await kernelBridge('prompt').input(spaced(message), false);
  return answer === '' ? fallback : answer;
}

/** Asks a question until the answer is yes or no; an empty answer is no. */
export async function confirm(message = 'Sure?'): Promise<boolean> {
  for (;;) {
    const answer = (await kernelBridge('confirm').input(`${message} [y/N] `, false)).trim().toLowerCase();
    if (['y', 'yes', 'true', '1'].includes(answer)) return true;
    if (['', 'n', 'no', 'false', '0'].includes(answer)) return false;
  }
}

/** Asks for a secret; what is typed is neither shown nor stored in the notebook. */
export async function password(message = 'Password:'): Promise<string> {
  return kernelBridge('password').input(spaced(message), true);
}

/** Shows a message and waits until the user presses Enter. */
export async function alert(message = ''): Promise<void> {
  await kernelBridge('alert').input(`${spaced(message)}[Enter] `, false);
}

function spaced(message: string): string {
  return message === '' || /\s$/.test(message) ? message : `${message} `;
}
