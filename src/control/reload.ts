/** What POST /api/v1/reload and POST /api/v1/plan answer. */

/** Steps, diagnostics and problems are text for people; a diagnostic has several lines. */
export type ReloadOutcome =
  /** `problems`: what the tables or the host could not take of it; it is tried again until it works. */
  | {
      readonly outcome: 'reloaded';
      readonly file: string;
      readonly steps: readonly string[];
      readonly problems: readonly string[];
      readonly milliseconds: number;
    }
  /** The file is at fault, or the host for it; nothing was changed. */
  | { readonly outcome: 'refused'; readonly file: string; readonly diagnostics: readonly string[] }
  | { readonly outcome: 'failed'; readonly file: string; readonly reason: string }
  | { readonly outcome: 'stopping' };

/** What a reload from `file` would do. `steps` is absent where it would be refused. */
export interface PlanAnswer {
  readonly file: string;
  readonly diagnostics: readonly string[];
  readonly steps?: readonly string[];
}

/** An absolute path from the body, of which nothing is believed; or one sentence that says what is wrong. */
export function readPlanOrder(body: unknown): { readonly file: string } | string {
  if (typeof body !== 'object' || body === null) return 'The body must be an object';
  const { file } = body as Readonly<Record<string, unknown>>;
  if (typeof file !== 'string' || !file.startsWith('/') || file.includes('\0'))
    return 'file must be an absolute path';
  return { file };
}
