/** `xlb completion` and `xlb manual`: for those who package xlb, or install it by hand. */
import { Command } from 'commander';
import { version } from '../daemon/version.ts';

/** The program with every command. */
type AllCommands = () => Promise<Command>;

export function completionCommand(allCommands: AllCommands): Command {
  return new Command('completion')
    .description('print completion for bash: source <(xlb completion)')
    .action(async () => {
      const { bashCompletion } = await import('./completion.ts');
      process.stdout.write(bashCompletion(await allCommands()));
    });
}

export function manualCommand(allCommands: AllCommands): Command {
  return new Command('manual')
    .description('print the source of the manual page: man -l <(xlb manual)')
    .option('--date <date>', 'of the page')
    .action(async ({ date = '' }: { date?: string }) => {
      const { manual } = await import('./manual.ts');
      process.stdout.write(manual(await allCommands(), { version: version(), date }));
    });
}
