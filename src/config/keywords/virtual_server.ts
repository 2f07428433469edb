/** Keywords of virtual_server, and the addresses that begin it and a real_server. */
import { familyOf, isUnicast } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import { block, type Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { alias, blockOf, notYet, oneOf, readAddress } from '../row_builders.ts';
import type { CheckerKeyword } from './checker.ts';
import { forwardingMethod, realServerDefaults, realServerKeywords } from './real_server.ts';

/** `IP [port]` as written. */
export interface EndpointHead {
  readonly address: string;
  readonly family: 4 | 6;
  readonly at: Span;
  readonly port: { readonly value: number; readonly at: Span } | undefined;
}

/** Reads `IP [port]`; undefined after an error. */
export function readEndpoint(call: Call): EndpointHead | undefined {
  const { keyword, diagnostics } = call;
  const [addressWord, portWord, extra] = call.words;
  if (!addressWord) {
    diagnostics.error('MISSING_VALUE', spanOf(keyword), {
      message: `Cannot read ${keyword.text}: an address and a port must follow`,
    });
    return undefined;
  }
  const address = readAddress(call, addressWord);
  const port = portWord && readPort(call, portWord);
  if (extra)
    diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
      message: `Cannot use ${quote(extra.text)} after address and port: it is ignored`,
    });
  if (address === undefined || (portWord && port === undefined)) return undefined;
  if (!isUnicast(address)) {
    diagnostics.error('BAD_VALUE', spanOf(addressWord), {
      message: `Cannot use address ${quote(address)}: expected the address of one host`,
    });
    return undefined;
  }
  const family = familyOf(address) ?? 4;
  const written = portWord && port !== undefined ? { value: port, at: spanOf(portWord) } : undefined;
  return { address, family, at: spanOf(addressWord), port: written };
}

function readPort({ diagnostics }: Call, word: Token): number | undefined {
  const port = Number(word.text);
  if (/^\d{1,5}$/.test(word.text) && port <= 65535) return port;
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use port ${quote(word.text)}: expected a number, 0 to 65535`,
  });
  return undefined;
}

export function readVirtualServer(call: Call): EndpointHead | undefined {
  const [word] = call.words;
  if (word?.text !== 'group' && word?.text !== 'fwmark') return readEndpoint(call);
  call.diagnostics.warning('NOT_YET', spanOf(word), {
    message: `virtual_server ${word.text} is not supported yet: the whole virtual server is left out`,
    help: 'write a virtual_server with address and port',
  });
  return undefined;
}

const schedulersNotYet = ['lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq', 'twos'];

/** The block of virtual_server with these checkers in its real servers. */
export function virtualServerKeywords(checkers: readonly CheckerKeyword[]) {
  return block(
    {
      ...realServerDefaults,
      lb_algo: oneOf(['rr', 'wrr', 'lc', 'wlc'], 'scheduler for new flows; wlc when left out', {
        noun: 'scheduler',
        notYet: schedulersNotYet,
      }),
      lb_kind: forwardingMethod,
      protocol: oneOf(['TCP', 'UDP'], 'protocol of the flows; UDP when left out', { notYet: ['SCTP'] }),
      real_server: blockOf({
        doc: 'a real server of this virtual server',
        expects: 'IP [port]',
        head: readEndpoint,
        block: realServerKeywords(checkers),
      }),
    },
    { lvs_sched: alias('lb_algo'), lvs_method: alias('lb_kind') },
    notYet(
      'clients are not kept on one real server',
      'persistence_timeout persistence_granularity persistence_engine',
    ),
    notYet(
      'clients get no answer while every real server is down',
      'sorry_server sorry_server_inhibit sorry_server_lvs_method',
    ),
    notYet('one live real server is enough', 'quorum hysteresis'),
    notYet('the script is not run', 'quorum_up quorum_down omega'),
    notYet('real servers are in service before their first check', 'alpha'),
    notYet('real servers are checked wherever the virtual address is', 'ha_suspend'),
    notYet('a flow is scheduled once and stays where it is', 'ops hashed'),
    notYet('no scheduler of xlb uses it', 'flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback'),
    notYet('the family is that of the address', 'ip_family'),
    notYet('no mail is sent', 'smtp_alert'),
    notYet('no check asks for a host', 'virtualhost'),
    notYet('there is no SNMP agent', 'snmp_name'),
  );
}
