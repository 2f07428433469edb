/** The entry of the VRRP worker: messages in, messages out. Nothing else runs in its thread. */
import { uptime } from 'node:os';
import { addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { spawnProgram } from '../base/script/program.ts';
import { scriptPreparer } from '../base/script/script.ts';
import { openSessionChannel, SessionBoard } from '../base/sessions.ts';
import { answerMain, mainThread } from '../base/worker_port.ts';
import { kernelSysctl } from '../host/sysctl.ts';
import type { FromVrrpWorker, ToVrrpWorker } from './messages.ts';
import { procProcesses } from './processes.ts';
import { VrrpService } from './service.ts';

const port = mainThread('VRRP');
const post = (message: FromVrrpWorker): void => port.postMessage(message);
const sessions = new SessionBoard();
const service = new VrrpService({
  addon,
  openSocket: (options, listener) => new (addon().VrrpSocket)(options, listener),
  clock: systemClock,
  sysctl: kernelSysctl(),
  uptimeMs: () => uptime() * 1_000,
  track: {
    spawn: spawnProgram,
    prepare: (security) => scriptPreparer({ security }),
    processes: procProcesses(),
    sessions,
  },
  post,
});

// Straight from the BFD worker: the main thread may have other things to do.
const channel = openSessionChannel();
channel.listen((message) => {
  if (message.say === 'states') sessions.set(message.states);
});
channel.post({ say: 'which' });

answerMain(port, (message: ToVrrpWorker) => service.answer(message));

// The addon takes tens of milliseconds to load; do it while the main thread reads the configuration.
try {
  addon();
} catch {
  // The message to open will say it, where it can be answered.
}
