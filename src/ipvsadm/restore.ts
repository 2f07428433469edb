/** What ipvsadm -R reads. Pure. */

/** The words of one line; a program name before them is left out. Comments there are none. Empty: nothing to do. */
export function restoreWords(line: string): string[] {
  const words = line.split(/[ \t\r\n]+/).filter((word) => word !== '');
  const first = words.findIndex((word) => word !== 'ipvsadm');
  return first === -1 ? [] : words.slice(first);
}
