/** DNS_CHECK in keepalived.conf. The checker itself is dns_check.ts. */
import { quote } from '../config/diagnostic.ts';
import { block, type Call } from '../config/keyword.ts';
import { type CheckerKeyword, commonCheckKeywords, retryAlias } from '../config/keywords/checker.ts';
import { spanOf } from '../config/lexer.ts';
import { type DnsRecordType, dnsRecordTypes } from '../config/model.ts';
import { custom, firstWord, refuse } from '../config/row_builders.ts';
import { didYouMean } from '../config/suggest.ts';

/** RFC 1035 §2.3.4: of a label, and of a name as it is written without its last dot. */
const LABEL_BYTES = 63;
const NAME_BYTES = 253;

const rows = {
  ...commonCheckKeywords,
  type: custom<DnsRecordType>({
    doc: 'type of record that is asked for; SOA when left out',
    expects: `one of ${dnsRecordTypes.join(', ')}`,
    read: readType,
  }),
  name: custom<string>({
    doc: 'name that is asked for; the root (.) when left out',
    expects: 'a domain name',
    read: readName,
  }),
};

function readType(call: Call): DnsRecordType | undefined {
  const word = firstWord(call, 'a type of record');
  const found = dnsRecordTypes.find((type) => type === word?.text.toUpperCase());
  if (word && found === undefined)
    call.diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
      message: `Cannot ask for type ${quote(word.text)}: as in keepalived, SOA is asked for`,
      help: didYouMean(word.text, dnsRecordTypes, `use one of ${dnsRecordTypes.join(', ')}`),
    });
  return found;
}

function readName(call: Call): string | undefined {
  const word = firstWord(call, 'a domain name');
  if (!word) return undefined;
  const name = word.text === '.' ? '.' : word.text.replace(/\.$/, '');
  const labels = name === '.' ? [] : name.split('.');
  const fits = labels.every((label) => /^[\x21-\x7e]+$/.test(label) && label.length <= LABEL_BYTES);
  if (name !== '' && fits && name.length <= NAME_BYTES) return name;
  return refuse(call, 'BAD_VALUE', {
    message: `Cannot ask for ${quote(word.text)}: expected a domain name`,
    help: `labels of 1 to ${LABEL_BYTES} characters with dots between them, ${NAME_BYTES} in all; . is the root`,
  });
}

export const dnsCheckKeywords = {
  name: 'DNS_CHECK',
  doc: 'up when a DNS query over UDP is answered without an error',
  block: block(rows, retryAlias('DNS_CHECK')),
  defaults: { retry: 3 },
  complete: (common, { type, name }) => ({
    kind: 'DNS_CHECK',
    ...common,
    type: type?.value ?? 'SOA',
    name: name?.value ?? '.',
  }),
} as const satisfies CheckerKeyword<typeof rows>;
