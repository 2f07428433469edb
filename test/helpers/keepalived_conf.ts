/** Configuration files of system tests: what a test is about stands in the test, the rest comes from here. */
import { isIPv6 } from 'node:net';

export interface MemberText {
  readonly address: string;
  /** The virtual server's unless given. */
  readonly port?: number;
  readonly weight?: number;
  /** Port of its TCP_CHECK; 0: none, it counts as always up. Its own port unless given. */
  readonly check?: number;
  readonly lines?: readonly string[];
}

export interface VirtualServerText {
  /** 'ADDRESS PORT'. */
  readonly at: string;
  readonly protocol?: 'TCP' | 'UDP';
  readonly algo?: string;
  readonly lines?: readonly string[];
  readonly pool: readonly MemberText[];
}

export interface ConfText {
  readonly vips: readonly string[];
  readonly global?: readonly string[];
  readonly servers: readonly VirtualServerText[];
}

/**
 * One vrrp_instance on eth0 with the VIPs: the owner, which is master at once, and which waits no longer than 50 ms for
 * a successor. Checks every second, a failed one is repeated once after 0.1 s.
 */
export function keepalivedConf({ vips, global = [], servers }: ConfText): string {
  const isSix = isIPv6(vips[0] ?? '');
  const lines = (chosen: readonly string[]) =>
    chosen.map((vip) => `        ${vip}/${isIPv6(vip) ? 128 : 32}\n`).join('');
  const others = vips.filter((vip) => isIPv6(vip) !== isSix);
  // keepalived advertises addresses of one family only; it holds the others beside them.
  const excluded = others.length === 0 ? '' : `    virtual_ipaddress_excluded {\n${lines(others)}    }\n`;
  return `global_defs {
${global.map((line) => `    ${line}\n`).join('')}}

vrrp_instance system {
    state MASTER
    interface eth0
    virtual_router_id 77
    version 3
    priority 255
    advert_int 0.05
    virtual_ipaddress {
${lines(vips.filter((vip) => !others.includes(vip)))}    }
${excluded}}
${servers.map(virtualServer).join('')}`;
}

function virtualServer({ at, protocol = 'TCP', algo = 'rr', lines = [], pool }: VirtualServerText): string {
  const [, port = '80'] = at.split(' ');
  return `
virtual_server ${at} {
    delay_loop 1
    retry 1
    delay_before_retry 0.1
    connect_timeout 1
    lb_algo ${algo}
    lb_kind DR
    protocol ${protocol}
${lines.map((line) => `    ${line}\n`).join('')}${pool.map((member) => realServer(member, port)).join('')}}
`;
}

function realServer(
  { address, port, weight = 1, check, lines = [] }: MemberText,
  virtualPort: string,
): string {
  const own = port ?? Number(virtualPort);
  const checked = check ?? own;
  const tcpCheck =
    checked === 0 ? [] : ['TCP_CHECK {', ...(checked === own ? [] : [`    connect_port ${checked}`]), '}'];
  const inside = [`weight ${weight}`, ...lines, ...tcpCheck];
  return `    real_server ${address} ${own} {
${inside.map((line) => `        ${line}\n`).join('')}    }
`;
}
