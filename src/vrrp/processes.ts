/** The processes of the host, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessInfo } from './process_match.ts';

export interface FoundProcess extends ProcessInfo {
  readonly pid: number;
  /** When it started, in ticks since boot: with the pid, it names one process for ever. */
  readonly startTicks: number;
}

export interface Processes {
  /** All at once: for a start, which needs the answer. */
  allNow(withWords: boolean): FoundProcess[];
  /** All, a piece at a time: for a thread that must not be held up. */
  all(withWords: boolean): Promise<FoundProcess[]>;
  /** Whether that very process still runs. */
  runs(process: Pick<FoundProcess, 'pid' | 'startTicks'>): boolean;
}

export function procProcesses(folder = '/proc'): Processes {
  const files = (pid: string) => ({ stat: `${folder}/${pid}/stat`, words: `${folder}/${pid}/cmdline` });
  return {
    allNow: (withWords) =>
      readdirSync(folder)
        .filter(isPid)
        .flatMap((pid) => {
          const { stat, words } = files(pid);
          return found(readNow(stat), withWords ? readNow(words) : '');
        }),
    all: async (withWords) => {
      const list: FoundProcess[] = [];
      for (const pid of (await readdir(folder)).filter(isPid)) {
        const { stat, words } = files(pid);
        list.push(...found(await readLater(stat), withWords ? await readLater(words) : ''));
      }
      return list;
    },
    runs: ({ pid, startTicks }) => found(readNow(files(String(pid)).stat), '')[0]?.startTicks === startTicks,
  };
}

const isPid = (name: string) => /^\d+$/.test(name);

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

function readLater(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** `PID (NAME) STATE ...`, the start time as field 22 (proc_pid_stat(5)); none where it is dead or a zombie. */
function found(stat: string, commandLine: string): FoundProcess[] {
  const end = stat.lastIndexOf(')');
  const [state = 'X', ...fields] = stat.slice(end + 2).split(' ');
  if (end === -1 || /[ZXx]/.test(state)) return [];
  return [
    {
      pid: Number.parseInt(stat, 10),
      comm: stat.slice(stat.indexOf('(') + 1, end),
      startTicks: Number(fields[18]),
      words: commandLine.split('\0').slice(0, -1),
    },
  ];
}
