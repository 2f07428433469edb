/** What every checker's block has, and how a checker joins the grammar. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import {
  type Block,
  type BlockConfig,
  block,
  type Rows,
  type UnreadRows,
  type ValueRow,
} from '../keyword.ts';
import type { CheckConfig, CommonCheckConfig } from '../model.ts';
import { address, custom, firstWord, integer, notYet, refuse, timer } from '../row_builders.ts';

/** How often and how long; also of a real server and, but for retry's meaning, of a virtual server. */
export const timingKeywords = {
  connect_timeout: timer('time a check may take; 5 s when left out everywhere', {}),
  retry: integer('further attempts before an up server is called down; 1 when left out everywhere', {}),
  delay_before_retry: timer('time between these attempts; 1 s when left out everywhere', { min: 0 }),
  delay_loop: timer('interval between checks; 60 s when left out everywhere', {}),
  warmup: timer('the first check starts at a random moment within this; delay_loop when left out', {
    min: 0,
  }),
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

export const commonCheckKeywords = {
  connect_ip: address("address to check; the real server's when left out"),
  connect_port: integer("port to check; the real server's when left out", {
    min: 1,
    max: 65535,
    strict: true,
  }),
  bindto: address('source address of the check'),
  bind_port: integer('source port of the check', { min: 1, max: 65535, strict: true }),
  ...timingKeywords,
} as const;

export const commonCheckNotYet = {
  ...notYet('the check leaves by the interface that routing chooses', 'bind_if'),
  ...notYet("the check's packets carry no mark", 'fwmark'),
  ...notYet('the server is in service before its first check', 'alpha'),
  ...notYet('failed attempts before a server is called down are not logged', 'log_all_failures'),
} satisfies UnreadRows;

/** Where a checker's block stands. */
export interface CheckerPlace {
  /** The keywords that stand in the block, also those whose value was refused. */
  readonly written: ReadonlySet<string>;
  /** The real server's, else the virtual server's. */
  readonly virtualhost?: string;
  readonly diagnostics: Diagnostics;
}

/** A checker's keyword. It stands beside the checker's code; daemon/grammar.ts lists them all. */
export interface CheckerKeyword<R extends Rows = Rows> {
  readonly name: CheckConfig['kind'];
  readonly doc: string;
  readonly block: Block<R>;
  /** Where they are not what other checkers have, when they are left out everywhere. */
  readonly defaults?: Partial<Pick<CommonCheckConfig, 'retry' | 'delayBeforeRetryMs'>>;
  /** Completes the common part by what only this checker has. Undefined: reported, and there is no check. */
  complete(
    common: CommonCheckConfig,
    fields: BlockConfig<Block<R>>,
    place: CheckerPlace,
  ): CheckConfig | undefined;
}

export const commonCheckBlock = block(commonCheckKeywords);
export type CommonCheckFields = BlockConfig<typeof commonCheckBlock>;
