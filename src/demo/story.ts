/**
 * What the demo does: a director with three web servers under load; one server dies and comes back; then xlb
 * itself is killed and started again. Needs root. Traffic stays in the lab's namespaces and ends with it.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../base/clock.ts';
import { demoConfiguration } from './configuration.ts';
import { DirectorProcess, takesFlows } from './director.ts';
import { createLab, entry, type Lab, type LabNode } from './lab.ts';
import { Load } from './load.ts';
import { pause, until, within } from './pause.ts';
import { type Observed, type PhaseName, phases } from './result.ts';
import type { Screen } from './screen.ts';

const vip = '10.77.0.100';
const port = 80;
export const demoServers = ['10.77.0.11', '10.77.0.12', '10.77.0.13'];

const balancedMs = 4_000;
const outMs = 3_000;
const backMs = 3_000;
const deadMs = 2_000;
const restartedMs = 2_000;
const refreshMs = 100;
const noticed = { everyMs: 20, atMostMs: 15_000 };

export class Story {
  readonly #lab: Lab;
  readonly #screen: Screen;
  readonly #director: DirectorProcess;
  readonly #webServers = new Map<LabNode, ChildProcess>();
  readonly #load: Load;
  #phase: (typeof phases)[number] | undefined;

  private constructor(lab: Lab, screen: Screen) {
    const configuration = demoConfiguration({
      interface: 'eth0',
      vip,
      port,
      realServers: lab.realServers.map(({ ipv4 }) => ipv4),
    });
    this.#lab = lab;
    this.#screen = screen;
    this.#director = new DirectorProcess(lab, configuration);
    const argv = [process.execPath, entry('generator'), vip, String(port)];
    this.#load = new Load(lab.spawn(lab.client, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' }));
    screen.say('A client, a director and three web servers, each in a network namespace of its own.');
    screen.say(`The director runs xlb with this keepalived.conf:\n\n${configuration}`);
  }

  /** Builds the lab and starts everything in it. */
  static async prepare(screen: Screen): Promise<Story> {
    const lab = await createLab({ name: 'demo', realServers: demoServers.length, vips: [vip] });
    try {
      const story = new Story(lab, screen);
      await Promise.all(lab.realServers.map((node) => story.#startWebServer(node)));
      await story.#director.start();
      return story;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** About 17 seconds. Afterwards no requests are sent any more, but everything still runs. */
  async tell(): Promise<Observed> {
    const [, victim = this.#lab.director] = this.#lab.realServers;
    this.#begin('balanced');
    await this.#watch(balancedMs);
    const detectMs = await this.#killServer(victim);
    this.#begin('server_out');
    await this.#watch(outMs);
    this.#begin('server_back');
    await this.#returnServer(victim);
    await this.#watch(backMs);
    const flows = await this.#killDaemon();
    await this.#load.stop();
    this.#screen.done();
    const tallies = Object.fromEntries(phases.map(({ name }) => [name, this.#load.tally(name)]));
    return {
      tallies: tallies as Observed['tallies'],
      servers: demoServers,
      killedServer: victim.ipv4,
      flows,
      detectMs,
    };
  }

  /** Commands with which to look around in the running lab. */
  hints(): string {
    const enter = (node: LabNode) => `nsenter --net=/run/netns/${node.namespace}`;
    const quote = (word: string) => (/^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
    return [
      'It goes on running. In another terminal:',
      `  node ${this.#director.arguments('status').map(quote).join(' ')}`,
      `  ${enter(this.#lab.client)} curl http://${vip}/`,
      `  ${enter(this.#lab.director)} tcpdump -ni eth0`,
      ...this.#lab.realServers.map((node) => `  ${enter(node)} ip address`),
      'Ctrl-C removes all of it.',
    ].join('\n');
  }

  /** The director ends as it would on a host; then the lab goes. */
  async close(): Promise<void> {
    try {
      await this.#director.end('SIGTERM');
    } finally {
      await this.#lab.close();
    }
  }

  /** Until no new flow goes there: milliseconds. */
  async #killServer(victim: LabNode): Promise<number> {
    this.#begin('server_killed');
    const killedAt = systemClock.nowMs();
    this.#webServers.get(victim)?.kill('SIGKILL');
    await this.#untilTakesFlows(victim, false);
    return Math.round(systemClock.nowMs() - killedAt);
  }

  async #returnServer(victim: LabNode): Promise<void> {
    await this.#startWebServer(victim);
    await this.#untilTakesFlows(victim, true);
  }

  async #killDaemon(): Promise<Observed['flows']> {
    const before = await this.#load.mark();
    this.#begin('daemon_killed');
    await this.#director.end('SIGKILL');
    await this.#watch(deadMs);
    await this.#director.start();
    await this.#watch(restartedMs);
    return { before_kill: before, after_restart: await this.#load.kept() };
  }

  #begin(name: PhaseName): void {
    this.#show();
    this.#screen.done();
    this.#phase = phases.find((phase) => phase.name === name);
    this.#load.phase(name, this.#phase?.mayFail === true);
    this.#show();
  }

  #show(): void {
    if (this.#phase === undefined) return;
    this.#screen.show(this.#phase.title, this.#load.tally(this.#phase.name));
  }

  async #watch(ms: number): Promise<void> {
    const end = systemClock.nowMs() + ms;
    while (systemClock.nowMs() < end) {
      await pause(refreshMs);
      this.#show();
    }
  }

  async #untilTakesFlows(node: LabNode, wanted: boolean): Promise<void> {
    await until(`${node.name} to be ${wanted ? 'back' : 'out'}`, noticed, async () => {
      const destinations = await this.#director.destinations();
      return destinations !== undefined && takesFlows(destinations, node.ipv4) === wanted ? true : undefined;
    });
  }

  async #startWebServer(node: LabNode): Promise<void> {
    const argv = [process.execPath, entry('web_server'), node.ipv4, String(port)];
    const child = this.#lab.spawn(node, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    this.#webServers.set(node, child);
    await within(`the web server of ${node.name}`, 10_000, once(child, 'message'));
  }
}
