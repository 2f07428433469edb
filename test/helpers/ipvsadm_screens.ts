/** Reads captured screens of ipvsadm back into a state, so that printing them again can be compared byte for byte. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { familyOf } from '../../src/base/address.ts';
import { type Destination, noTraffic, type Service, type Traffic } from '../../src/ipvsadm/model.ts';
import { readSchedulerFlags } from '../../src/ipvsadm/scheduler_flags.ts';

/** A captured file without the line that says which command made it. */
export function sample(name: string): string {
  const text = sampleFile(name);
  return text.slice(text.indexOf('\n') + 1);
}

export function sampleFile(name: string): string {
  // dist/test/helpers -> test/ipvsadm/samples
  const path = new URL(`../../../test/ipvsadm/samples/${name}`, import.meta.url);
  return readFileSync(fileURLToPath(path), 'utf8');
}

interface Row {
  readonly service: string;
  /** Undefined: the row of the service itself. */
  readonly server?: string;
  readonly words: readonly string[];
}

/** The rows of a list; a service's words begin after its address or mark. */
function rowsOf(screen: string): Row[] {
  let service = '';
  return screen
    .split('\n')
    .filter((line) => /^(TCP|UDP|SCTP|FWM| {2}-> [^R])/.test(line))
    .map((line) => {
      const words = line.trim().split(/ +/);
      if (words[0] === '->') return { service, server: words[1] ?? '', words: words.slice(2) };
      const named = words[2] === 'IPv6' ? 3 : 2;
      service = words.slice(0, named).join(' ');
      return { service, words: words.slice(named) };
    });
}

function find(screen: string, { service, server }: Row): readonly string[] {
  const row = rowsOf(screen).find((other) => other.service === service && other.server === server);
  return row?.words ?? [];
}

/** '10.0.0.1:80' or '[fd00::1]:80'. */
function endpoint(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) };
}

function traffic(words: readonly string[]): Traffic {
  if (words.length === 0) return noTraffic;
  const [connections = 0, inPackets = 0, outPackets = 0, inBytes = 0, outBytes = 0] = words.map(Number);
  return { connections, inPackets, outPackets, inBytes, outBytes };
}

/** Screens of one state; `list` is `-Ln` or, for the kernel's order, `-Ln --nosort`. */
export interface Screens {
  readonly list: string;
  readonly stats?: string;
  readonly rate?: string;
  readonly thresholds?: string;
  readonly persistentConn?: string;
}

export function stateOf(screens: Screens): Service[] {
  const services: (Service & { destinations: Destination[] })[] = [];
  for (const row of rowsOf(screens.list)) {
    const counters = {
      traffic: traffic(find(screens.stats ?? '', row)),
      rates: traffic(find(screens.rate ?? '', row)),
    };
    if (row.server === undefined) {
      services.push({ ...serviceOf(row), ...counters, destinations: [] });
      continue;
    }
    const [forward = 'Route', weight, active, inactive] = row.words;
    const [upper = 0, lower = 0] = find(screens.thresholds ?? '', row).map(Number);
    services.at(-1)?.destinations.push({
      ...endpoint(row.server),
      forward: forward as Destination['forward'],
      ...(forward === 'Tunnel' ? { tunnel: { type: 'ipip', port: 0, checksum: 'nocsum' } } : {}),
      weight: Number(weight),
      upperThreshold: upper,
      lowerThreshold: lower,
      active: Number(active),
      inactive: Number(inactive),
      persistent: Number(find(screens.persistentConn ?? '', row)[1] ?? 0),
      ...counters,
    });
  }
  return services;
}

function serviceOf({ service, words }: Row): Omit<Service, 'traffic' | 'rates' | 'destinations'> {
  const [protocol = '', name = '', ipv6] = service.split(' ');
  const [scheduler = '', ...rest] = words;
  const after = (word: string): string | undefined =>
    rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined;
  const where =
    protocol === 'FWM'
      ? { address: ipv6 === undefined ? '0.0.0.0' : '::', port: 0, fwmark: Number(name) }
      : endpoint(name);
  const seconds = after('persistent');
  const netmask = after('mask') ?? (familyOf(where.address) === 6 ? '128' : '255.255.255.255');
  const flags = /^\((.*)\)$/.exec(rest[0] ?? '')?.[1] ?? '';
  return {
    protocol: protocol as Service['protocol'],
    ...where,
    scheduler,
    schedulerFlags: readSchedulerFlags(flags, scheduler),
    ...(seconds === undefined ? {} : { persistence: { seconds: Number(seconds), netmask } }),
    onePacket: rest.includes('ops'),
  };
}
