/** What arrives at the other end of test/helpers/netns.ts's veth, as tcpdump sees it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The next `count` frames that the peer sees and `filter` takes, each as hexadecimal, while `act` runs. */
export async function framesAtPeer(filter: string, count: number, act: () => void): Promise<string[]> {
  const options = ['-i', 'p0', '-n', '-xx', '-t', '-l', '-c', String(count), filter];
  const capture = spawn('ip', ['netns', 'exec', 'peer', 'tcpdump', ...options]);
  let printed = '';
  capture.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const ended = once(capture, 'close');
  await new Promise<void>((listening) => {
    capture.stderr.on('data', (chunk) => String(chunk).includes('listening on') && listening());
  });
  act();
  await ended;
  return printed.split(/^(?=\S)/m).map(hex);
}

/** The frame of which `tcpdump -xx` printed this. */
function hex(printed: string): string {
  const lines = printed.matchAll(/^\s+0x[0-9a-f]+:\s+(.*)$/gm);
  return [...lines].map(([, words = '']) => words.replaceAll(' ', '')).join('');
}
