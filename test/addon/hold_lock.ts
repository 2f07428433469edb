/** Takes the lock on the file named by its argument, says what came of it, and holds it until it is killed. */
import { addon } from '../../src/addon/addon.ts';

const answer = addon().lockInstance(process.argv[2] ?? '');
process.send?.('heldBy' in answer ? answer : { locked: true });
process.on('disconnect', () => {});
process.on('message', () => {}); // keeps it alive
