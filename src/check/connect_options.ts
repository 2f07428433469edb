/** From where a check goes, and what it means that the director cannot send from there. */
import { getSystemErrorName } from 'node:util';
import type { AddonError, ProbeOrigin } from '../addon/addon.ts';
import type { CommonCheckConfig } from '../config/model.ts';
import type { CheckResult } from './checker.ts';

/** Where a check goes, and from where. */
export type Ends = Pick<
  CommonCheckConfig,
  'connectIp' | 'connectPort' | 'bindto' | 'bindPort' | 'bindIf' | 'fwmark'
>;

/** Of most checks. */
const ANYWHERE: ProbeOrigin = {};

export function originOf({ bindto, bindPort, bindIf, fwmark }: Ends): ProbeOrigin {
  if ((bindto ?? bindPort ?? bindIf ?? fwmark) === undefined) return ANYWHERE;
  return {
    ...(bindto === undefined ? {} : { sourceAddress: bindto }),
    ...(bindPort === undefined ? {} : { sourcePort: bindPort }),
    ...(bindIf === undefined ? {} : { interface: bindIf }),
    ...(fwmark === undefined ? {} : { mark: fwmark }),
  };
}

/** Says nothing about the real server. */
export function noSocket({ bindIf }: Ends, { errno, message }: AddonError): CheckResult {
  if (typeof errno !== 'number' || errno === 0) return { code: 'SOCKERR', detail: message };
  const detail = getSystemErrorName(-errno);
  const names = detail === 'ENODEV' && bindIf !== undefined;
  return { code: 'SOCKERR', detail: names ? `no interface ${bindIf}` : detail };
}
