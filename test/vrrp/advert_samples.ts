/** Rules and packets that the tests of the codec share. */
import type { ReceiveRules } from '../../src/vrrp/received_advert.ts';

export const v2: ReceiveRules = {
  version: 2,
  family: 4,
  vrid: 51,
  checksum: 'pseudo_header',
  multicastGroup: '224.0.0.18',
  advertIntMs: 1000,
  addresses: ['10.0.0.100'],
  peers: [],
  checkUnicastSource: false,
  learnOldUnicast: true,
};
export const v2Pass: ReceiveRules = { ...v2, password: 'secret', addresses: ['10.0.0.100', '10.0.0.101'] };
export const v3: ReceiveRules = { ...v2, version: 3, advertIntMs: 100 };
export const v3Unicast: ReceiveRules = { ...v3, peers: [{ address: '10.0.0.1' }] };
export const v6: ReceiveRules = {
  ...v3,
  family: 6,
  multicastGroup: 'ff02::12',
  addresses: ['fe80::100', '2001:db8::100'],
};

export const multicast4 = { source: '10.0.0.1', destination: '224.0.0.18', ttl: 255 };
export const unicast4 = { source: '10.0.0.1', destination: '10.0.0.2', ttl: 64 };
export const multicast6 = { source: 'fe80::1', destination: 'ff02::12', ttl: 255 };

export const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
export const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
