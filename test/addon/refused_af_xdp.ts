/** Child process: asks for AF_XDP on an interface, and prints why it is refused. argv: pin directory, index. */
import { addon } from '../../src/addon/addon.ts';

const [pinDirectory = '', index = ''] = process.argv.slice(2);
const forwarder = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: 1024 } });
forwarder.attach(Number(index), 'auto');
try {
  forwarder.useAfXdp();
  process.stdout.write('not refused');
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
process.stdout.write(`\nholds: ${forwarder.afXdp().holds}`);
forwarder.detach(Number(index));
forwarder.close();
addon().removePins(pinDirectory);
