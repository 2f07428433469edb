/** How adverts travel: the groups and peers of vrrp_instance, and its authentication. */
import { isUnicast } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import { block, type Call, type ValueRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import type { UnicastPeerConfig } from '../model.ts';
import {
  address,
  blockOf,
  custom,
  firstWord,
  flag,
  integer,
  lines,
  mark,
  noHead,
  oneOf,
  readAddress,
} from '../row_builders.ts';
import { type Mutable, type OptionLine, readOptions, readWhole, type ValueOption } from './option_line.ts';

type Peer = Mutable<Partial<UnicastPeerConfig>>;

const ttl =
  (key: 'minTtl' | 'maxTtl', name: string): ValueOption<Peer> =>
  (call, word, peer) => {
    const value = readWhole(call, word, { name, max: 255 });
    if (value !== undefined) peer[key] = value;
  };

const peerOptions: OptionLine<Peer> = {
  what: 'a peer',
  values: new Map([
    ['min_ttl', ttl('minTtl', 'min_ttl')],
    ['max_ttl', ttl('maxTtl', 'max_ttl')],
  ]),
  switches: new Map(),
};

function readPeer(call: Call): UnicastPeerConfig | undefined {
  const found = readAddress(call, call.keyword);
  if (found === undefined) return undefined;
  if (!isUnicast(found)) {
    call.diagnostics.error('BAD_VALUE', spanOf(call.keyword), {
      message: `Cannot use peer ${quote(found)}: expected the address of one host`,
    });
    return undefined;
  }
  const options: Peer = {};
  readOptions(call, peerOptions, options);
  return { ...options, address: found, span: spanOf(call.keyword) };
}

const authentication = block({
  auth_type: oneOf(['PASS'], 'how adverts are authenticated: a password in clear text, version 2 only', {
    notYet: ['AH'],
    notYetHelp:
      'xlb does not speak IPsec AH, and no RFC has it since 2004: write PASS here and on all other directors',
    lenient: 'as in keepalived, the line is ignored: adverts are not authenticated',
  }),
  auth_pass: password(),
});

const MAX_PASSWORD = 8;

function password(): ValueRow<string> {
  return custom<string>({
    doc: 'the password, of which 8 bytes count',
    expects: 'a password of at most 8 characters',
    read: (call) => {
      const word = firstWord(call, 'a password');
      if (!word) return undefined;
      if (word.text === '') {
        call.diagnostics.warning('BAD_VALUE', spanOf(word), { message: 'Cannot use an empty auth_pass' });
        return undefined;
      }
      const bytes = Buffer.from(word.text);
      if (bytes.length <= MAX_PASSWORD) return word.text;
      call.diagnostics.warning('ADJUSTED', spanOf(word), {
        message: `Cannot use more than ${MAX_PASSWORD} characters of auth_pass: as in keepalived, the rest is cut`,
        help: 'nothing changes where all directors have the same one; eight are what a VRRP packet has room for',
      });
      return bytes.subarray(0, MAX_PASSWORD).toString('latin1');
    },
  });
}

const checksum: ValueRow<'always' | 'never'> = custom<'always' | 'never'>({
  doc: 'the checksum of version 3 to unicast peers as keepalived 1.3.6 and older have it; never: not even understood',
  expects: 'nothing, or never',
  read: (call) => {
    const [word] = call.words;
    if (word && word.text !== 'never')
      call.diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
        message: `Cannot use old_unicast_checksum ${quote(word.text)}: it is ignored`,
        help: 'write never, or nothing',
      });
    return word?.text === 'never' ? 'never' : 'always';
  },
});

export const transportKeywords = {
  authentication: blockOf({
    doc: 'adverts without the same password are dropped',
    expects: 'a block',
    head: noHead,
    block: authentication,
    merged: true,
  }),
  unicast_src_ip: address('source address of adverts to peers'),
  unicast_peer: lines<UnicastPeerConfig>({
    doc: 'the other directors: adverts go to them, and not to a multicast group',
    expects: 'IP [min_ttl N] [max_ttl N]',
    read: readPeer,
  }),
  unicast_ttl: integer('TTL of adverts to peers', { default: 255, max: 255 }),
  unicast_fault_no_peer: mark('a unicast instance without peers is in fault; it multicasts otherwise', {
    default: false,
  }),
  check_unicast_src: mark('adverts of others than the peers are dropped; as global_defs when left out'),
  old_unicast_checksum: checksum,
  mcast_src_ip: address("source address of adverts; the interface's first when left out"),
  mcast_dst_ip: address('multicast group of adverts; that of global_defs when left out'),
  track_src_ip: mark('it is a fault while the interface lacks the source address', { default: false }),
  version: version('version of VRRP; as global_defs when left out, 3 for IPv6'),
  v3_checksum_as_v2: flag('the checksum of version 3 leaves the addresses out; as global_defs when left out'),
  kernel_rx_buf_size: integer("bytes of the receive buffer; the kernel's when left out", { min: 1 }),
} as const;

export function version(doc: string): ValueRow<number> {
  return integer(doc, { min: 2, max: 3 });
}
