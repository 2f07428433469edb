import { forwardingLogger, type Logger } from '../../src/base/log.ts';

/** A logger that remembers its lines, as `level message`. */
export function memoryLog(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { logger: forwardingLogger(({ level, message }) => lines.push(`${level} ${message}`)), lines };
}
