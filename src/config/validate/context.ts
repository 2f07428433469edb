/** What is at hand where fields are made into the model. */
import type { Diagnostics } from '../diagnostic.ts';
import type { CheckerKeyword } from '../keywords/checker.ts';
import type { BlockSession } from '../known_blocks.ts';
import type { FileReader } from '../source.ts';

export interface ValidateContext {
  readonly diagnostics: Diagnostics;
  readonly checkers: readonly CheckerKeyword[];
  readonly reader: FileReader;
  readonly blocks?: BlockSession | undefined;
}
