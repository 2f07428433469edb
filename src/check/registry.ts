/** Every checker that asks the real server, one row each. The pool's threads load it: import only what is needed. */
import type { NetworkCheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { tcpCheck } from './tcp_check.ts';

export const checkers: {
  readonly [Kind in NetworkCheckConfig['kind']]: Checker<
    Extract<NetworkCheckConfig, { readonly kind: Kind }>
  >;
} = {
  TCP_CHECK: tcpCheck,
};
