/**
 * Failures that an operator sees: one table of codes, one class. A message states what was attempted, then a
 * colon, then what stood in the way; `help` names the cure; `cause` keeps the original error for the log.
 */

/** What the commands exit with; `xlb --help` prints it. */
export const exitCodes = {
  0: 'it was done; xlb run: it was stopped and has left nothing behind',
  1: 'it failed; the message names what, and the cure where one is known',
  2: 'the command line or the configuration is wrong; nothing on the host was touched',
} as const;

export const errorCodes = {
  USAGE: { exit: 2, meaning: 'the command line is wrong' },
  CONFIG: { exit: 2, meaning: 'the configuration cannot run' },
  NOT_ROOT: { exit: 1, meaning: 'root is needed' },
  KERNEL_TOO_OLD: { exit: 1, meaning: 'the kernel lacks something that is needed' },
  NO_BPFFS: { exit: 1, meaning: 'no BPF file system is mounted' },
  ADDON_MISSING: { exit: 1, meaning: 'the native addon was not built for this machine' },
  ALREADY_RUNNING: { exit: 1, meaning: 'another process runs this instance' },
  NOT_RUNNING: { exit: 1, meaning: 'no process runs this instance' },
  HOST: { exit: 1, meaning: 'the host refused an operation' },
  RESTARTING: { exit: 1, meaning: 'a part of xlb is being restarted: again in a second' },
  TIMEOUT: { exit: 1, meaning: 'something did not answer in time' },
  INTERNAL: { exit: 1, meaning: 'a fault of xlb itself' },
} as const satisfies Record<string, { exit: keyof typeof exitCodes; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** A failure with a stable code. What reaches the operator is `message` and `help`, never the stack. */
export class XlbError extends Error {
  readonly code: ErrorCode;
  readonly help: string | undefined;

  constructor(code: ErrorCode, message: string, options: { help?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'XlbError';
    this.code = code;
    this.help = options.help;
  }
}

/** What anything thrown says, for the tail of a message: an XlbError's or Error's message, else its text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
