/** Child process: changes the mode of XDP on an interface until it is killed. argv: pin directory, index. */
import { addon } from '../../src/addon/addon.ts';

const [pinDirectory = '', index = ''] = process.argv.slice(2);
const forwarder = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: 1024 } });
forwarder.attach(Number(index), 'native');
process.stdout.write('changing\n');
for (;;) for (const mode of ['generic', 'native'] as const) forwarder.attach(Number(index), mode);
