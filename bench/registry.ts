/** The scenarios, one row each. */
import type { Scenario, ScenarioOption } from './scenario.ts';

export interface Row {
  readonly name: string;
  /** One sentence, for --list. */
  readonly measures: string;
  readonly needs: string;
  /**
   * 'namespace': in a network and mount namespace of its own, on one processor. 'host': where it was started; it makes
   * its own namespaces.
   */
  readonly place: 'namespace' | 'host';
  /** With this option it runs where it was started all the same: what it names is there. */
  readonly hostWith?: string;
  readonly options: readonly ScenarioOption[];
  /** Among those that run where none is named. */
  readonly standard: boolean;
  readonly load: () => Promise<Scenario>;
}

const only: ScenarioOption = {
  name: 'only',
  value: 'text',
  describe: 'only figures with this in their name',
};
const seconds: ScenarioOption = { name: 'seconds', value: 'n', describe: 'how long a round takes' };

export const registry: readonly Row[] = [
  {
    name: 'core',
    measures: 'what a packet costs in the packet core, natively, by scheduler and by flows',
    needs: '',
    place: 'host',
    options: [only, { name: 'instructions', describe: 'count instructions too, with valgrind' }],
    standard: true,
    load: async () => (await import('./core.ts')).core,
  },
  {
    name: 'datapath',
    measures:
      'packets through xdp and skb: established and new flows, a SYN flood, frames of 64 to 1514 bytes',
    needs: 'root',
    place: 'namespace',
    options: [
      only,
      seconds,
      { name: 'interface', value: 'name', describe: 'one of this machine, that is sent to' },
      { name: 'virtual-server', value: 'address:port', describe: 'what is sent to; 198.18.0.1:80' },
      { name: 'next-hop', value: 'mac', describe: 'where that is forwarded to' },
    ],
    hostWith: 'interface',
    standard: true,
    load: async () => (await import('./datapath.ts')).datapath,
  },
  {
    name: 'http',
    measures: 'requests and new connections a second: direct, xlb, haproxy (tcp) and nginx (stream)',
    needs: 'root, nginx, wrk',
    place: 'host',
    options: [seconds],
    standard: true,
    load: async () => (await import('./http.ts')).http,
  },
  {
    name: 'af_xdp',
    measures: 'packets a second of an AF_XDP thread, beside one without the packet core',
    place: 'namespace',
    needs: 'root',
    options: [],
    standard: false,
    load: async () => (await import('./af_xdp.ts')).afXdp,
  },
  {
    name: 'forwarding',
    measures:
      'what a packet costs in XDP above an empty program, with pools of all sizes; what the tables hold',
    needs: 'root',
    place: 'namespace',
    options: [only],
    standard: false,
    load: async () => (await import('./forwarding.ts')).forwarding,
  },
  {
    name: 'flood',
    measures: "a client's requests while SYNs from random addresses arrive at rising rates",
    needs: 'root',
    place: 'host',
    options: [seconds],
    standard: true,
    load: async () => (await import('./flood.ts')).flood,
  },
  {
    name: 'memory',
    measures: 'what the daemon keeps in memory: by real servers, for a check, for flows, after churn',
    needs: 'root',
    place: 'host',
    options: [seconds],
    standard: false,
    load: async () => (await import('./memory.ts')).memory,
  },
  {
    name: 'failover',
    measures: 'how long nobody answers for an address when a master fails and returns; xlb and keepalived',
    needs: 'root; keepalived to compare with',
    place: 'host',
    options: [{ name: 'advert', value: 'seconds', describe: 'interval of adverts' }],
    standard: false,
    load: async () => (await import('./failover.ts')).failover,
  },
  {
    name: 'vm',
    measures: "instructions a packet of xlb and of the kernel's IPVS, on Debian's kernel in a VM",
    needs: 'qemu, ipvsadm, a clone of the sources',
    place: 'host',
    options: [],
    standard: false,
    load: async () => (await import('./vm.ts')).vm,
  },
  {
    name: 'start',
    measures: 'from the start of `xlb run` to forwarding, and what it keeps resident',
    needs: 'root',
    place: 'host',
    options: [],
    standard: true,
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'reload',
    measures: 'a reload that changes one of 10,000 real servers, all of them checked meanwhile',
    needs: 'root, nginx',
    place: 'host',
    options: [{ name: 'servers', value: 'n', describe: 'so many real servers, by the hundred; 10000' }],
    standard: false,
    load: async () => (await import('./reload.ts')).reload,
  },
  {
    name: 'check',
    measures: '`xlb check` of a configuration with 10,000 real servers',
    needs: '',
    place: 'host',
    options: [],
    standard: false,
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'checks',
    measures: 'what tens of thousands of health checks cost, and how late they are made',
    needs: 'root, nginx',
    place: 'namespace',
    options: [seconds],
    standard: false,
    load: async () => (await import('./checks.ts')).checks,
  },
  {
    name: 'detection',
    measures:
      'how long until a real server that fails is out of the table, against what the configuration promises',
    needs: "root, the sources' tests",
    place: 'host',
    options: [],
    standard: false,
    load: async () => (await import('./detection.ts')).detection,
  },
  {
    name: 'vrrp',
    measures: 'what 64 virtual routers with adverts every 100 ms cost, beside blocked main threads',
    needs: "root, the sources' tests",
    place: 'host',
    options: [seconds, { name: 'load', value: 'n', describe: 'so many endless loops beside it' }],
    standard: false,
    load: async () => (await import('./vrrp.ts')).vrrp,
  },
  {
    name: 'viewers',
    measures: 'what 100 open status pages cost a director whose every real server changes each second',
    needs: 'root',
    place: 'host',
    options: [seconds],
    standard: false,
    load: async () => (await import('./viewers.ts')).watchers,
  },
  {
    name: 'watched',
    measures: 'what a packet costs while /metrics is read and status pages are open, to while nobody looks',
    needs: 'root',
    place: 'host',
    options: [seconds],
    standard: false,
    load: async () => (await import('./watched.ts')).watched,
  },
];
