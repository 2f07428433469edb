/** ipvsadm -Lc: connections, one line each, from the lines that the daemon sends. Pure. */
import { endpointText } from './endpoint.ts';
import type { Names } from './model.ts';

const TITLE = 'IPVS connection entries\n';
const columns = 'pro expire state       source             virtual            destination';

/** `engines`: with --persistent-conn. */
export function connectionsTitle(engines: boolean): string {
  return `${TITLE}${columns}${engines ? '        pe name          pe_data' : ''}\n`;
}

/** The fields of a line that the daemon sends; see ConnectionEntry. Undefined where it is none. */
export interface ConnectionFields {
  readonly protocol: string;
  readonly seconds: number;
  readonly state: string;
  readonly source: { readonly address: string; readonly port: number };
  readonly virtual: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
}

export function connectionFields(line: string): ConnectionFields | undefined {
  const [protocol, seconds, state, client, clientPort, vip, vport, server, serverPort] = line.split('\t');
  if (
    protocol === undefined ||
    state === undefined ||
    client === undefined ||
    vip === undefined ||
    server === undefined ||
    serverPort === undefined
  )
    return undefined;
  return {
    protocol,
    seconds: Number(seconds),
    state,
    source: { address: client, port: Number(clientPort) },
    virtual: { address: vip, port: Number(vport) },
    destination: { address: server, port: Number(serverPort) },
  };
}

export function connectionLine(fields: ConnectionFields, names: Names): string {
  const { protocol, seconds, state, source, virtual, destination } = fields;
  const expires = `${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds % 60)}`;
  return [
    protocol.padEnd(3),
    expires.padEnd(6),
    state.padEnd(11),
    endpointText(source, protocol, names).padEnd(18),
    endpointText(virtual, protocol, names).padEnd(18),
    `${endpointText(destination, protocol, names)}\n`,
  ].join(' ');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
