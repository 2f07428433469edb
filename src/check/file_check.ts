/** FILE_CHECK: a number in a file of this host says whether a real server is healthy, or what it weighs. */
import { reasonOf } from '../base/errors.ts';
import { FileWatch } from '../base/file_watch.ts';
import { initializeTrackFile, readTrackNumber } from '../base/track_number.ts';
import type { FileCheckConfig } from '../config/model.ts';
import type { Attempts, CheckResult, LocalChecker, LocalShell } from './checker.ts';

/** A product from which on the real server is down: what keepalived calls IPVS_WEIGHT_FAULT. */
const FAULT = -(2 ** 31);
const LARGEST = 2 ** 31 - 1;

export const fileCheck: LocalChecker<FileCheckConfig> = {
  keyword: 'FILE_CHECK',
  passed: (service, { file }) => `(${service}): tracked file ${file.name} says that it is up.`,
  failed: (service, { file }) => `(${service}): tracked file ${file.name} now FAULT state`,
  open: readFileAttempts,
};

/** An attempt reads the file; the kernel says when to make the next. */
function readFileAttempts(
  { file: { name, path, initial } }: FileCheckConfig,
  { clock, logger, wake }: LocalShell,
): Attempts<FileCheckConfig> {
  if (initial !== undefined) {
    try {
      initializeTrackFile(path, initial);
    } catch (error) {
      logger.error(`Cannot write ${initial.value} to track_file ${path}: ${reasonOf(error)}`);
    }
  }
  let last: number | undefined;
  const onLook = () => {
    if (last !== undefined && readTrackNumber(path) !== last) wake();
  };
  const watch = new FileWatch(path, { clock, onLook });
  return {
    async run(check) {
      const value = readTrackNumber(path);
      if (last !== undefined && value !== last) logger.info(`Track file ${name} now holds ${value}`);
      last = value;
      return { ...judge(value, check), latencyMs: 0 };
    },
    async close() {
      watch.close();
    },
  };
}

/** keepalived's rules (process_update_checker_track_file_status). */
export function judge(
  value: number,
  { weight, reverse }: Pick<FileCheckConfig, 'weight' | 'reverse'>,
): CheckResult {
  const detail = `${value}`;
  if (weight === 0) return { code: (value === 0) !== reverse ? 'FILEOK' : 'FILEERR', detail };
  const product = value * weight * (reverse ? -1 : 1);
  if (product <= FAULT) return { code: 'FILEERR', detail };
  return { code: 'FILEOK', detail, weight: { add: Math.min(product, LARGEST) + 0 } };
}
