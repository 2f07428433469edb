/** The two directors of a story: the kernel's IPVS, and xlb as its user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { runIn } from '../../src/demo/namespace.ts';
import { within } from '../../src/demo/pause.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import type { Lab } from '../helpers/lab.ts';
import { addressOf, configurationOf, linesOf, mac, realServers, type Server, vips } from './story.ts';

export interface Side {
  change(lines: readonly string[]): Promise<void>;
  /** As after a reload of keepalived.conf with these servers instead; what that is as command lines. */
  reload(servers: readonly Server[], lines: readonly string[]): Promise<void>;
  /** What ipvsadm prints. */
  list(lines: readonly string[]): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Neighbours and routes of the director: the client is the router to everywhere. */
export async function connect(lab: Lab): Promise<void> {
  const neighbours = (name: string, host: number) =>
    ['10.77.0.100', 'fd77::100'].map(
      (like) => `neighbour replace ${addressOf(name, like)} lladdr ${mac(host)} dev eth0 nud permanent`,
    );
  const commands = [
    ...realServers.flatMap((name, index) => neighbours(name, 11 + index)),
    `neighbour replace 10.77.0.1 lladdr ${mac(1)} dev eth0 nud permanent`,
    `neighbour replace fd77::1 lladdr ${mac(1)} dev eth0 nud permanent`,
    'route add default via 10.77.0.1',
    'route add ::/0 via fd77::1',
  ];
  await runIn(lab.director.namespace, ['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` });
  const unlimited = ['net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'];
  const quiet = ['net.ipv4.conf.all.send_redirects=0', 'net.ipv4.conf.eth0.send_redirects=0'];
  await runIn(lab.director.namespace, ['sysctl', '-qw', ...unlimited, ...quiet]);
}

export async function startIpvs(lab: Lab, servers: readonly Server[]): Promise<Side> {
  await connect(lab);
  const addresses = vips.map(
    (vip) => `address add ${vip}/${vip.includes(':') ? '128 nodad' : '32'} dev eth0\n`,
  );
  await runIn(lab.director.namespace, ['ip', '-batch', '-'], { input: addresses.join('') });
  const setup = `${servers.flatMap(linesOf).join('\n')}\n`;
  await runIn(lab.director.namespace, ['ipvsadm', '-R'], { input: setup });
  const ipvsadm = new Ipvsadm(lab, ['ipvsadm', '-R'], lineBuffered);
  const change = (lines: readonly string[]) => ipvsadm.tell(lines).then(() => {});
  return {
    change,
    reload: (_, lines) => change(lines),
    list: (lines) => ipvsadm.tell(lines),
    stop: async () => ipvsadm.end(),
  };
}

/**
 * What is xlb's alone is off: limits, and going on with connections that another director began. Adverts leave on the
 * wire's processor: from another one, what they take along comes to the client out of order (wire.ts).
 */
export const ownSettings = [
  'vrrp_cpu_affinity 0',
  'xlb_flow_table_size 16384',
  'xlb_persistence_table_size 4096',
  'xlb_icmp_limit 0',
  'xlb_adopt_flows off',
];

function configuration(servers: readonly Server[]): string {
  return keepalivedConf({ vips, global: ownSettings, servers: servers.map(configurationOf) });
}

export async function startXlb(lab: Lab, servers: readonly Server[]): Promise<Side> {
  await connect(lab);
  const director = await Director.start(lab, configuration(servers));
  await director.untilResolved();
  const ipvsadm = new Ipvsadm(lab, [process.execPath, ...director.arguments('ipvsadm'), '-R']);
  return {
    change: (lines) => ipvsadm.tell(lines).then(() => {}),
    reload: (others) => director.reloadWith(configuration(others)),
    list: (lines) => ipvsadm.tell(lines),
    stop: async () => {
      ipvsadm.end();
      await director.end('SIGTERM');
    },
  };
}

/** What `stdbuf -oL` sets: a line of output comes when it is printed, into a pipe, too. */
const lineBuffered = { LD_PRELOAD: '/usr/libexec/coreutils/libstdbuf.so', _STDBUF_O: 'L' };

/**
 * Somebody in the director's namespace who takes command lines of ipvsadm on standard input: one process for all of
 * them, since in an emulated processor Node.js takes a second to start, and much of one to start another process.
 */
class Ipvsadm {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(lab: Lab, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const namespace = `--net=/run/netns/${lab.director.namespace}`;
    this.#child = spawn('nsenter', [namespace, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    if (this.#child.stdout === null) throw new TypeError('ipvsadm has no output');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** What it printed; resolves when the lines are done. The timeouts, asked for last, end it. */
  async tell(lines: readonly string[]): Promise<string[]> {
    const commands = [...lines, '-L --timeout'].map((line) => `${line}\n`);
    this.#child.stdin?.write(commands.join(''));
    const printed: string[] = [];
    for (;;) {
      const { value, done } = await within(`ipvsadm ${lines.join('; ')}`, 30_000, this.#lines.next());
      if (this.#errors !== '' || done === true)
        throw new Error(`Cannot run ipvsadm ${lines.join('; ')}: ${this.#errors}`);
      if (value.startsWith('Timeout (')) return printed;
      printed.push(value);
    }
  }

  end(): void {
    this.#child.stdin?.end();
  }
}
