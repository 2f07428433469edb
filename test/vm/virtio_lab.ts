/**
 * The lab's director behind a real driver: its eth0 is a virtio-net interface of the VM with several queues, and
 * another one is its port of the bridge. What joins the two is outside of the VM. Runs in the VM.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { runIn } from '../../src/demo/namespace.ts';
import { within } from '../../src/demo/pause.ts';
import { createLab, entry, type Lab, type LabOptions } from '../helpers/lab.ts';
import { portMac, refusingMac } from './virtio_nics.ts';

async function ip(namespace: string | undefined, commands: readonly string[]): Promise<void> {
  await runIn(namespace, ['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

function nicWith(mac: string): string | undefined {
  const names = readdirSync('/sys/class/net');
  return names.find((name) => readFileSync(`/sys/class/net/${name}/address`, 'utf8').trim() === mac);
}

/** Has an eth1, which is down, where the VM has the third interface: up, it would answer ARP for eth0. */
export async function createVirtioLab(options: LabOptions): Promise<Lab> {
  for (const module of ['virtio_pci', 'virtio_net'])
    await runIn(undefined, ['modprobe', module], { mayFail: true }); // built in, where there is none
  const lab = await createLab({ ...options, name: 'virtio', directorXdp: false });
  const { director, bridge } = lab;
  await ip(bridge.namespace, [`link del ${director.name}`]);
  const third = nicWith(refusingMac);
  await ip(undefined, [
    `link set ${nicWith(portMac)} netns ${bridge.namespace} name ${director.name}`,
    `link set ${nicWith(director.mac)} netns ${director.namespace} name eth0`,
    ...(third === undefined ? [] : [`link set ${third} netns ${director.namespace} name eth1`]),
  ]);
  await ip(bridge.namespace, [`link set ${director.name} master br0 up`]);
  await ip(director.namespace, [
    'link set eth0 up',
    `address add ${director.ipv4}/24 dev eth0`,
    `address add ${director.ipv6}/64 dev eth0 nodad`,
  ]);
  return lab;
}

/** A web server in every real server, which answers with its address. */
export async function serveWeb(lab: Lab): Promise<void> {
  const listening = lab.realServers.map((node) => {
    const argv = [process.execPath, entry('web_server'), node.ipv4, '80'];
    const child = lab.spawn(node, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    return new Promise((resolve) => child.once('message', resolve));
  });
  await within('the web servers', 60_000, Promise.all(listening));
}
