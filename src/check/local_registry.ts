/** Every checker that the main thread runs, one row each. */
import type { LocalCheckConfig } from '../config/model.ts';
import { bfdCheck } from './bfd_check.ts';
import type { LocalChecker } from './checker.ts';
import { fileCheck } from './file_check.ts';
import { miscCheck } from './misc_check.ts';

export const localCheckers: {
  readonly [Kind in LocalCheckConfig['kind']]: LocalChecker<
    Extract<LocalCheckConfig, { readonly kind: Kind }>
  >;
} = {
  MISC_CHECK: miscCheck,
  FILE_CHECK: fileCheck,
  BFD_CHECK: bfdCheck,
};
