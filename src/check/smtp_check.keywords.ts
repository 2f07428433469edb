/** SMTP_CHECK in keepalived.conf. The checker itself is smtp_check.ts. */
import { quote } from '../config/diagnostic.ts';
import { type BlockConfig, block } from '../config/keyword.ts';
import {
  type CheckerKeyword,
  type commonCheckBlock,
  commonCheckKeywords,
  retryAlias,
} from '../config/keywords/checker.ts';
import type { CommonCheckConfig } from '../config/model.ts';
import { blockOf, custom, firstWord, noHead, refuse } from '../config/row_builders.ts';

/** keepalived's: mail servers may have been told to let it pass. */
const USUAL_HELO_NAME = 'smtpchecker.keepalived.org';

const rows = {
  ...commonCheckKeywords,
  helo_name: custom<string>({
    doc: `the name that the director gives itself; ${USUAL_HELO_NAME} when left out, as keepalived has it`,
    expects: 'a host name',
    read: (call) => {
      const word = firstWord(call, 'a host name');
      if (!word || /^[\x21-\x7e]{1,255}$/.test(word.text)) return word?.text;
      return refuse(call, 'BAD_VALUE', {
        message: `Cannot use helo_name ${quote(word.text)}: expected a host name`,
      });
    },
  }),
  host: blockOf({
    doc: 'one of several servers that all must pass',
    expects: 'a block',
    head: noHead,
    block: block(commonCheckKeywords),
  }),
};

export const smtpCheckKeywords = {
  name: 'SMTP_CHECK',
  doc: 'up when it greets as a mail server and takes HELO and QUIT',
  block: block(rows, retryAlias('SMTP_CHECK')),
  complete(common, { helo_name, host }, { diagnostics }) {
    const heloName = helo_name?.value ?? USUAL_HELO_NAME;
    if (host.length === 0) return { kind: 'SMTP_CHECK', ...common, heloName };
    return host.map(({ at, fields }) => {
      diagnostics.note('ADJUSTED', at, {
        message: 'host stands for an SMTP_CHECK of its own; keepalived calls it deprecated',
        help: 'write another SMTP_CHECK instead',
      });
      return { kind: 'SMTP_CHECK', ...common, ...ownOf(fields), span: at, heloName };
    });
  },
} as const satisfies CheckerKeyword<typeof rows>;

/** What a host block says itself. */
function ownOf(fields: BlockConfig<typeof commonCheckBlock>): Partial<CommonCheckConfig> {
  const { connect_ip, connect_port, bindto, bind_port, bind_if, fwmark, connect_timeout } = fields;
  const { retry, delay_before_retry, delay_loop, warmup } = fields;
  return {
    ...(connect_ip && { connectIp: connect_ip.value }),
    ...(connect_port && { connectPort: connect_port.value }),
    ...(bindto && { bindto: bindto.value }),
    ...(bind_port && { bindPort: bind_port.value }),
    ...(bind_if && { bindIf: bind_if.value.name }),
    ...(fwmark && { fwmark: fwmark.value }),
    ...(connect_timeout && { connectTimeoutMs: connect_timeout.value }),
    ...(retry && { retry: retry.value }),
    ...(delay_before_retry && { delayBeforeRetryMs: delay_before_retry.value }),
    ...(delay_loop && { delayLoopMs: delay_loop.value }),
    ...(warmup && { warmupMs: warmup.value }),
  };
}
