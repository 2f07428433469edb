import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { builtAddon, command, needs } from '../helpers/needs.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-datagram-'));
after(() => rmSync(directory, { recursive: true }));

/** Node has no datagram sockets of this kind to listen on. */
const LISTENER = `
import socket, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
one.bind(chr(0) + name[1:] if name[0] == '@' else name)
print('ready', end='', flush=True)
print(one.recv(4096).decode(), end='', flush=True)
`;

describe('a datagram to a Unix socket', { skip: needs(builtAddon, command('python3')) }, () => {
  async function received(path: string, text: string): Promise<string> {
    const child = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [ready] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    assert.equal(ready, 'ready');
    const said = once(child.stdout, 'data') as Promise<[string]>;
    addon().sendDatagram(path, Buffer.from(text));
    const [line] = await said;
    return line;
  }

  it('reaches a socket by its path', async () => {
    assert.equal(await received(join(directory, 'one'), 'READY=1'), 'READY=1');
  });

  it('reaches one in the abstract space', async () => {
    assert.equal(await received(`@xlb-test-${process.pid}`, 'READY=1'), 'READY=1');
  });

  it('says who does not listen', () => {
    const path = join(directory, 'none');
    const send = (to: string) => () => addon().sendDatagram(to, Buffer.from('x'));
    assert.throws(send(path), { message: `send to ${path}: No such file or directory` });
    writeFileSync(path, '');
    assert.throws(send(path), { message: `send to ${path}: Connection refused` });
    assert.throws(send('relative'), { code: 'XLB_ARGUMENT' });
    assert.throws(send(`/${'x'.repeat(200)}`), { code: 'XLB_ARGUMENT' });
  });
});
