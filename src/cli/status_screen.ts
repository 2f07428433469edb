/** Pure: a status as text that fits 80 columns. */
import Table from 'cli-table3';
import { formatEndpoint } from '../base/address.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../control/status.ts';

const WIDTH = 80;

export function statusScreen(status: Status): string {
  const sections = [
    head(status),
    ...status.virtual_servers.map(virtualServer),
    vrrpInstances(status),
    interfaces(status),
    flows(status),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function head({ instance, pid, version, config, since, dataplane }: Status): string {
  const lines = [
    `xlb ${version}, instance ${instance}, process ${pid}`,
    `${config}, since ${since}`,
    ...(dataplane
      ? []
      : ['The dataplane worker is being restarted; forwarding goes on, counters are unknown']),
  ];
  return lines.flatMap((line) => wrap(line)).join('\n');
}

function virtualServer(server: VirtualServerStatus): string {
  const { protocol, address, port, scheduler, connections, packets, bytes, destinations } = server;
  const counted = `${connections} connections, ${packets} packets, ${bytes} bytes`;
  const title = `${protocol} ${formatEndpoint(address, port)} ${scheduler}: ${counted}`;
  const rows = destinations.map((one) => [
    formatEndpoint(one.address, one.port),
    one.weight,
    one.active,
    one.inactive,
    one.up ? 'up' : 'down',
  ]);
  const table = plainTable(['Real server', 'Weight', 'Active', 'Inact', 'Check'], rows);
  return [...wrap(title), table, ...destinations.flatMap(remark)].join('\n');
}

function remark({ address, up, nexthop }: DestinationStatus): string[] {
  return up && nexthop.kind === 'unresolved' ? [`${address}: no MAC address known`] : [];
}

function vrrpInstances({ vrrp_instances: instances }: Status): string {
  const lines = instances.flatMap(({ name, state, interface: on, addresses }) =>
    wrap(`${name} ${state} on ${on}: ${addresses.join(', ')}`),
  );
  return lines.join('\n');
}

function interfaces({ interfaces: all }: Status): string {
  const lines = all.flatMap(({ name, mode, reason }) =>
    wrap(`${name}: ${mode} XDP${reason === undefined ? '' : ` (${reason})`}`),
  );
  return lines.join('\n');
}

function flows({ flows: { slots, used, expired, evicted }, verdicts }: Status): string {
  const line = `Flows: ${used} of ${slots} slots used, ${expired} expired, ${evicted} evicted`;
  const rows = Object.entries(verdicts);
  return rows.length === 0 ? line : `${line}\n\n${plainTable(['Verdict', 'Packets'], rows)}`;
}

/** Columns without lines: text to the left, numbers to the right. */
function plainTable(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const none = '';
  const table = new Table({
    head: [...titles],
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: ' ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: titles.map((_title, at) => (typeof rows[0]?.[at] === 'number' ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Breaks at blanks; what follows the first line is indented. A word longer than the screen stays whole. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
