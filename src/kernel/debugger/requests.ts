/** The debug requests that are answered, and what each may say. */
import { z } from 'zod';

const nothing = z.looseObject({});
const place = z.looseObject({ path: z.string().default('') });
const whole = z.int().min(0);
const anyThread = z.looseObject({ threadId: z.number().optional() });

/** By command. What a front end says beyond it is ignored, as the debug adapter protocol wants it. */
export const schemas = {
  initialize: nothing,
  attach: nothing,
  configurationDone: nothing,
  debugInfo: nothing,
  dumpCell: z.looseObject({ code: z.string() }),
  setBreakpoints: z.looseObject({
    source: place,
    breakpoints: z
      .array(
        z.object({
          line: z.int().min(1),
          condition: z.string().optional(),
          logMessage: z.string().optional(),
        }),
      )
      .default([]),
  }),
  setExceptionBreakpoints: z.looseObject({ filters: z.array(z.string()).default([]) }),
  source: z.looseObject({ source: place.optional(), sourceReference: z.number().default(0) }),
  modules: nothing,
  threads: nothing,
  stackTrace: z.looseObject({ startFrame: whole.default(0), levels: whole.optional() }),
  scopes: z.looseObject({ frameId: z.int() }),
  variables: z.object({
    variablesReference: z.int(),
    filter: z.enum(['indexed', 'named']).optional(),
    start: whole.optional(),
    count: whole.optional(),
  }),
  inspectVariables: nothing,
  richInspectVariables: z.looseObject({
    variableName: z.string(),
    frameId: z
      .int()
      .nullish()
      .transform((id) => id ?? undefined),
  }),
  evaluate: z.looseObject({
    expression: z.string(),
    frameId: z
      .int()
      .nullish()
      .transform((id) => id ?? undefined),
  }),
  copyToGlobals: z.looseObject({
    srcVariableName: z.string(),
    dstVariableName: z.string(),
    srcFrameId: z.int(),
  }),
  continue: anyThread,
  next: anyThread,
  stepIn: anyThread,
  stepOut: anyThread,
  pause: anyThread,
  disconnect: nothing,
  terminate: nothing,
} as const;

/** Bodies of answers that failed: front ends read these lists without a look at whether the request succeeded. */
export const emptyBodies: Readonly<Record<string, object>> = {
  setBreakpoints: { breakpoints: [] },
  setExceptionBreakpoints: { breakpoints: [] },
  stackTrace: { stackFrames: [], totalFrames: 0 },
  scopes: { scopes: [] },
  variables: { variables: [] },
  inspectVariables: { variables: [] },
  richInspectVariables: { data: {}, metadata: {} },
  modules: { modules: [], totalModules: 0 },
};

/** The name of a request. */
export type Command = keyof typeof schemas;

/** What a request says. */
export type Arguments<Name extends Command> = z.infer<(typeof schemas)[Name]>;
