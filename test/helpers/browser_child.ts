/** A process with a browser, until it is killed. Says `up` when that is there. */
import { startBrowser } from './browser.ts';

await startBrowser();
process.stdout.write('up\n');
