/** host:port as the screens write it. Pure. */
import { familyOf } from '../base/address.ts';
import type { Names } from './model.ts';

/** ipvsadm's buffer has room for so many characters. */
const LONGEST = 59;

export function endpointText(
  { address, port }: { readonly address: string; readonly port: number },
  protocol: string,
  names: Names,
): string {
  const named = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'other';
  const host = names.host(address);
  const text = `${familyOf(address) === 6 ? `[${host}]` : host}:${names.port(port, named)}`;
  return text.slice(0, LONGEST);
}
