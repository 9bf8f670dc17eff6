/** Which handler answers which message; `execute_request` and `input_reply` go to their queues instead. */
import { commIgnored, commInfo, commOpen } from './comm.ts';
import { complete } from './complete.ts';
import { connect } from './connect.ts';
import { debug } from './debug.ts';
import type { Handler } from './handler.ts';
import { history } from './history.ts';
import { inspect } from './inspect.ts';
import { interrupt } from './interrupt.ts';
import { isComplete } from './is-complete.ts';
import { kernelInfo } from './kernel-info.ts';
import { shutdown } from './shutdown.ts';

/** By message type. */
export const handlers: Readonly<Record<string, Handler | undefined>> = {
  kernel_info_request: kernelInfo,
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  history_request: history,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  comm_info_request: commInfo,
  comm_open: commOpen,
  comm_msg: commIgnored,
  comm_close: commIgnored,
  debug_request: debug,
  connect_request: connect,
};
