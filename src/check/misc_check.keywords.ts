/** MISC_CHECK in keepalived.conf. The checker itself is misc_check.ts. */
import { block } from '../config/keyword.ts';
import { type CheckerKeyword, checkTimesKeywords, retryAlias } from '../config/keywords/checker.ts';
import { commandLine, user } from '../config/keywords/script.ts';
import { mark, timer } from '../config/row_builders.ts';
import { buildScript } from '../config/validate/script.ts';

const rows = {
  ...checkTimesKeywords,
  misc_path: commandLine('program to run; success is exit status 0'),
  misc_timeout: timer('time after which it has failed and is ended; delay_loop when left out', {}),
  misc_dynamic: mark('an exit status of 2 to 255 is a success too, and sets the weight to so much less 2', {
    default: false,
  }),
  user: user('who it runs as; script_user when left out'),
};

export const miscCheckKeywords = {
  name: 'MISC_CHECK',
  doc: 'up when a script says so by its exit status',
  block: block(rows, retryAlias('MISC_CHECK')),
  defaults: { retry: 0 },
  portless: true,
  complete(common, fields, { written, diagnostics, globals }) {
    const { connectIp, retry, delayBeforeRetryMs, delayLoopMs, warmupMs, span } = common;
    const { misc_path: path, misc_timeout: timeout, misc_dynamic: dynamic, user: own } = fields;
    if (!path) {
      if (!written.has('misc_path'))
        diagnostics.error('MISSING_KEYWORD', common.span, {
          message: 'Cannot check by a script: MISC_CHECK has no misc_path',
          help: 'write misc_path "/path/to/program with arguments"',
        });
      return undefined;
    }
    return {
      kind: 'MISC_CHECK',
      script: buildScript({ ...path.value, ...(own ? { own: own.value } : {}) }, globals),
      timeoutMs: timeout?.value ?? delayLoopMs,
      dynamic: dynamic.value,
      security: globals.enable_script_security.value,
      address: connectIp,
      retry,
      delayBeforeRetryMs,
      delayLoopMs,
      warmupMs,
      span,
    };
  },
} as const satisfies CheckerKeyword<typeof rows>;
