/** What a daemon's log says of the port of a real server, and when. */

export interface LogLine {
  readonly wallMs: number;
  readonly text: string;
}

/** The lines from `afterMs` (wall clock) on that name the port. */
export function linesOf(log: string, port: number, afterMs: number): readonly LogLine[] {
  const name = new RegExp(`\\]:(?:tcp|udp):${port}\\b`);
  return log.split('\n').flatMap((text) => {
    const wallMs = Date.parse(text.slice(0, text.indexOf(' ')));
    return wallMs >= afterMs && name.test(text) ? [{ wallMs, text }] : [];
  });
}
