/** vrrp_strict without `accept` on this kernel, whose nf_tables is a module: what a client finds. Runs in the VM. */
import { join } from 'node:path';
import { Director, mainFile, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { connect, ownSettings } from './sides.ts';
import { configurationOf, packets, type Server } from './story.ts';
import { Wire } from './wire.ts';

const vip = '10.77.0.100';
const server: Server = { protocol: 'TCP', at: `${vip}:80`, scheduler: 'rr', pool: 'rs1*1' };

export interface NotAcceptedTold {
  /** Whether pings were answered. */
  readonly pings: { readonly director: boolean; readonly vip: boolean };
  /** What became of a client's packets to the virtual server. */
  readonly service: readonly string[];
  readonly table: readonly string[];
  /** After the stop. */
  readonly left: { readonly table: readonly string[]; readonly addresses: readonly string[] };
}

export async function tellNotAccepted(): Promise<NotAcceptedTold> {
  const lab = await createLab({ realServers: 0, name: 'closed' });
  await connect(lab);
  const text = keepalivedConf({ vips: [vip], global: ownSettings, servers: [configurationOf(server)] });
  const director = await Director.start(lab, text.replace('priority 255', 'priority 100\n    strict_mode'));
  await director.until('the address', async () => (await tracesOf(lab)).addresses.includes(vip));
  await director.untilResolved();
  const wire = await Wire.start(lab);
  const event = packets('S A', '10.9.8.1:1000', server.at);
  const service = event.do === 'send' ? await wire.send(event.frames) : [];
  await wire.close();
  const pings = { director: await pinged(lab, lab.director.ipv4), vip: await pinged(lab, vip) };
  const table = await tableOf(lab);
  await director.end('SIGTERM');
  const left = { table: await tableOf(lab), addresses: (await tracesOf(lab)).addresses };
  await lab.close();
  return { pings, service, table, left };
}

async function pinged(lab: Lab, address: string): Promise<boolean> {
  const { code } = await lab.run(lab.client, ['ping', '-c', '1', '-W', '2', address], { mayFail: true });
  return code === 0;
}

/** As another process finds it. */
async function tableOf(lab: Lab): Promise<string[]> {
  const read =
    'const { AddressFilter } = require(process.argv[1]); const [table] = process.argv.slice(2); ' +
    'console.log(JSON.stringify(new AddressFilter({ table }).addresses().map(({ address }) => address)))';
  const addon = join(mainFile, '../../../build/xlb.node');
  const argv = [process.execPath, '-e', read, addon, `xlb_${lab.instance}`];
  const { stdout } = await lab.run(lab.director, argv);
  return JSON.parse(stdout) as string[];
}
