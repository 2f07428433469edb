/**
 * How far the heaps of this process may grow beyond what lives in them. V8 waits until several times as much has piled
 * up, which is quick for a program that ends soon and much memory for one that runs for years. The first line of
 * main.ts keeps the young generation small for the same reason.
 */
import { setFlagsFromString } from 'node:v8';

/** Percent of what lives: so much may pile up in the steady work of a daemon. */
const PILE_UP_PERCENT = 25;

/**
 * From now on; all threads of the process. What V8 has seen to last in a busy moment, such as the parts of checks whose
 * answers were slow to come, it would from then on put straight among what lasts: a third of all that a check makes,
 * which takes a collection of everything a second.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString(`--heap-growing-percent=${PILE_UP_PERCENT}`);
}

/** While `work` goes on, which makes much and keeps little, V8 has its own way. */
export async function withRoomyHeap<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--heap-growing-percent=0');
  try {
    return await work();
  } finally {
    keepHeapSmall();
  }
}
