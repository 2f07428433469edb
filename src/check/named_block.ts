/** What a check without an attempt of its own goes by: a block at the top of the file, which it names. */
import { quote } from '../config/diagnostic.ts';
import type { Field } from '../config/keyword.ts';
import type { CheckerPlace } from '../config/keywords/checker.ts';
import type { Span } from '../config/model.ts';
import { didYouMean } from '../config/suggest.ts';

export interface NamedBlock {
  /** BFD_CHECK, and what it checks by: 'a BFD session'. */
  readonly checker: string;
  readonly by: string;
  /** Of the checker: name. */
  readonly keyword: string;
  /** bfd_instance, and what has to be in it. */
  readonly block: string;
  readonly holds: string;
}

/** Every change of it counts, the first at once; nothing is tried again. */
export const atEachChange = { retry: 0, warmupMs: 0 } as const;

/** Undefined where the checker names none, or none that there is; that was told. */
export function findNamed<Value>(
  { block, by, checker, holds, keyword }: NamedBlock,
  name: Field<string> | undefined,
  {
    diagnostics,
    known,
    span,
    written,
  }: Pick<CheckerPlace, 'diagnostics' | 'written'> & {
    readonly known: ReadonlyMap<string, Value>;
    readonly span: Span;
  },
): Value | undefined {
  if (name === undefined) {
    if (!written.has(keyword))
      diagnostics.error('MISSING_KEYWORD', span, {
        message: `Cannot check by ${by}: ${checker} has no ${keyword}`,
        help: `write ${keyword} NAME, and ${block} NAME { ${holds} } at the top of the file`,
      });
    return undefined;
  }
  const found = known.get(name.value);
  if (found === undefined)
    diagnostics.error('UNKNOWN_VALUE', name.at, {
      message: `Cannot use ${block} ${quote(name.value)}: there is none of that name`,
      help: didYouMean(
        name.value,
        known.keys(),
        `write ${block} ${name.value} { ${holds} } at the top of the file`,
      ),
    });
  return found;
}
