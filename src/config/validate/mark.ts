/** xlb_mark: blocks -> rules, and what marks and virtual servers say of one another. */
import { quote } from '../diagnostic.ts';
import type { RootFields } from '../keywords/root.ts';
import type { Config, MarkRuleConfig, VirtualServerKeyConfig } from '../model.ts';
import type { ValidateContext } from './context.ts';
import { keyText } from './place.ts';

type Parsed = RootFields['xlb_mark'][number];
type Diagnostics = ValidateContext['diagnostics'];

/** So many the packet path looks through. */
export const MAX_MARK_RULES = 64;

/** A rule for each destination and each range of ports. */
export function buildMarkRules(parsed: readonly Parsed[], diagnostics: Diagnostics): MarkRuleConfig[] {
  const rules = parsed.flatMap((block) => rulesOf(block, diagnostics));
  const tooMany = rules[MAX_MARK_RULES];
  if (tooMany)
    diagnostics.error('TOO_LARGE', tooMany.span, {
      message: `Cannot have more than ${MAX_MARK_RULES} xlb_mark rules: one for each destination and range of ports`,
      help: 'write larger prefixes or ranges',
    });
  return rules;
}

function rulesOf({ head, at, fields, written }: Parsed, diagnostics: Diagnostics): MarkRuleConfig[] {
  if (!written.has('destination'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot mark packets with ${head.fwmark}: no destination is written`,
      help: 'write `destination PREFIX`, for example `destination 10.9.0.0/16`',
    });
  const ports = fields.port.length === 0 ? [undefined] : fields.port;
  return fields.destination.flatMap(({ prefix, host }) =>
    ports.map((range) => ({
      fwmark: head.fwmark,
      prefix,
      ...(host === undefined ? {} : { host }),
      ...(fields.protocol ? { protocol: fields.protocol.value } : {}),
      ...(range ? { ports: range } : {}),
      span: at,
    })),
  );
}

/** A mark that nothing sets, and a rule that nobody uses, balance nothing. */
export function checkMarks(
  { global, vrrpInstances, virtualServers, markRules: rules }: Config,
  { diagnostics }: ValidateContext,
): void {
  const set = new Set(rules.map(familyMark));
  const used = new Set<string>();
  for (const { members = [], span, ...first } of virtualServers) {
    for (const key of [first, ...members]) {
      if (key.fwmark === undefined) continue;
      const text = `${key.fwmark} ${key.address}`;
      used.add(text);
      if (!set.has(text)) diagnostics.error('MISSING_KEYWORD', span, withoutRule(key, rules));
    }
  }
  const wide = rules.find((rule) => used.has(familyMark(rule)) && rule.host === undefined);
  if (wide && vrrpInstances.length === 0 && global.interfaces.length === 0)
    warnOfNoInterface(wide, diagnostics);
  const told = new Set<MarkRuleConfig['span']>();
  for (const rule of rules) {
    const { fwmark, prefix, span } = rule;
    if (used.has(familyMark(rule)) || told.has(span)) continue;
    told.add(span);
    diagnostics.warning('EMPTY', span, {
      message: `No virtual server uses the mark ${fwmark} for ${quote(prefix)}: this xlb_mark does nothing`,
      help: `write virtual_server fwmark ${fwmark} { ... }`,
    });
  }
}

/** A mark is for one family. */
function familyMark({ fwmark, prefix }: MarkRuleConfig): string {
  return `${fwmark} ${prefix.includes(':') ? '::' : '0.0.0.0'}`;
}

function warnOfNoInterface({ prefix, span }: MarkRuleConfig, diagnostics: Diagnostics): void {
  diagnostics.warning('MISSING_KEYWORD', span, {
    message: `Cannot tell which interface packets for ${prefix} come in by: this host need not hold an address of it`,
    help: 'write `xlb_interfaces IF` in global_defs',
  });
}

function withoutRule(
  key: VirtualServerKeyConfig,
  rules: readonly MarkRuleConfig[],
): { message: string; help: string } {
  const { fwmark } = key;
  const [family, prefix] = key.address === '::' ? ['IPv6', 'fd00:9::/64'] : ['IPv4', '10.9.0.0/16'];
  const packets = rules.some((rule) => rule.fwmark === fwmark) ? `${family} packets` : 'packets';
  return {
    message: `Cannot find ${packets} for ${keyText(key)}: no xlb_mark ${fwmark} says which they are`,
    help:
      'XDP sees packets before netfilter marks them, so xlb has marks of its own: add ' +
      `xlb_mark ${fwmark} { destination ${prefix}; port 80-90; protocol tcp } at the top of the file`,
  };
}
