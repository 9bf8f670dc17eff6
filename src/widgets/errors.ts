/** Every way controls fail on purpose. */
import { failure } from '../errors.ts';

/** Somebody was waited for where nobody can move a control: a run without a person, a script, another kernel. */
export class WidgetUnattendedError extends failure({
  code: 'ST_WIDGETS_UNATTENDED',
  says: ({ control }: { control: string }) =>
    `Nobody can move ${control} here, so nothing would ever come of waiting.`,
  cure: 'Run the cell in JupyterLab on a streamtrain kernel, or set the value in the cell.',
}) {}

/** A control that has been closed was waited for or changed. */
export class WidgetClosedError extends failure({
  code: 'ST_WIDGETS_CLOSED',
  says: ({ control }: { control: string }) => `${control} is closed.`,
  cure: 'Make another one.',
}) {}
