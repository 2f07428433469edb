/** The words of regex_options, keepalived's list, and what becomes of each. */

/** Change what a pattern means. */
export const meaningfulOptions = [
  'allow_empty_class',
  'alt_bsux',
  'alt_circumflex',
  'caseless',
  'dollar_endonly',
  'dotall',
  'extended',
  'firstline',
  'multiline',
  'no_auto_capture',
  'ungreedy',
  'utf',
] as const;

/** Change how PCRE works, how fast it is or what it forbids, and not what is found. */
export const idleOptions = [
  'alt_verbnames',
  'auto_callout',
  'dupnames',
  'match_unset_backref',
  'never_backslash_c',
  'never_ucp',
  'never_utf',
  'no_auto_possess',
  'no_dotstar_anchor',
  'no_start_optimize',
  'use_offset_limit',
] as const;

export type PcreOption = (typeof meaningfulOptions)[number];
