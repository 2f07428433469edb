/** Every checker, one row each. The pool's threads load it too: a checker imports only what it needs. */
import type { CheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { tcpCheck } from './tcp_check.ts';

export const checkers: {
  readonly [Kind in CheckConfig['kind']]: Checker<Extract<CheckConfig, { readonly kind: Kind }>>;
} = {
  TCP_CHECK: tcpCheck,
};
