/** The commands, one row each. Only the one that is asked for is loaded: a daemon should not carry the others. */
import { Command } from 'commander';
import { exitCodes } from '../base/errors.ts';
import { version } from '../daemon/version.ts';

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand(),
  reload: async () => (await import('./reload.ts')).reloadCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  top: async () => (await import('./top.ts')).topCommand(),
  ipvsadm: async () => (await import('./ipvsadm.ts')).ipvsadmCommand(),
  drain: async () => (await import('./drain.ts')).drainCommand(),
  undrain: async () => (await import('./drain.ts')).undrainCommand(),
  weight: async () => (await import('./drain.ts')).weightCommand(),
  datapath: async () => (await import('./datapath.ts')).datapathCommand(),
  trace: async () => (await import('./trace.ts')).traceCommand(),
  capture: async () => (await import('./capture.ts')).captureCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  realserver: async () => (await import('./realserver.ts')).realserverCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  cleanup: async () => (await import('./cleanup.ts')).cleanupCommand(),
  completion: async () => (await import('./generate.ts')).completionCommand(() => createProgram([])),
  manual: async () => (await import('./generate.ts')).manualCommand(() => createProgram([])),
};

/** A program that knows the command `argv` begins with; all commands where it begins with none. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const [first = ''] = argv;
  const wanted = Object.hasOwn(commands, first) ? commands[first] : undefined;
  const program = new Command('xlb')
    .description('layer-4 load balancer: keepalived.conf in, direct routing with XDP out')
    .version(version(), '-v, --version')
    // `xlb run -v` is keepalived's, not this one.
    .enablePositionalOptions()
    .showHelpAfterError('(see xlb --help)')
    .addHelpText('after', `\n${exitStatus()}`);
  for (const load of wanted === undefined ? Object.values(commands) : [wanted]) {
    const command = await load();
    command.copyInheritedSettings(program);
    program.addCommand(command);
  }
  throwInsteadOfExit(program);
  return program;
}

/** The table of exit codes as the help shows it. */
function exitStatus(): string {
  const rows = Object.entries(exitCodes).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return ['Exit status:', ...rows].join('\n');
}

/** Commander ends the process by itself otherwise. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
