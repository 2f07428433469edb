/** What every checker's block has, and how a checker joins the grammar. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import { type Block, type BlockConfig, block, type Rows, type ValueRow } from '../keyword.ts';
import type {
  BfdInstanceConfig,
  CheckConfig,
  CheckTimesConfig,
  CommonCheckConfig,
  SslIdentityConfig,
  TrackFileConfig,
} from '../model.ts';
import {
  address,
  alias,
  custom,
  firstWord,
  flag,
  integer,
  interfaceName,
  refuse,
  timer,
} from '../row_builders.ts';
import type { GlobalDefs } from './global_defs.ts';
import type { Weighted } from './vrrp_tracking.ts';

/** How often and how long; also of a real server and, but for retry's meaning, of a virtual server. */
export const timingKeywords = {
  connect_timeout: timer('time a check may take; 5 s when left out everywhere', {}),
  retry: integer('further attempts before an up server is called down; 1 when left out everywhere', {}),
  delay_before_retry: timer('time between these attempts; 1 s when left out everywhere', { min: 0 }),
  delay_loop: timer('interval between checks; 60 s when left out everywhere', {}),
  warmup: timer('the first check starts at a random moment within this; delay_loop when left out', {
    min: 0,
  }),
  alpha: flag('a real server is in service only from its first passed check on'),
} as const;

/** A host as it stands in an HTTP request. */
export function virtualhost(doc: string): ValueRow<string> {
  const expects = 'a host name or address, maybe with a port';
  return custom({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      if (!word || /^[\x21-\x7e]{1,255}$/.test(word.text)) return word?.text;
      return refuse(call, 'BAD_VALUE', {
        message: `Cannot use ${call.keyword.text} ${quote(word.text)}: expected ${expects}`,
      });
    },
  });
}

const { connect_timeout: _, ...times } = timingKeywords;

const logAllFailures = {
  log_all_failures: flag(
    'every failed attempt is logged while the server is up; checker_log_all_failures too',
  ),
} as const;

/** Of a checker that does not connect. */
export const checkTimesKeywords = { ...times, ...logAllFailures };

export const commonCheckKeywords = {
  connect_ip: address("address to check; the real server's when left out"),
  connect_port: integer("port to check; the real server's when left out", {
    min: 1,
    max: 65535,
    strict: true,
  }),
  bindto: address('source address of the check'),
  bind_port: integer('source port of the check', { min: 1, max: 65535, strict: true }),
  bind_if: interfaceName("interface by which the check's packets leave"),
  fwmark: integer("mark of the check's packets, for routing rules and the firewall; none when left out", {
    min: 0,
    max: 0xffff_ffff,
    strict: true,
  }),
  ...timingKeywords,
  ...logAllFailures,
} as const;

/** keepalived itself takes it in HTTP_GET and SSL_GET only. */
export const retryAlias = (keyword: string) => ({
  nb_get_retry: alias(
    'retry',
    `nb_get_retry is taken for retry here; keepalived itself ignores it in ${keyword}`,
  ),
});

/** Where a checker's block stands, and what else of the file it may refer to. */
export interface CheckerPlace {
  /** The keywords that stand in the block, also those whose value was refused. */
  readonly written: ReadonlySet<string>;
  /** The real server's, else the virtual server's. */
  readonly virtualhost?: string;
  readonly globals: Pick<GlobalDefs, 'script_user' | 'enable_script_security'>;
  readonly trackFiles: Weighted<TrackFileConfig>;
  readonly bfds: Weighted<BfdInstanceConfig>;
  /** The SSL block. */
  readonly sslIdentity?: SslIdentityConfig;
  readonly diagnostics: Diagnostics;
}

/** A checker's keyword. It stands beside the checker's code; daemon/grammar.ts lists them all. */
export interface CheckerKeyword<R extends Rows = Rows> {
  readonly name: CheckConfig['kind'];
  readonly doc: string;
  readonly block: Block<R>;
  /** Where they are not what other checkers have, when they are left out everywhere. */
  readonly defaults?: Partial<Pick<CheckTimesConfig, 'retry' | 'delayBeforeRetryMs'>>;
  /** It probes no port. */
  readonly portless?: true;
  /**
   * Completes the common part by what only this checker has. Several: the block stands for them all. Undefined:
   * reported, and there is no check.
   */
  complete(
    common: CommonCheckConfig,
    fields: BlockConfig<Block<R>>,
    place: CheckerPlace,
  ): CheckConfig | readonly CheckConfig[] | undefined;
}

export const commonCheckBlock = block(commonCheckKeywords);
export type CommonCheckFields = BlockConfig<typeof commonCheckBlock>;
