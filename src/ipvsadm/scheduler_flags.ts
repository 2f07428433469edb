/** Scheduler flags by name, as -b takes them and the lists show them. Pure. */
import { UsageError } from './command.ts';

const named = [
  { name: 'flag-1', bit: 1 },
  { name: 'flag-2', bit: 2 },
  { name: 'flag-3', bit: 4 },
  { name: 'sh-fallback', bit: 1, scheduler: 'sh' },
  { name: 'sh-port', bit: 2, scheduler: 'sh' },
  { name: 'mh-fallback', bit: 1, scheduler: 'mh' },
  { name: 'mh-port', bit: 2, scheduler: 'mh' },
] as const;

/** The bits of a list that commas part. */
export function readSchedulerFlags(text: string, scheduler: string): number {
  let bits = 0;
  for (const word of text.split(',').filter((part) => part !== '')) {
    const flag = named.find(({ name }) => name === word);
    if (flag === undefined) throw new UsageError(`invalid scheduler flag \`${word}'`);
    if ('scheduler' in flag && flag.scheduler !== scheduler)
      throw new UsageError(`incompatible scheduler flag \`${word}'`);
    bits |= flag.bit;
  }
  return bits;
}

/** '' where no bit has a name with this scheduler. */
export function schedulerFlagNames(bits: number, scheduler: string): string {
  const own = named.filter((flag) => 'scheduler' in flag && flag.scheduler === scheduler);
  const usable = own.length > 0 ? own : named.filter((flag) => !('scheduler' in flag));
  return usable
    .filter(({ bit }) => (bits & bit) !== 0)
    .map(({ name }) => name)
    .join(',');
}
