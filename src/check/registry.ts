/** Every checker, one row each. Also loaded in the pool's threads: a checker imports what it needs and no more. */
import type { CheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { tcpCheck } from './tcp_check.ts';

export const checkers: {
  readonly [Kind in CheckConfig['kind']]: Checker<Extract<CheckConfig, { readonly kind: Kind }>>;
} = {
  TCP_CHECK: tcpCheck,
};
