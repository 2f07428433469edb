/**
 * Child process: asks for AF_XDP on an interface, and prints why it is refused, or what of its options is. argv: pin
 * directory, index, AfXdpOptions as JSON.
 */
import { type AfXdpOptions, addon } from '../../src/addon/addon.ts';

const [pinDirectory = '', index = '', options = '{}'] = process.argv.slice(2);
const forwarder = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: 1024 } });
forwarder.attach(Number(index), 'auto');
try {
  forwarder.useAfXdp(JSON.parse(options) as AfXdpOptions);
  process.stdout.write(forwarder.afXdp().refused.join('\n') || 'not refused');
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
process.stdout.write(`\nholds: ${forwarder.afXdp().holds}`);
forwarder.detach(Number(index));
forwarder.close();
addon().removePins(pinDirectory);
