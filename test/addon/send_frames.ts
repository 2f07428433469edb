/**
 * Child process: 20,000 times 64 new flows out of an interface.
 * argv: pin directory, index, its MAC, the other end's.
 */
import { addon } from '../../src/addon/addon.ts';

const [pinDirectory = '', index = '', source = '', destination = ''] = process.argv.slice(2);
const generator = new (addon().Generator)(pinDirectory);
process.stdout.write('sending\n');
generator.send({
  index: Number(index),
  count: 64 * 20_000,
  source,
  destination,
  firstClient: '10.0.0.1',
  clients: 64,
  firstServer: '10.9.9.9',
  servers: 1,
  port: 80,
  flags: 0x02,
});
