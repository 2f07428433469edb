/**
 * What a case runs in a shell before its setup: rules that mark packets, as mark rules; routes that say an MTU. Of tc
 * (u32, flower), iptables and nft only what such rules need is read; everything else is refused by its text. Pure.
 */
import type { MarkRule } from '../../src/addon/addon.ts';
import { canonicalAddress, familyOf, parsePrefix } from '../../src/base/address.ts';
import { Refusal } from './fields.ts';

export interface Prepared {
  readonly marks: readonly MarkRule[];
  /** Largest IP packet on the way there, by address. */
  readonly mtus: ReadonlyMap<string, number>;
}

export function readShell(lines: readonly string[]): Prepared {
  const marks: MarkRule[] = [];
  const mtus = new Map<string, number>();
  for (const line of lines.flatMap((text) => text.split(/\s*(?:;|&&|\n)\s*/)).filter((text) => text !== '')) {
    const route = /^ip (?:-[46] )?route (?:add|replace) (\S+) .*\bmtu (?:lock )?(\d+)\b/.exec(line);
    const host = canonicalAddress(route?.[1]?.replace(/\/(32|128)$/, '') ?? '');
    if (route !== null && host !== undefined) mtus.set(host, Number(route[2]));
    else if (!isPreparation(line)) take(marks, markRule(line), line);
  }
  return { marks, mtus };
}

/** Makes the place that rules are then put in. */
function isPreparation(line: string): boolean {
  return (
    /^tc qdisc (add|replace) dev \S+ (clsact|ingress)\b|^nft (add|create) (table|chain) /.test(line) ||
    /^nft '?(add|create) (table|chain) /.test(line)
  );
}

/** tc stops at the first rule that fits; in iptables and nft the last one has the last word. */
function take(marks: MarkRule[], rule: MarkRule, line: string): void {
  if (line.startsWith('tc ')) marks.push(rule);
  else marks.unshift(rule);
}

function markRule(line: string): MarkRule {
  const mark =
    /\bskbedit mark (\S+)/.exec(line) ??
    /--set-x?mark (\S+)/.exec(line) ??
    /\bmeta mark set (\S+)/.exec(line);
  const fwmark = Number(mark?.[1]?.replace(/['"]|\/.*$/g, '') ?? Number.NaN);
  const [text] = firstOf(line, [
    /\bmatch ip6? dst (\S+)/,
    /\bdst_ip (\S+)/,
    /(?:^|\s)(?:-d|--destination) (\S+)/,
    /\bip6? daddr (\S+)/,
  ]);
  const ipv6 = /^ip6tables |\bip6 |\bprotocol ipv6\b/.test(line);
  const prefix = prefixOf(text ?? (ipv6 ? '::/0' : '0.0.0.0/0'));
  if (!Number.isInteger(fwmark) || fwmark < 1 || prefix === undefined) throw refusal(line);
  const protocol = protocolOf(line);
  const ports = portsOf(line);
  return {
    fwmark,
    prefix,
    ...(protocol === undefined ? {} : { protocol }),
    ...(ports === undefined ? {} : { ports }),
  };
}

function firstOf(line: string, patterns: readonly RegExp[]): readonly (string | undefined)[] {
  for (const pattern of patterns) {
    const match = pattern.exec(line);
    if (match !== null) return match.slice(1);
  }
  return [];
}

function prefixOf(text: string): string | undefined {
  const family = familyOf(text.replace(/\/.*/, ''));
  const whole = text.includes('/') ? text : `${text}/${family === 6 ? 128 : 32}`;
  return parsePrefix(whole) === undefined ? undefined : whole;
}

function protocolOf(line: string): 'TCP' | 'UDP' | undefined {
  const [name] = firstOf(line, [
    /\bmatch ip6? protocol (6|17|tcp|udp)\b/,
    /\bip_proto (tcp|udp)\b/,
    /(?:^|\s)(?:-p|--protocol) (tcp|udp)\b/,
    /\b(tcp|udp) dport\b/,
    /\bl4proto (tcp|udp)\b/,
  ]);
  if (name === undefined) return undefined;
  return name === '6' || name === 'tcp' ? 'TCP' : 'UDP';
}

function portsOf(line: string): readonly [number, number] | undefined {
  const [first, last = first] = firstOf(line, [
    /\bmatch ip6? dport (\d+) 0xffff\b/,
    /\bdst_port (\d+)(?:-(\d+))?/,
    /--dports? (\d+)(?::(\d+))?(?=\s|$)/,
    /\bdport (\d+)(?:-(\d+))?(?=\s|$)/,
  ]);
  if (first === undefined && /\bdports?\b|\bdst_port\b/.test(line)) throw refusal(line);
  return first === undefined ? undefined : [Number(first), Number(last)];
}

function refusal(line: string): Refusal {
  return new Refusal(
    `shell "${line}" is not replayed; expected rules that mark packets by destination (tc, iptables, nft) ` +
      'or routes to a host with an mtu',
  );
}
