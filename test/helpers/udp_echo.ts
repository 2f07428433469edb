/**
 * Child process: answers each datagram with its own name and what arrived: length and SHA-1.
 * argv: name, address, port. The address is the VIP, so that the answer comes from there.
 */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';

const [name = '', address = '', port = '0'] = process.argv.slice(2);

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
socket.on('message', (payload, sender) => {
  const hash = createHash('sha1').update(payload).digest('hex');
  socket.send(`${name} ${payload.length} ${hash}`, sender.port, sender.address);
});
socket.bind(Number(port), address, () => process.send?.('listening'));

// Whoever started us is gone.
process.on('disconnect', () => process.exit());
