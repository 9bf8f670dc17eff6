/** The exit codes of the `streamtrain` command. */

/** 128 + the signal's number for an interruption, as shells have it. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, interrupted: 130, terminated: 143 } as const;
