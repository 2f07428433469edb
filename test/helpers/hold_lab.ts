/** Child process: builds a lab, says so, and stays until a signal ends it. */
import { createLab } from './lab.ts';

await createLab({ realServers: 2 });
process.stdout.write('built\n');
setInterval(() => {}, 60_000);
